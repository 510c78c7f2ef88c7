"""The children that an account holds: reading them, letting go of one, and who saw what."""

from typing import Any

from sqlalchemy import bindparam, update

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.models import Link
from services.enrollment.operations import journal
from services.enrollment.rules import birth_dates, emails
from shared import ids, logs, outbox
from shared.problems import NotFound

log = logs.get(__name__)

_end_link = (
    update(Link)
    .where(
        Link.account_id == bindparam("of_account_id"),
        Link.student_id == bindparam("of_student_id"),
        Link.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at"), end_reason=bindparam("reason"))
    .returning(Link.id, Link.organisation_id)
)


def list_children(ctx: Context, *, account_id: str, email: str) -> list[dict[str, Any]]:
    """Return every child that the account holds; a suspended one says its name and whom to ask, nothing else."""
    with ctx.db.look() as connection:
        return queries.list_children(
            connection, account_id=account_id, email_key=emails.key(email), on=birth_dates.today(ctx.clock.now())
        )


def open_child(ctx: Context, *, account_id: str, email: str, child_id: str) -> dict[str, Any]:
    """Return one child, and write into its journal that this guardian opened the file today.

    Raises:
        NotFound: the account does not hold it, or holds it without the right to see it at this moment (CHD-12, CHD-13).
    """
    child = _get_child(ctx, account_id=account_id, email=email, child_id=child_id)
    journal.write_view(ctx, student_id=child_id, account_id=account_id)
    return child


def unlink_child(ctx: Context, *, account_id: str, child_id: str) -> None:
    """Let go of a child, suspended or not: it may be claimed again.

    Raises:
        NotFound: the account does not hold it (any more).
    """
    if not ids.is_id(child_id):
        raise NotFound
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
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
        unlinked = events.child_unlinked(
            link_id=ended.id,
            student_id=child_id,
            account_id=account_id,
            organisation_id=ended.organisation_id,
            reason=events.UNLINKED_BY_PARENT,
            at=now,
        )
        ended_guardianship = events.guardianship_ended(
            student_id=child_id, account_id=account_id, organisation_id=ended.organisation_id
        )
        outbox.add_all(session, [unlinked, ended_guardianship], at=now)
        journal.write(session, student_id=child_id, account_id=account_id, action=journal.CHILD_UNLINKED, at=now)
    log.info("child_unlinked", organisation_id=ended.organisation_id)


def list_journal(ctx: Context, *, account_id: str, email: str, child_id: str, offset: int, limit: int) -> queries.Page:
    """Return who did what with a child's file, newest first.

    Raises:
        NotFound: as for `open_child`.
    """
    _get_child(ctx, account_id=account_id, email=email, child_id=child_id)
    with ctx.db.read() as session:
        return queries.list_journal(session, student_id=child_id, account_id=account_id, offset=offset, limit=limit)


def _get_child(ctx: Context, *, account_id: str, email: str, child_id: str) -> dict[str, Any]:
    if not ids.is_id(child_id):
        raise NotFound
    with ctx.db.look() as connection:
        child = queries.find_child(
            connection,
            account_id=account_id,
            email_key=emails.key(email),
            student_id=child_id,
            on=birth_dates.today(ctx.clock.now()),
        )
    if child is None or child["status"] == queries.SUSPENDED:
        raise NotFound
    return child
