"""What a school says of one entry, as it was read."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An entry as a school's system sent it."""

    # None where the path says it.
    source_id: str | None = None
    audience: str
    # Of what stands for no year or day (the file, a contact): None.
    school_year: str | None
    sorts_on: date | None
    # With which of the school's releases it is published; of ministerial results, the session.
    release: str | None
    is_draft: bool
    # Not before this moment; None: at once.
    available_at: datetime | None
    # Of ministerial results: the day of the exam.
    exam_on: date | None = None
    # The canonical JSON of what parents see: what the digest and the signature are over.
    content: str
