"""Keeping the others' knowledge of links true: a link that the registry closes or opens again is told, with its state.

    told open       the registry no longer grants anything    link-suspended, tombstone
    told suspended  it grants something again                 link-restored, state
    told open       it grants something else                  state
    told open       the organisation wants it proven again    link-suspended, tombstone

Reading never relies on this (CHD-12): `queries` decide from the registry as it is. Whoever finds the two apart calls
here: an import about the students that it changed, a visit about the children that it shows, the sweep about what a day
has changed, and a day since which links must have been proven.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.models import METADATA, Link
from services.enrollment.queries import Standing
from services.enrollment.rules import days, suspensions
from shared import inbox, logs, outbox
from shared.messages import Event

log = logs.get(__name__)

_links: Final = METADATA.tables["links"]
# In the order in which whoever takes several links takes them, so that nobody waits in a circle.
_lock = (
    select(Link.id)
    .where(
        Link.account_id == bindparam("account_id"),
        Link.id.in_(bindparam("link_ids", expanding=True)),
        Link.ended_at.is_(None),
    )
    .order_by(Link.id)
    .with_for_update()
)
_lock_open_links_of_account = (
    select(Link.id, Link.student_id, Link.account_id, Link.organisation_id, Link.pin_id)
    .where(Link.account_id == bindparam("account_id"), Link.ended_at.is_(None), Link.suspension.is_(None))
    .order_by(Link.id)
    .with_for_update()
)
_note_mailbox = (
    update(Link)
    .where(Link.id.in_(bindparam("link_ids", expanding=True)))
    .values(email_key=bindparam("shown_email_key"))
)
_forget_mailbox = update(Link).where(Link.account_id == bindparam("of_account_id")).values(email_key=None)
_stand_by_pin = (
    update(Link)
    .where(
        Link.account_id == bindparam("of_account_id"),
        Link.student_id == bindparam("of_student_id"),
        Link.ended_at.is_(None),
    )
    .values(
        pin_id=bindparam("of_pin_id"),
        guardian_source_id=bindparam("named_guardian"),
        email_key=bindparam("shown_email_key"),
    )
    .returning(Link.id)
)
_stand_by_mailbox = (
    update(Link).where(Link.id.in_(bindparam("link_ids", expanding=True))).values(pin_id=None, guardian_source_id=None)
)
# By the table, not by the class: one statement for many rows.
_write = (
    update(_links)
    .where(_links.c.id == bindparam("link_id"))
    .values(suspension=bindparam("told_suspension"), rights=bindparam("told_rights"))
)


def note_visit(ctx: Context, *, account_id: str, email_key: str, held: Sequence[queries.Held]) -> None:
    """Tell what a visit found to be otherwise than the others know, and remember the mailbox that it showed.

    A visit that finds nothing costs no statement.
    """
    link_ids = [each.link_id for each in held if not each.is_told]
    if not link_ids:
        return
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        note_mailbox(session, account_id=account_id, email_key=email_key, link_ids=link_ids, at=now)


def note_mailbox(session: Session, *, account_id: str, email_key: str, link_ids: Sequence[str], at: datetime) -> None:
    """Remember the mailbox that an account has shown for these links of its own, and tell what that changes."""
    live = session.scalars(_lock, {"account_id": account_id, "link_ids": link_ids}).all()
    session.execute(_note_mailbox, {"link_ids": live, "shown_email_key": email_key})
    settle(session, link_ids=live, at=at)


def suspend_until_visit(ctx: Context, *, account_id: str, cause: str) -> int:
    """Suspend every open link of an account that changed its e-mail, once for each `cause`; return how many.

    Which e-mail it has now, nobody is told by event: its next visit shows it, and opens what its files grant.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        if not inbox.first_time(session, cause):
            return 0
        open_links = session.execute(_lock_open_links_of_account, {"account_id": account_id}).all()
        session.execute(_forget_mailbox, {"of_account_id": account_id})
        # What stands by a PIN does not stand by the mailbox that changed.
        settle(session, link_ids=[link.id for link in open_links if link.pin_id is not None], at=now)
        links = [link for link in open_links if link.pin_id is None]
        told = [event for link in links for event in suspended(link, link.id, suspensions.EMAIL_CHANGED, now)]
        suspension = {"told_suspension": suspensions.EMAIL_CHANGED, "told_rights": []}
        _keep(session, [{"link_id": link.id, **suspension} for link in links])
        outbox.add_all(session, told, at=now)
    log.info("links_suspended", links=len(links))
    return len(links)


