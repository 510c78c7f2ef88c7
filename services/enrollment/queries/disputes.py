"""The other guardians of a child, and what one of them disputes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import IS_TO_CONFIRM, disputes, links, organisations, students

_list_other_guardians = (
    select(
        links.c.id.label("link_id"),
        links.c.account_id,
        links.c.organisation_id,
        links.c.linked_at,
        links.c.suspension,
        links.c.email_key,
        IS_TO_CONFIRM.label("is_to_confirm"),
    )
    .join(organisations, organisations.c.id == links.c.organisation_id)
    .where(
        links.c.student_id == bindparam("student_id"),
        links.c.account_id != bindparam("account_id"),
        links.c.ended_at.is_(None),
    )
    .order_by(links.c.id)
)


def list_other_guardians(session: Connection | Session, *, student_id: str, account_id: str) -> list[Any]:
    """Return the live links of other accounts to a student, in the order of their ids."""
    return list(session.execute(_list_other_guardians, {"student_id": student_id, "account_id": account_id}))


_find_linked_at = select(links.c.linked_at).where(
    links.c.student_id == bindparam("student_id"),
    links.c.account_id == bindparam("account_id"),
    links.c.ended_at.is_(None),
)


def find_linked_at(session: Connection | Session, *, student_id: str, account_id: str) -> datetime | None:
    """Return when the child was linked to the account that holds it."""
    linked_at: datetime | None = session.scalar(_find_linked_at, {"student_id": student_id, "account_id": account_id})
    return linked_at


_is_disputed = select(
    exists(
        select(1).where(
            disputes.c.student_id == bindparam("student_id"),
            disputes.c.settled_at.is_(None),
            (disputes.c.account_id == bindparam("account_id")) | (disputes.c.email_key == bindparam("email_key")),
        )
    )
)


def is_disputed(session: Session, *, student_id: str, account_id: str, email_key: str) -> bool:
    """Return whether the school has yet to decide about this account, or this mailbox, and the child."""
    return bool(
        session.scalar(
            _is_disputed,
            {"student_id": student_id, "account_id": account_id, "email_key": email_key or None},
        )
    )


_list_disputes = (
    select(
        disputes.c.id,
        disputes.c.link_id,
        disputes.c.student_id,
        students.c.source_id.label("student_source_id"),
        disputes.c.at,
        disputes.c.settled_at,
        disputes.c.outcome,
    )
    .join(students, students.c.id == disputes.c.student_id)
    .join(organisations, organisations.c.id == disputes.c.organisation_id)
    .where(organisations.c.code == bindparam("code"))
    .order_by(disputes.c.at, disputes.c.id)
)


def list_disputes(session: Session, *, organisation_code: str) -> list[Any]:
    """Return the disputes of an organisation, oldest first, settled or not."""
    return list(session.execute(_list_disputes, {"code": organisation_code}))
