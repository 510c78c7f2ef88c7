"""What guardians have announced."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.orm import Session

from services.attendance.queries.tables import contradictions, notices
from services.attendance.rules.notices import Announcement


@dataclass(frozen=True, kw_only=True)
class NoticeRow:
    """A notice as it stands."""

    id: str
    organisation_id: str
    student_source_id: str
    school_source_id: str | None
    child_id: str
    account_id: str
    type: str
    first_on: date
    last_on: date
    at: time | None
    reason: str
    explanation_sealed: bytes | None
    submitted_at: datetime
    begins_at: datetime
    withdrawn_at: datetime | None
    acknowledged_at: datetime | None
    position: int

    @property
    def announcement(self) -> Announcement:
        """Return what it announces."""
        return Announcement(type=self.type, first_on=self.first_on, last_on=self.last_on, at=self.at)


_names = tuple(NoticeRow.__dataclass_fields__)
_columns = tuple(notices.c[name] for name in _names)
_is_live = and_(
    notices.c.organisation_id == bindparam("organisation_id"),
    notices.c.withdrawn_at.is_(None),
    notices.c.first_on <= bindparam("last_on"),
    notices.c.last_on >= bindparam("first_on"),
)
_is_of_student = and_(notices.c.student_source_id == bindparam("student_source_id"), _is_live)
_list_live = (
    select(*_columns)
    .where(notices.c.student_source_id.in_(bindparam("student_source_ids", expanding=True)), _is_live)
    .order_by(notices.c.first_on, notices.c.id)
)
_list_of_student = (
    select(*_columns, func.count().over().label("item_count"))
    .where(_is_of_student)
    .order_by(notices.c.first_on.desc(), notices.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_count_of_student = select(func.count()).select_from(notices).where(_is_of_student)
_find = select(*_columns).where(
    notices.c.id == bindparam("notice_id"), notices.c.organisation_id == bindparam("organisation_id")
)
_list_since = (
    select(*_columns)
    .where(notices.c.organisation_id == bindparam("organisation_id"), notices.c.position > bindparam("since"))
    .order_by(notices.c.position)
    .limit(bindparam("limit"))
)
_list_contradictions = (
    select(contradictions)
    .where(
        contradictions.c.organisation_id == bindparam("organisation_id"),
        contradictions.c.position > bindparam("since"),
    )
    .order_by(contradictions.c.position)
    .limit(bindparam("limit"))
)


def list_live_notices(
    session: Session, *, organisation_id: str, student_source_ids: Collection[str], first_on: date, last_on: date
) -> list[NoticeRow]:
    """Return the notices of students that speak of any of these days and have not been withdrawn."""
    rows = session.execute(
        _list_live,
        {
            "organisation_id": organisation_id,
            "student_source_ids": list(student_source_ids),
            "first_on": first_on,
            "last_on": last_on,
        },
    )
    return [_notice(row) for row in rows]


def list_notices(
    session: Session | Connection,
    *,
    organisation_id: str,
    student_source_id: str,
    first_on: date,
    last_on: date,
    offset: int,
    limit: int,
) -> tuple[list[NoticeRow], int]:
    """Return one page of a student's notices, newest day first, and how many there are."""
    asked = {
        "organisation_id": organisation_id,
        "student_source_id": student_source_id,
        "first_on": first_on,
        "last_on": last_on,
    }
    rows = session.execute(_list_of_student, asked | {"offset": offset, "limit": limit}).all()
    item_count = rows[0].item_count if rows else session.execute(_count_of_student, asked).scalar()
    return [_notice(row) for row in rows], item_count or 0


def find_notice(session: Session, *, organisation_id: str, notice_id: str) -> NoticeRow | None:
    """Return a notice of an organisation, withdrawn or not."""
    row = session.execute(_find, {"organisation_id": organisation_id, "notice_id": notice_id}).first()
    return _notice(row) if row is not None else None


def list_notices_since(session: Session, *, organisation_id: str, since: int, limit: int) -> list[NoticeRow]:
    """Return the notices of an organisation that changed after a position of its feed, in that order."""
    rows = session.execute(_list_since, {"organisation_id": organisation_id, "since": since, "limit": limit})
    return [_notice(row) for row in rows]


def list_contradictions_since(session: Session, *, organisation_id: str, since: int, limit: int) -> list[Any]:
    """Return the standing contradictions that were found after a position of the organisation's feed, in that order."""
    asked = {"organisation_id": organisation_id, "since": since, "limit": limit}
    return list(session.execute(_list_contradictions, asked))


def _notice(row: Any) -> NoticeRow:
    # Its columns stand first in every statement.
    return NoticeRow(**dict(zip(_names, row, strict=False)))