def stand_by_pin(
    session: Session,
    *,
    account_id: str,
    student_id: str,
    pin_id: str,
    guardian_source_id: str | None,
    email_key: str,
    at: datetime,
) -> str | None:
    """Let a link that the account holds already stand by a PIN from now on, and tell what that opens (CHD-14).

    Return the link's id, or None when the account does not hold the child.
    """
    link_id: str | None = session.scalar(
        _stand_by_pin,
        {
            "of_account_id": account_id,
            "of_student_id": student_id,
            "of_pin_id": pin_id,
            "named_guardian": guardian_source_id,
            "shown_email_key": email_key,
        },
    )
    if link_id is not None:
        settle(session, link_ids=[link_id], at=at)
    return link_id


def settle(session: Session, *, link_ids: Sequence[str], at: datetime, moved: Collection[str] = ()) -> int:
    """Tell what the registry says of these links, where the others were told something else; return of how many.

    The caller has locked the links. Doing it twice tells nothing the second time, but for those in `moved`, whose child
    attends another school or grade than was told: of those the state is told again in any case.
    """
    told: list[Event] = []
    changes: list[dict[str, Any]] = []
    found = queries.list_standings(session, link_ids=link_ids, on=days.today(at))
    placements = queries.list_placements(session, student_ids=[each.student_id for each in found])
    # The file knows the mailbox now: from here on it alone decides, and the PIN has served.
    known = [each.link_id for each in found if each.has_pin and each.is_mailbox_on_file]
    if known:
        session.execute(_stand_by_mailbox, {"link_ids": known})
    for standing in found:
        suspension, placement = _suspension(standing), placements[standing.student_id]
        said = _judge(standing, suspension, placement, at)
        if said:
            told += said
            changes.append(
                {
                    "link_id": standing.link_id,
                    "told_suspension": suspension,
                    "told_rights": [] if suspension else list(standing.rights),
                }
            )
        elif standing.link_id in moved and standing.suspension is None:
            told.append(_state(standing, placement, rights=standing.told_rights))
    _keep(session, changes)
    outbox.add_all(session, told, at=at)
    return len(changes)


def _suspension(standing: Standing) -> str | None:
    """Return why a link opens nothing, or None."""
    if standing.is_to_confirm:
        return suspensions.TO_CONFIRM
    return None if standing.rights else suspensions.REGISTRY


def _judge(standing: Standing, suspension: str | None, placement: queries.Placement, at: datetime) -> list[Event]:
    """Return what must be told of a link, if anything."""
    if standing.suspension == suspensions.DISPUTED:
        # The registry says nothing of it: the school decides.
        return []
    is_unknown = not standing.has_mailbox and not standing.has_pin
    if standing.is_student_there and is_unknown and not standing.is_to_confirm:
        # The account has not shown its mailbox: nobody can say whether the file has it.
        return []
    if suspension is not None:
        is_news = standing.suspension is None
        return suspended(standing, standing.link_id, suspension, at) if is_news else []
    state = _state(standing, placement, rights=standing.rights)
    if standing.suspension is not None:
        restored = events.link_restored(
            link_id=standing.link_id,
            student_id=standing.student_id,
            account_id=standing.account_id,
            organisation_id=standing.organisation_id,
            rights=standing.rights,
            at=at,
        )
        return [restored, state]
    return [state] if standing.told_rights != standing.rights else []


def _state(standing: Standing, placement: queries.Placement, *, rights: Sequence[str]) -> Event:
    return events.guardianship_changed(
        student_id=standing.student_id,
        account_id=standing.account_id,
        organisation_id=standing.organisation_id,
        student_source_id=placement.student_source_id,
        school_source_id=placement.school_source_id,
        level=placement.level,
        grade=placement.grade,
        rights=rights,
        linked_at=standing.linked_at,
    )


def suspended(link: Any, link_id: str, reason: str, at: datetime) -> list[Event]:
    """Return what is told of a link that is suspended: that it is, and that the account is nothing to the child."""
    whose = {
        "student_id": link.student_id,
        "account_id": link.account_id,
        "organisation_id": link.organisation_id,
    }
    return [
        events.link_suspended(link_id=link_id, **whose, reason=reason, at=at),
        events.guardianship_ended(**whose),
    ]


def _keep(session: Session, changes: Sequence[dict[str, Any]]) -> None:
    if changes:
        session.execute(_write, changes)
