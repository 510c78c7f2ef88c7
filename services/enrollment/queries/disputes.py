"""The other guardians of a child, and what one of them disputes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import (
    HELD_SINCE,
    IS_TO_CONFIRM,
    Page,
    disputes,
    guardians,
    guardianships,
    links,
    organisations,
    students,
)

OPEN: Final = "open"

_disputed = links.alias("disputed")
_disputing = links.alias("disputing")

_list_other_guardians = (
    select(
        links.c.id.label("link_id"),
        links.c.account_id,
        links.c.organisation_id,
        HELD_SINCE.label("held_since"),
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


_find_held_since = select(HELD_SINCE).where(
    links.c.student_id == bindparam("student_id"),
    links.c.account_id == bindparam("account_id"),
    links.c.ended_at.is_(None),
)


def find_held_since(session: Connection | Session, *, student_id: str, account_id: str) -> datetime | None:
    """Return since when the account holds the child by what its link stands by, or None when it does not."""
    since: datetime | None = session.scalar(_find_held_since, {"student_id": student_id, "account_id": account_id})
    return since


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


_columns = (
    disputes.c.id,
    disputes.c.disputed_by,
    disputes.c.at,
    disputes.c.settled_at,
    disputes.c.outcome,
    students.c.source_id.label("student_source_id"),
    _disputed.c.linked_at,
    _disputed.c.pin_id,
    _disputed.c.guardian_source_id,
)
_of_organisation = (
    select(*_columns)
    .select_from(disputes)
    .join(students, students.c.id == disputes.c.student_id)
    .join(_disputed, _disputed.c.id == disputes.c.link_id)
    .join(organisations, organisations.c.id == disputes.c.organisation_id)
    .where(organisations.c.code == bindparam("code"))
)
_OF_STATUS: Final = {
    OPEN: disputes.c.settled_at.is_(None),
    "lifted": disputes.c.outcome == "lifted",
    "upheld": disputes.c.outcome == "upheld",
}
_list_guardians = (
    select(
        disputes.c.id,
        guardians.c.source_id,
        (guardians.c.email_key == disputes.c.email_key).label("is_linked"),
        (guardians.c.email_key == _disputing.c.email_key).label("is_disputing"),
    )
    .select_from(disputes)
    .join(guardianships, guardianships.c.student_id == disputes.c.student_id)
    .join(guardians, guardians.c.id == guardianships.c.guardian_id)
    .outerjoin(
        _disputing,
        and_(
            _disputing.c.account_id == disputes.c.disputed_by,
            _disputing.c.student_id == disputes.c.student_id,
            _disputing.c.ended_at.is_(None),
        ),
    )
    .where(
        disputes.c.id.in_(bindparam("dispute_ids", expanding=True)),
        or_(guardians.c.email_key == disputes.c.email_key, guardians.c.email_key == _disputing.c.email_key),
    )
    .order_by(guardians.c.source_id)
)


def list_disputes(session: Session, *, organisation_code: str, status: str | None, offset: int, limit: int) -> Page:
    """Return disputes of an organisation, oldest first: those of a status, or all of them."""
    wanted = _of_organisation if status is None else _of_organisation.where(_OF_STATUS[status])
    asked = {"code": organisation_code}
    rows = session.execute(wanted.order_by(disputes.c.at, disputes.c.id).offset(offset).limit(limit), asked).all()
    item_count = session.scalar(select(func.count()).select_from(wanted.subquery()), asked) or 0
    return Page(items=_documents(session, rows), item_count=item_count)


def find_dispute(session: Session, *, organisation_code: str, dispute_id: str) -> dict[str, Any] | None:
    """Return one dispute of an organisation, or None."""
    rows = session.execute(_of_organisation.where(disputes.c.id == dispute_id), {"code": organisation_code}).all()
    return next(iter(_documents(session, rows)), None)


def _documents(session: Session, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Return disputes as the school sees them: whose they are by its own file's identifiers, and nothing else of anybody."""
    on_file = session.execute(_list_guardians, {"dispute_ids": [row.id for row in rows]}).all() if rows else []
    return [
        {
            "id": row.id,
            "status": row.outcome or OPEN,
            "disputed_at": row.at,
            "settled_at": row.settled_at,
            "student_source_id": row.student_source_id,
            "linked_at": row.linked_at,
            "is_by_pin": row.pin_id is not None,
            "linked_guardian_source_ids": _listed(
                [row.guardian_source_id, *(each.source_id for each in on_file if each.id == row.id and each.is_linked)]
            ),
            "disputing_guardian_source_ids": _listed(
                each.source_id for each in on_file if each.id == row.id and each.is_disputing
            ),
        }
        for row in rows
    ]


def _listed(source_ids: Iterable[str | None]) -> list[str]:
    return sorted({each for each in source_ids if each is not None})
