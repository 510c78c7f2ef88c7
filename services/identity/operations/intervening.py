"""What an operator does to accounts by command: end sessions, and delete again whom a restored backup brought back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete
from sqlalchemy.orm import Session

from services.identity import queries
from services.identity.context import Context
from services.identity.errors import AccountMissing
from services.identity.models import sessions
from services.identity.operations import accounts, activity
from services.identity.rules import activity as kinds, emails
from shared import logs
from shared.database import rows_changed
from shared.problems import NotSignedIn

log = logs.get(__name__)

_end_all = delete(sessions)
_end_of_account = _end_all.where(sessions.c.account_id == bindparam("of_account"))


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """What the log tells of the end of an account."""

    account_id: str
    deleted_at: datetime


def end_sessions_of_account(ctx: Context, *, account_id: str | None = None, email: str | None = None) -> int:
    """End every session of one account, named by its id or its e-mail; return how many (ASVS 7.4.5).

    Its holder sees it in the account's activity. The gateway remembers who was signed in for two seconds at most.

    Raises:
        AccountMissing: there is no such account.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        found = _find_id(session, account_id=account_id, email=email)
        try:
            queries.hold_account(session, account_id=found)
        except NotSignedIn:
            raise AccountMissing from None
        ended = rows_changed(session.execute(_end_of_account, {"of_account": found}))
        if ended:
            # Nobody's device, and from nowhere: it was no request.
            activity.record(session, account_id=found, kind=kinds.SESSION_ENDED, address="", device="", at=now)
    log.info("sessions_ended_by_operator", account_id=found, count=ended)
    return ended


def end_all_sessions(ctx: Context) -> int:
    """End every session of everybody; return how many (ASVS 7.4.5)."""
    with ctx.db.transaction() as session:
        ended = rows_changed(session.execute(_end_all))
    log.info("all_sessions_ended_by_operator", count=ended)
    return ended


def delete_accounts_again(ctx: Context, *, told: Iterable[Deleted]) -> int:
    """Delete the accounts whose end the log tells of and which are there again; return how many (PRV-10).

    The others learn of it as they did the first time. Nobody is written to: the holder was told, and asked for it.
    """
    deleted = 0
    for each in told:
        with ctx.db.transaction() as session:
            try:
                account = queries.hold_account(session, account_id=each.account_id)
            except NotSignedIn:
                continue
            accounts.erase(ctx, session, account=account, at=ctx.clock.now())
            deleted += 1
        log.info("account_deleted_again", account_id=each.account_id, first_at=each.deleted_at.isoformat())
    return deleted


def _find_id(session: Session, *, account_id: str | None, email: str | None) -> str:
    if account_id is not None:
        return account_id
    found = queries.find_account_by_key(session, email_key=emails.key_of(email or ""))
    if found is None:
        raise AccountMissing
    found_id: str = found.id
    return found_id
