"""Whom on a child's file to tell of a new link, and which link somebody who was told means."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, false, func, or_, select
from sqlalchemy.orm import Session

from services.enrollment.models import Announcement
from services.enrollment.queries.tables import IS_TO_CONFIRM, guardians, guardianships, links, organisations
from services.enrollment.rules import rights, suspensions

_announcements = Announcement.__table__
_announced = links.alias("announced")


@dataclass(frozen=True)
class Mailbox:
    """An address on a child's file, and the network of the organisation whose file it is."""

    address: str = field(repr=False)
    network: str | None


_list_mailboxes = (
    select(
        guardians.c.email,
        guardians.c.email_key,
        organisations.c.network,
        guardianships.c.is_principal,
        guardianships.c.rights,
        guardianships.c.restrictions,
        guardianships.c.starts_on,
        guardianships.c.ends_on,
    )
    .select_from(guardianships)
    .join(guardians, guardians.c.id == guardianships.c.guardian_id)
    .join(organisations, organisations.c.id == guardianships.c.organisation_id)
    .where(
        guardianships.c.student_id == bindparam("student_id"),
        guardians.c.email_key.is_not(None),
        guardians.c.email_key != bindparam("email_key"),
        ~exists(
            select(1).where(
                links.c.student_id == guardianships.c.student_id,
                links.c.email_key == guardians.c.email_key,
                links.c.ended_at.is_(None),
                or_(links.c.suspension.is_(None), links.c.suspension == suspensions.DISPUTED),
                or_(~func.coalesce(IS_TO_CONFIRM, false()), links.c.suspension == suspensions.DISPUTED),
            )
        ),
    )
    .order_by(guardians.c.email_key, guardians.c.id)
)


def list_mailboxes_without_account(session: Session, *, student_id: str, email_key: str, on: date) -> list[Mailbox]:
    """Return the addresses on a student's file, but for one, that may see the file and that no account is told by.

    An account whose link is inert, for want of a new proof for instance, is told nothing: its mailbox is. A disputed one
    is told nothing either way.

    Whoever the file is closed to is not among them: a letter would tell them that the child is at a school here, which a
    judgment may want kept from them, and would ask them to have a say in who sees the file.
    """
    rows = session.execute(_list_mailboxes, {"student_id": student_id, "email_key": email_key}).all()
    by_key: dict[str, list[Any]] = {}
    for row in rows:
        by_key.setdefault(row.email_key, []).append(row)
    return [Mailbox(found[0].email, found[0].network) for found in by_key.values() if _may_see(found, on)]


def _may_see(rows: list[Any], on: date) -> bool:
    guardianships_of_mailbox = [
        rights.Guardianship(
            is_principal=row.is_principal,
            rights=row.rights,
            restrictions=row.restrictions,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
        )
        for row in rows
    ]
    return rights.VIEW_FILE in rights.of(guardianships_of_mailbox, on=on)


_find_announced_link = (
    select(links.c.id)
    .select_from(_announcements)
    .join(_announced, _announced.c.id == _announcements.c.link_id)
    .join(
        links,
        and_(
            links.c.account_id == _announced.c.account_id,
            links.c.student_id == _announced.c.student_id,
            links.c.ended_at.is_(None),
        ),
    )
    .join(organisations, organisations.c.id == _announcements.c.organisation_id)
    .where(
        _announcements.c.reference == bindparam("reference"),
        _announcements.c.at > bindparam("since"),
        organisations.c.code == bindparam("code"),
    )
)


def find_announced_link(session: Session, *, reference: str, organisation_code: str, since: datetime) -> str | None:
    """Return the live link that a reference means, when the organisation announced it after a moment, or None."""
    link_id: str | None = session.scalar(
        _find_announced_link, {"reference": reference, "code": organisation_code, "since": since}
    )
    return link_id
