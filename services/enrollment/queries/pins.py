"""PINs and the students whom they are for, as the school names them."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, case, exists, func, literal, select
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import (
    Page,
    guardians,
    guardianships,
    links,
    organisations,
    pins,
    students,
)

LIVE: Final = "live"
USED: Final = "used"
EXPIRED: Final = "expired"
VOID: Final = "void"

_is_guardian = select(
    exists(
        select(1)
        .select_from(guardianships)
        .join(guardians, guardians.c.id == guardianships.c.guardian_id)
        .where(
            guardianships.c.student_id == bindparam("student_id"),
            guardians.c.source_id == bindparam("guardian_source_id"),
        )
    )
)


def is_guardian(session: Session, *, student_id: str, guardian_source_id: str) -> bool:
    """Return whether somebody with this identifier is on a student's file."""
    asked = {"student_id": student_id, "guardian_source_id": guardian_source_id}
    return bool(session.scalar(_is_guardian, asked))


_state = case(
    (pins.c.voided_at.is_not(None), literal(VOID)),
    (pins.c.used_at.is_not(None), literal(USED)),
    (pins.c.expires_at <= bindparam("now"), literal(EXPIRED)),
    else_=literal(LIVE),
)
_has_link = exists(
    select(1).where(links.c.pin_id == pins.c.id, links.c.student_id == pins.c.student_id, links.c.ended_at.is_(None))
)
_list_pins = (
    select(
        pins.c.id,
        students.c.source_id.label("student_source_id"),
        pins.c.guardian_source_id,
        pins.c.issued_at,
        pins.c.expires_at,
        _state.label("state"),
        pins.c.used_at,
        _has_link.label("has_link"),
        func.count().over().label("item_count"),
    )
    .join(students, students.c.id == pins.c.student_id)
    .join(organisations, organisations.c.id == pins.c.organisation_id)
    .where(organisations.c.code == bindparam("code"))
    .order_by(pins.c.issued_at, pins.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_list_pins_of_student = _list_pins.where(students.c.source_id == bindparam("source_id"))
_count_pins = (
    select(func.count())
    .select_from(pins)
    .join(students, students.c.id == pins.c.student_id)
    .join(organisations, organisations.c.id == pins.c.organisation_id)
    .where(organisations.c.code == bindparam("code"))
)
_count_pins_of_student = _count_pins.where(students.c.source_id == bindparam("source_id"))
_NAMES: Final = (
    "id",
    "student_source_id",
    "guardian_source_id",
    "issued_at",
    "expires_at",
    "state",
    "used_at",
    "has_link",
)


_has_student = select(
    exists(
        select(1)
        .select_from(students)
        .join(organisations, organisations.c.id == students.c.organisation_id)
        .where(organisations.c.code == bindparam("code"), students.c.source_id == bindparam("source_id"))
    )
)


def has_student(session: Session, *, organisation_code: str, source_id: str) -> bool:
    """Return whether an organisation has, or had, a student by this identifier."""
    return bool(session.scalar(_has_student, {"code": organisation_code, "source_id": source_id}))


def list_pins(
    session: Session, *, organisation_code: str, source_id: str | None, now: datetime, offset: int, limit: int
) -> Page:
    """Return the PINs of an organisation's students, or of one of them, oldest first; none says its characters."""
    asked: dict[str, Any] = {"code": organisation_code} | ({} if source_id is None else {"source_id": source_id})
    listed, counted = (
        (_list_pins, _count_pins) if source_id is None else (_list_pins_of_student, _count_pins_of_student)
    )
    rows = session.execute(listed, asked | {"now": now, "offset": offset, "limit": limit}).all()
    item_count = rows[0].item_count if rows else session.scalar(counted, asked)
    # The last column is the count of them all.
    items = [dict(zip(_NAMES, row, strict=False)) for row in rows]
    return Page(items=items, item_count=item_count or 0)
