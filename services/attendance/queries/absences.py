"""What schools have recorded, and what guardians say of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from services.attendance.queries.tables import absences, contradictions, motivations
from services.attendance.rules.decisions import REFUSED
from services.attendance.rules.reconciliation import NOT_MOTIVATED, PRESENT, STATUSES, TO_MOTIVATE


@dataclass(frozen=True, kw_only=True)
class AbsenceRow:
    """What was recorded, as it stands."""

    id: str
    organisation_id: str
    source_id: str
    student_source_id: str
    school_source_id: str | None
    on: date
    kind: str
    at: time | None
    periods: list[str]
    recorded_at: datetime
    changed_at: datetime
    closes_at: datetime
    status: str | None
    motivated_by: str | None
    outcome: dict[str, str]
    reminded_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class MotivationRow:
    """What a guardian said of a recorded absence."""

    id: str
    absence_id: str
    organisation_id: str
    account_id: str
    reason: str
    explanation_sealed: bytes | None
    submitted_at: datetime
    decision: str
    decided_at: datetime | None
    position: int


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A recorded absence as its guardians see it, with what was last said of it."""

    absence: AbsenceRow
    # By the cut-off as it is at the moment of asking.
    status: str
    motivation: MotivationRow | None


_names = tuple(AbsenceRow.__dataclass_fields__)
_columns = tuple(absences.c[name] for name in _names)
_motivation_columns = tuple(motivations.c[name] for name in MotivationRow.__dataclass_fields__)
_labeled_motivation_columns = tuple(column.label(f"motivation_{column.name}") for column in _motivation_columns)
# A cut-off passes by itself; the sweep tells of it later.
_status_now = case(
    (and_(absences.c.status == TO_MOTIVATE, absences.c.closes_at <= bindparam("now")), NOT_MOTIVATED),
    else_=absences.c.status,
)
_newest = (
    select(motivations.c.id)
    .where(motivations.c.absence_id == absences.c.id)
    .order_by(motivations.c.position.desc())
    .limit(1)
    .correlate(absences)
    .scalar_subquery()
)
_is_of_student = and_(
    absences.c.organisation_id == bindparam("organisation_id"),
    absences.c.student_source_id == bindparam("student_source_id"),
    absences.c.kind != PRESENT,
    absences.c.on.between(bindparam("first_on"), bindparam("last_on")),
    _status_now.in_(bindparam("statuses", expanding=True)),
)
_list_of_student = (
    select(
        *_columns,
        *_labeled_motivation_columns,
        _status_now.label("status_now"),
        func.count().over().label("item_count"),
    )
    .select_from(absences)
    .outerjoin(motivations, motivations.c.id == _newest)
    .where(_is_of_student)
    .order_by(absences.c.on.desc(), absences.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_count_of_student = select(func.count()).select_from(absences).where(_is_of_student)
_get_of_student = (
    select(*_columns, *_labeled_motivation_columns, _status_now.label("status_now"))
    .select_from(absences)
    .outerjoin(motivations, motivations.c.id == _newest)
    .where(
        absences.c.id == bindparam("absence_id"),
        absences.c.organisation_id == bindparam("organisation_id"),
        absences.c.student_source_id == bindparam("student_source_id"),
        absences.c.kind != PRESENT,
    )
)
_list_of_days = (
    select(*_columns)
    .where(
        absences.c.organisation_id == bindparam("organisation_id"),
        absences.c.student_source_id.in_(bindparam("student_source_ids", expanding=True)),
        absences.c.on.between(bindparam("first_on"), bindparam("last_on")),
    )
    .order_by(absences.c.on, absences.c.id)
)
_list_standing_motivations = select(motivations.c.absence_id).where(
    motivations.c.absence_id.in_(bindparam("absence_ids", expanding=True)), motivations.c.decision != REFUSED
)
_list_by_source = select(*_columns).where(
    absences.c.organisation_id == bindparam("organisation_id"),
    absences.c.source_id.in_(bindparam("source_ids", expanding=True)),
)
_find_motivation = (
    select(*_motivation_columns, absences.c.source_id, absences.c.student_source_id, absences.c.on)
    .join(absences, absences.c.id == motivations.c.absence_id)
    .where(
        motivations.c.id == bindparam("motivation_id"), motivations.c.organisation_id == bindparam("organisation_id")
    )
)
_list_motivations_since = (
    select(*_motivation_columns, absences.c.source_id, absences.c.student_source_id)
    .join(absences, absences.c.id == motivations.c.absence_id)
    .where(motivations.c.organisation_id == bindparam("organisation_id"), motivations.c.position > bindparam("since"))
    .order_by(motivations.c.position)
    .limit(bindparam("limit"))
)
_list_contradictions_of_days = select(contradictions).where(
    contradictions.c.organisation_id == bindparam("organisation_id"),
    contradictions.c.student_source_id.in_(bindparam("student_source_ids", expanding=True)),
    contradictions.c.on.between(bindparam("first_on"), bindparam("last_on")),
)


def list_absences(
    session: Session | Connection,
    *,
    organisation_id: str,
    student_source_id: str,
    statuses: Collection[str] = STATUSES,
    first_on: date,
    last_on: date,
    at: datetime,
    offset: int,
    limit: int,
) -> tuple[list[Listed], int]:
    """Return one page of what was recorded of a student, newest day first, and how many there are."""
    asked = {
        "organisation_id": organisation_id,
        "student_source_id": student_source_id,
        "statuses": list(statuses),
        "first_on": first_on,
        "last_on": last_on,
        "now": at,
    }
    rows = session.execute(_list_of_student, asked | {"offset": offset, "limit": limit}).all()
    item_count = rows[0].item_count if rows else session.execute(_count_of_student, asked).scalar()
    return [_listed(row) for row in rows], item_count or 0


def find_absence(
    session: Session | Connection, *, organisation_id: str, student_source_id: str, absence_id: str, at: datetime
) -> Listed | None:
    """Return one recorded absence of a student, or None."""
    asked = {
        "organisation_id": organisation_id,
        "student_source_id": student_source_id,
        "absence_id": absence_id,
        "now": at,
    }
    row = session.execute(_get_of_student, asked).first()
    return _listed(row) if row is not None else None


def find_absence_by_source(session: Session, *, organisation_id: str, source_id: str) -> AbsenceRow | None:
    """Return what a school system recorded under its own id, or None."""
    found = list_absences_by_source(session, organisation_id=organisation_id, source_ids=[source_id])
    return next(iter(found), None)


def list_absences_by_source(session: Session, *, organisation_id: str, source_ids: Collection[str]) -> list[AbsenceRow]:
    """Return what a school system recorded under ids of its own."""
    asked = {"organisation_id": organisation_id, "source_ids": list(source_ids)}
    return [_absence(row) for row in session.execute(_list_by_source, asked)]


def list_absences_of_days(
    session: Session, *, organisation_id: str, student_source_ids: Collection[str], first_on: date, last_on: date
) -> list[AbsenceRow]:
    """Return everything that was recorded of students on these days, presences too."""
    asked = {
        "organisation_id": organisation_id,
        "student_source_ids": list(student_source_ids),
        "first_on": first_on,
        "last_on": last_on,
    }
    return [_absence(row) for row in session.execute(_list_of_days, asked)]


def list_motivated_ids(session: Session, *, absence_ids: Collection[str]) -> set[str]:
    """Return which of these absences a guardian has motivated without the school refusing it."""
    if not absence_ids:
        return set()
    return set(session.scalars(_list_standing_motivations, {"absence_ids": list(absence_ids)}))


def list_contradictions_of_days(
    session: Session, *, organisation_id: str, student_source_ids: Collection[str], first_on: date, last_on: date
) -> list[Any]:
    """Return the contradictions of students that stand on these days."""
    asked = {
        "organisation_id": organisation_id,
        "student_source_ids": list(student_source_ids),
        "first_on": first_on,
        "last_on": last_on,
    }
    return list(session.execute(_list_contradictions_of_days, asked))


def find_motivation(session: Session, *, organisation_id: str, motivation_id: str) -> Any | None:
    """Return a motivation of an organisation, with the student and the day of its absence, or None."""
    asked = {"organisation_id": organisation_id, "motivation_id": motivation_id}
    return session.execute(_find_motivation, asked).first()


def list_motivations_since(session: Session, *, organisation_id: str, since: int, limit: int) -> list[Any]:
    """Return the motivations that changed after a position of the organisation's feed, with the school's own ids."""
    asked = {"organisation_id": organisation_id, "since": since, "limit": limit}
    return list(session.execute(_list_motivations_since, asked))


def _absence(row: Any) -> AbsenceRow:
    # Its columns stand first in every statement.
    return AbsenceRow(**dict(zip(_names, row, strict=False)))


def _listed(row: Any) -> Listed:
    said = None
    if row.motivation_id is not None:
        said = MotivationRow(
            **{name: getattr(row, f"motivation_{name}") for name in MotivationRow.__dataclass_fields__}
        )
    return Listed(absence=_absence(row), status=row.status_now, motivation=said)
