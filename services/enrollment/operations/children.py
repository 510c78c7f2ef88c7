"""The children that an account holds: reading them, letting go of one, and who saw what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.models import Link
from services.enrollment.operations import journal, standings
from services.enrollment.operations.claims import bills, cases
from services.enrollment.rules import days, emails
from shared import budgets, ids, inbox, logs, outbox
from shared.problems import NotFound

log = logs.get(__name__)

_end_link = (
    update(Link)
    .where(
        Link.account_id == bindparam("of_account_id"),
        Link.student_id == bindparam("of_student_id"),
        Link.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at"), end_reason=bindparam("reason"), email_key=None)
    .returning(Link.id, Link.student_id, Link.account_id, Link.organisation_id)
)
# In the order in which whoever takes several links takes them, so that nobody waits in a circle.
_lock_links_of_account = (
    select(Link.id)
    .where(Link.account_id == bindparam("account_id"), Link.ended_at.is_(None))
    .order_by(Link.id)
    .with_for_update()
)
_end_links = (
    update(Link)
    .where(Link.id.in_(bindparam("link_ids", expanding=True)))
    .values(ended_at=bindparam("at"), end_reason=bindparam("reason"), email_key=None)
    .returning(Link.id, Link.student_id, Link.account_id, Link.organisation_id)
)


def list_children(ctx: Context, *, account_id: str, email: str) -> list[dict[str, Any]]:
    """Return every child that the account holds; one that is not open says its name and whom to ask at most."""
    email_key = emails.key(email)
    with ctx.db.look() as connection:
        held = queries.list_children(
            connection, account_id=account_id, email_key=email_key, on=days.today(ctx.clock.now())
        )
    standings.note_visit(ctx, account_id=account_id, email_key=email_key, held=held)
    return [each.document for each in held]


def open_child(ctx: Context, *, account_id: str, email: str, child_id: str) -> dict[str, Any]:
    """Return one child, and write into its journal that this guardian opened the file today.

    Raises:
        NotFound: the account does not hold it, or holds it without the right to see it at this moment (CHD-12, CHD-13).
    """
    child = get_child(ctx, account_id=account_id, email=email, child_id=child_id)
    journal.write_view(ctx, student_id=child_id, account_id=account_id)
    return child


def unlink_child(ctx: Context, *, account_id: str, child_id: str) -> None:
    """Let go of a child, open or not: it may be claimed again.

    Raises:
        NotFound: the account does not hold it (any more).
    """
    if not ids.is_id(child_id):
        raise NotFound
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        # Before the link, as everybody who takes both: what is let go of does not come back by itself.
        cases.withdraw(session, account_id=account_id, student_id=child_id, at=now)
        ended = session.execute(
            _end_link,
            {
                "of_account_id": account_id,
                "of_student_id": child_id,
                "at": now,
                "reason": events.UNLINKED_BY_PARENT,
            },
        ).one_or_none()
        if ended is None:
            raise NotFound
        tell_ends(session, [ended], reason=events.UNLINKED_BY_PARENT, at=now)
    log.info("child_unlinked", organisation_id=ended.organisation_id)


def unlink_children(ctx: Context, *, account_id: str, cause: str) -> int:
    """Let go of every child of a deleted account, the suspended ones too; once for each `cause`; return how many.

    A repetition after the inbox has forgotten the cause finds no link: an account's id is never given again.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        if not inbox.first_time(session, cause):
            return 0
        # Waits for a claim of this account that is being decided: its link, too, must be there to be ended.
        budgets.Hold(session, bills.of_account(ctx, account_id), at=now)
        cases.withdraw(session, account_id=account_id, at=now)
        link_ids = session.scalars(_lock_links_of_account, {"account_id": account_id}).all()
        ended = session.execute(
            _end_links, {"link_ids": link_ids, "at": now, "reason": events.UNLINKED_WITH_ACCOUNT}
        ).all()
        tell_ends(session, ended, reason=events.UNLINKED_WITH_ACCOUNT, at=now)
    log.info("children_unlinked", links=len(ended))
    return len(ended)


def list_journal(ctx: Context, *, account_id: str, email: str, child_id: str, offset: int, limit: int) -> queries.Page:
    """Return who did what with a child's file, newest first.

    Raises:
        NotFound: as for `open_child`.
    """
    get_child(ctx, account_id=account_id, email=email, child_id=child_id)
    with ctx.db.read() as session:
        return queries.list_journal(session, student_id=child_id, account_id=account_id, offset=offset, limit=limit)


def get_child(ctx: Context, *, account_id: str, email: str, child_id: str) -> dict[str, Any]:
    """Return one child that the account may see at this moment, without a word in the journal.

    Raises:
        NotFound: as for `open_child`.
    """
    if not ids.is_id(child_id):
        raise NotFound
    email_key = emails.key(email)
    with ctx.db.look() as connection:
        held = queries.find_child(
            connection,
            account_id=account_id,
            email_key=email_key,
            student_id=child_id,
            on=days.today(ctx.clock.now()),
        )
    if held is None:
        raise NotFound
    standings.note_visit(ctx, account_id=account_id, email_key=email_key, held=[held])
    if held.document["status"] != queries.ACTIVE:
        raise NotFound
    return held.document


def tell_ends(session: Session, links: Sequence[Any], *, reason: str, at: datetime) -> None:
    """Say of links that have just ended what the others must know, and write it into the children's journals."""
    told = []
    for link in links:
        whose = {
            "student_id": link.student_id,
            "account_id": link.account_id,
            "organisation_id": link.organisation_id,
        }
        told += [
            events.child_unlinked(link_id=link.id, **whose, reason=reason, at=at),
            events.guardianship_ended(**whose),
        ]
        journal.write(
            session, student_id=link.student_id, account_id=link.account_id, action=journal.CHILD_UNLINKED, at=at
        )
    outbox.add_all(session, told, at=at)
