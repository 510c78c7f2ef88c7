"""The other providers that open an account: shown to its holder, and taken away."""

from typing import Any

from sqlalchemy import Row, bindparam, delete, or_, select

from services.identity import letters, queries
from services.identity.context import Context
from services.identity.errors import LastCredential
from services.identity.models import accounts, identities, sessions
from services.identity.operations import activity, mailing, reauthentication
from services.identity.rules import activity as kinds
from shared import logs
from shared.database import rows_changed
from shared.problems import NotFound

log = logs.get(__name__)

_other = identities.alias("other")
_unlink = delete(identities).where(
    identities.c.id == bindparam("of_id"),
    identities.c.account_id == bindparam("of_account"),
    or_(
        select(accounts.c.id)
        .where(accounts.c.id == bindparam("of_account"), accounts.c.password_hash.is_not(None))
        .exists(),
        select(_other.c.id)
        .where(_other.c.account_id == bindparam("of_account"), _other.c.id != bindparam("of_id"))
        .exists(),
    ),
)
_end_born_sessions = (
    delete(sessions)
    .where(sessions.c.identity_id == bindparam("of_id"), sessions.c.account_id == bindparam("of_account"))
    .returning(sessions.c.id)
)


def list_identities(ctx: Context, *, account_id: str) -> list[Row[Any]]:
    """Return the providers that open an account, the oldest first."""
    with ctx.db.read() as session:
        return queries.list_identities(session, account_id=account_id)


def unlink_identity(
    ctx: Context, *, session_id: str, account_id: str, identity_id: str, address: str, device: str
) -> list[str]:
    """Take a provider away from an account and return the sessions that ended: those that it opened (OID-9).

    Raises:
        NotSignedIn: the session has ended.
        ReauthenticationRequired: the caller proved who they are too long ago.
        NotFound: the account has no such identity; another's is none of its.
        LastCredential: nobody could sign in to the account any more.
    """
    now = ctx.clock.now()
    of = {"of_id": identity_id, "of_account": account_id}
    with ctx.db.transaction() as session:
        # Held, so that two at once cannot each spare the other.
        account = queries.hold_account(session, account_id=account_id)
        reauthentication.require_recent(ctx, session, session_id=session_id, account_id=account_id)
        if identity_id not in {each.id for each in queries.list_identities(session, account_id=account_id)}:
            raise NotFound
        if rows_changed(session.execute(_unlink, of)) == 0:
            raise LastCredential
        ended = list(session.execute(_end_born_sessions, of).scalars())
        activity.record(
            session, account_id=account_id, kind=kinds.IDENTITY_UNLINKED, address=address, device=device, at=now
        )
        mailing.tell(ctx, session, letters.IDENTITY_UNLINKED, to=account.email, language=account.language, at=now)
    log.info("identity_unlinked", account_id=account_id)
    return ended
