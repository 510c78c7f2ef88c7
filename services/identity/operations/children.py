"""Telling an account's holder what happened to a child of theirs: which child, the letter does not say."""

from typing import Final

from sqlalchemy import bindparam, update

from services.identity import letters, queries
from services.identity.context import Context
from services.identity.models import accounts
from services.identity.operations import mailing
from shared import inbox, logs

log = logs.get(__name__)

# What says that a child of the account is proven.
_CONFIRMING: Final = (letters.CHILD_LINKED, letters.WAITING_CHILD_LINKED, letters.CHILD_CONFIRMED)

_children_confirmed = (
    update(accounts)
    .where(accounts.c.id == bindparam("of_id"), accounts.c.must_confirm_children)
    .values(must_confirm_children=False)
)


def tell_of_child_linked(ctx: Context, *, account_id: str, cause: str, is_by_correction: bool = False) -> None:
    """Write to an account that a child was linked to it; once for each `cause`.

    `is_by_correction`: nobody has just asked for it, the school has corrected the file for which a request waited.

    From the first child that is confirmed again on, the account is one like any other (ID-32): which of its children
    remain to be confirmed, the list of children tells.
    """
    kind = letters.WAITING_CHILD_LINKED if is_by_correction else letters.CHILD_LINKED
    _tell(ctx, kind, account_id=account_id, cause=cause)


def tell_of_child_confirmed(ctx: Context, *, account_id: str, cause: str) -> None:
    """Write to an account that a child that it held already was proven again; once for each `cause`.

    It ends what `tell_of_child_linked` ends: the account's children are to be confirmed no more.
    """
    _tell(ctx, letters.CHILD_CONFIRMED, account_id=account_id, cause=cause)


def tell_of_child_unlinked(ctx: Context, *, account_id: str, cause: str) -> None:
    """Write to an account that a child is no longer linked to it; once for each `cause`."""
    _tell(ctx, letters.CHILD_UNLINKED, account_id=account_id, cause=cause)


def tell_of_guardian_joined(ctx: Context, *, account_id: str, cause: str) -> None:
    """Write to an account that another one has proven a child of its holder's; once for each `cause`."""
    _tell(ctx, letters.GUARDIAN_JOINED, account_id=account_id, cause=cause)


def tell_of_notice_shared(ctx: Context, *, account_id: str, cause: str) -> None:
    """Write to an account that another guardian announced an absence to the school; once for each `cause`."""
    _tell(ctx, letters.NOTICE_SHARED, account_id=account_id, cause=cause)


def tell_of_motivation_due(ctx: Context, *, account_id: str, cause: str) -> None:
    """Write to an account that an absence waits for a reason, before the school's time runs out; once for each `cause`."""
    _tell(ctx, letters.MOTIVATION_DUE, account_id=account_id, cause=cause)


def tell_of_refusal_shared(ctx: Context, *, account_id: str, cause: str) -> None:
    """Write to an account that the school has refused the reason its holder gave for an absence; once for each `cause`."""
    _tell(ctx, letters.REFUSAL_SHARED, account_id=account_id, cause=cause)


def _tell(ctx: Context, kind: str, *, account_id: str, cause: str) -> None:
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        if not inbox.first_time(session, cause):
            return
        if kind in _CONFIRMING:
            session.execute(_children_confirmed, {"of_id": account_id})
        account = queries.find_account(session, account_id=account_id)
        if account is None:
            # Gone since: there is nobody to tell.
            log.info("letter_not_needed", kind=kind)
            return
        mailing.tell(ctx, session, kind, to=account.email, language=account.language, at=now)
