"""Standings: what links give by the registry as it is, beside what the others were told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from services.enrollment.queries import guarding
from services.enrollment.queries.tables import ACTIVE, IS_TO_CONFIRM, guardianships, links, organisations, students


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a live link gives by the registry as it is, beside what the others were last told of it."""

    link_id: str
    student_id: str
    account_id: str
    organisation_id: str
    linked_at: datetime
    # Whether we know which mailbox it stands by; without one no file can be looked into.
    has_mailbox: bool
    # A PIN stands in for it, while the file does not know it.
    has_pin: bool
    is_mailbox_on_file: bool
    is_student_there: bool
    is_to_confirm: bool
    rights: tuple[str, ...]
    told_rights: tuple[str, ...]
    suspension: str | None


_list_standings = (
    select(
        links.c.id,
        links.c.student_id,
        links.c.account_id,
        links.c.organisation_id,
        links.c.linked_at,
        links.c.rights.label("told_rights"),
        links.c.suspension,
        links.c.email_key,
        IS_TO_CONFIRM.label("is_to_confirm"),
        students.c.status,
        *guarding.PIN_COLUMNS,
        guarding.IS_MAILBOX_OF_LINK,
        *guarding.GUARDIANSHIP_COLUMNS,
    )
    .select_from(links)
    .join(students, students.c.id == links.c.student_id)
    .join(organisations, organisations.c.id == links.c.organisation_id)
    .outerjoin(guardianships, guardianships.c.student_id == students.c.id)
    .outerjoin(guarding.GUARDIAN, guarding.IS_GUARDIAN)
    .where(links.c.id.in_(bindparam("link_ids", expanding=True)), links.c.ended_at.is_(None))
    .order_by(links.c.id)
)


def list_standings(session: Session, *, link_ids: Sequence[str], on: date) -> list[Standing]:
    """Return what each of these links gives on the day `on`, in the order of their ids; none of those that ended."""
    rows = session.execute(_list_standings, {"link_ids": link_ids})
    return [_standing(of_link, on) for _, of_link in guarding.grouped(rows)]


def _standing(rows: Sequence[Any], on: date) -> Standing:
    first = rows[0]
    is_there = first.status == ACTIVE
    return Standing(
        link_id=first.id,
        student_id=first.student_id,
        account_id=first.account_id,
        organisation_id=first.organisation_id,
        linked_at=first.linked_at,
        has_mailbox=first.email_key is not None,
        has_pin=first.pin_id is not None,
        is_mailbox_on_file=any(row.is_mailbox for row in rows),
        is_student_there=is_there,
        is_to_confirm=bool(first.is_to_confirm),
        rights=guarding.rights_of_link(rows, on) if is_there else (),
        told_rights=tuple(first.told_rights),
        suspension=first.suspension,
    )


_list_requirements = (
    select(
        organisations.c.code,
        organisations.c.name,
        organisations.c.confirm_links_before,
        func.count(links.c.id).label("link_count"),
    )
    .select_from(organisations)
    .outerjoin(links, and_(links.c.organisation_id == organisations.c.id, links.c.ended_at.is_(None), IS_TO_CONFIRM))
    .where(organisations.c.confirm_links_before.is_not(None))
    .group_by(organisations.c.id)
    .order_by(organisations.c.code)
)


def list_requirements(session: Session) -> list[Any]:
    """Return the organisations that want links proven since a moment, with the number of links that are older."""
    return list(session.execute(_list_requirements))
