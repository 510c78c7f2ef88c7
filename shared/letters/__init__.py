"""Letters: how they are written (`writing`), which are due by themselves (`duties`), and how they wait and are mailed (`sending`)."""

from shared.letters.duties import writing_duly
from shared.letters.sending import (
    KEPT_FOR,
    LEASE,
    MOST_UNCERTAIN,
    NEWS_LIFETIME,
    RECENT,
    Waiting,
    copy_to,
    letters,
    post,
    run,
    send_next,
    sweep,
    waiting,
)
from shared.letters.writing import Fact, Stationery

__all__ = [
    "KEPT_FOR",
    "LEASE",
    "MOST_UNCERTAIN",
    "NEWS_LIFETIME",
    "RECENT",
    "Fact",
    "Stationery",
    "Waiting",
    "copy_to",
    "letters",
    "post",
    "run",
    "send_next",
    "sweep",
    "waiting",
    "writing_duly",
]
