"""Refused claims: those that are due to be judged again, and as the school sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import disputes, organisations, rejected_claims, students

WAITING: Final = "waiting"
SETTLED: Final = "settled"
EXPIRED: Final = "expired"

_IS_WAITING: Final = rejected_claims.c.waits_until.is_not(None)
_IS_SETTLED: Final = rejected_claims.c.outcome.in_(("linked", "claimed"))
_OF_STATUS: Final = {
    WAITING: _IS_WAITING,
    SETTLED: _IS_SETTLED,
    # What was never kept to wait, by an earlier release, too.
    EXPIRED: rejected_claims.c.waits_until.is_(None)
    & or_(rejected_claims.c.outcome.is_(None), ~rejected_claims.c.outcome.in_(("linked", "claimed"))),
}
STATUSES: Final = tuple(_OF_STATUS)

_list_organisations_with_due_cases = (
    select(organisations.c.id, organisations.c.registry_version)
    .where(
        organisations.c.subscribed_at.is_not(None),
        # An organisation each, by an index: however many cases wait, asking costs the same.
        exists(
            select(1).where(
                rejected_claims.c.organisation_id == organisations.c.id,
                rejected_claims.c.judged_version < organisations.c.registry_version,
                # Those that have waited for too long are the sweep's, and due for nothing else until it comes.
                rejected_claims.c.waits_until > bindparam("now", type_=rejected_claims.c.waits_until.type),
            )
        ),
    )
    .order_by(organisations.c.id)
)


def list_organisations_with_due_cases(session: Connection | Session, *, now: datetime) -> list[Any]:
    """Return the organisations that take part and whose registry has changed since a case of theirs was judged."""
    return list(session.execute(_list_organisations_with_due_cases, {"now": now}))


_is_barred = select(
    exists(
        select(1).where(
            disputes.c.student_id == bindparam("student_id"),
            or_(
                disputes.c.settled_at.is_(None)
                & or_(disputes.c.account_id == bindparam("account_id"), disputes.c.email_key == bindparam("email_key")),
                (disputes.c.outcome == "upheld") & (disputes.c.account_id == bindparam("account_id")),
            ),
        )
    )
)


def is_barred(session: Session, *, student_id: str, account_id: str, email_key: str) -> bool:
    """Return whether the school has yet to decide about this account and the child, or has decided against it.

    Stricter than for a claim: whom the school has sent away comes back by their own act at least, never by itself.
    """
    asked = {"student_id": student_id, "account_id": account_id, "email_key": email_key or None}
    return bool(session.scalar(_is_barred, asked))


@dataclass(frozen=True, kw_only=True)
class Cases:
    """One page of an organisation's refused claims, and how many there are in all."""

    rows: list[Any]
    item_count: int


_columns = (
    rejected_claims.c.reference,
    rejected_claims.c.account_id,
    rejected_claims.c.differing,
    rejected_claims.c.at,
    rejected_claims.c.waits_until,
    rejected_claims.c.sealed,
    rejected_claims.c.identity_digest,
    rejected_claims.c.ended_at,
    rejected_claims.c.outcome,
    students.c.source_id.label("student_source_id"),
)
_cases = (
    select(*_columns)
    .select_from(rejected_claims)
    .outerjoin(students, students.c.id == rejected_claims.c.student_id)
    .where(rejected_claims.c.organisation_id == bindparam("organisation_id"))
)
_find_case = _cases.where(rejected_claims.c.reference == bindparam("reference"))
_list_cases = {
    status: _cases.add_columns(func.count().over().label("item_count"))
    .where(condition)
    .order_by(rejected_claims.c.at.desc(), rejected_claims.c.reference)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
    for status, condition in _OF_STATUS.items()
}
_count_cases = {
    status: select(func.count())
    .select_from(rejected_claims)
    .where(rejected_claims.c.organisation_id == bindparam("organisation_id"), condition)
    for status, condition in _OF_STATUS.items()
}


def list_cases(session: Session, *, organisation_id: str, status: str, offset: int, limit: int) -> Cases:
    """Return the refused claims of an organisation that are `waiting`, `settled` or `expired`, newest first."""
    asked = {"organisation_id": organisation_id}
    rows = list(session.execute(_list_cases[status], asked | {"offset": offset, "limit": limit}))
    # Beyond the last page the window has no row to speak in.
    item_count = rows[0].item_count if rows else session.scalar(_count_cases[status], asked)
    return Cases(rows=rows, item_count=item_count or 0)


def find_case(session: Session, *, organisation_id: str, reference: str) -> Any | None:
    """Return one refused claim of an organisation by its reference, or None."""
    return session.execute(_find_case, {"organisation_id": organisation_id, "reference": reference}).one_or_none()


_find_organisation_of_case = select(rejected_claims.c.organisation_id).where(
    rejected_claims.c.reference == bindparam("reference")
)


def find_organisation_of_case(session: Session, *, reference: str) -> str | None:
    """Return whose refused claim a reference is, or None."""
    organisation_id: str | None = session.scalar(_find_organisation_of_case, {"reference": reference})
    return organisation_id


def status_of(case: Any) -> str:
    """Return `waiting`, `settled` or `expired`."""
    if case.waits_until is not None:
        return WAITING
    return SETTLED if case.outcome in ("linked", "claimed") else EXPIRED
