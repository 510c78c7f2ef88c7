"""Ministerial results: whose they are, and from when they may be seen (RE-04).

The guides say « seulement une dizaine de jours après les épreuves de fin d’année »; the ministry's own day, when there is
one, stands instead (C5).
"""

import re
from datetime import date, datetime, timedelta
from typing import Final

from services.records.rules import levels, local_time

_EARLIEST: Final = timedelta(days=92)
_SESSION: Final = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])", re.ASCII)


def is_session(text: str) -> bool:
    """Tell whether `text` calls a session of exams: its year and month, `2027-06`."""
    return _SESSION.fullmatch(text) is not None


def may_be_of(session: str, *, exam_on: date) -> bool:
    """Tell whether an exam of this day may be of a session: those of June begin in May, those of January in December.

    The day of an earlier year, written by mistake, would show its result at once.
    """
    return exam_on >= date.fromisoformat(f"{session}-01") - _EARLIEST


def not_before(*, exam_on: date, released_on: date | None, delay: timedelta) -> datetime:
    """Return the moment before which nobody sees a result: the ministry's day, else so long after the exam.

    Both begin at midnight where the schools are.
    """
    return local_time.begins_at(released_on or exam_on + delay)


def is_applicable(*, level: str | None, grade: str | None) -> bool:
    """Tell whether a child sits the ministry's exams: in secondary 4 and 5, and where nobody has told its year."""
    if level == levels.PRIMARY:
        return False
    year = levels.secondary_year(grade)
    return year is None or year in _YEARS


_YEARS: Final = frozenset({4, 5})
