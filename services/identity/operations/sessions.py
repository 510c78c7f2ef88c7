"""What becomes of a session: read, listed, ended by time or by its owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, update

from services.identity import letters, queries
from services.identity.context import Context
from services.identity.models import sessions
from services.identity.operations import activity, mailing, reauthentication, session_starting
from services.identity.rules import activity as kinds
from shared import ids, logs
from shared.database import rows_changed
from shared.problems import NotFound, NotSignedIn

log = logs.get(__name__)

# A session's use is written at most this often, and at least ten times within its idle time.
_WRITTEN_EVERY = timedelta(seconds=60)
_SHARE_OF_IDLE = 10

_use = (
    update(sessions)
    .where(sessions.c.id == bindparam("of_id"), sessions.c.last_used_at < bindparam("used_before"))
    .values(last_used_at=bindparam("now"))
)
_end = delete(sessions).where(sessions.c.id == bindparam("of_id"), sessions.c.account_id == bindparam("of_account"))


@dataclass(frozen=True, kw_only=True)
class LiveSession:
    """A session that has not ended, with what the gateway and the front end need of its account."""

    session_id: str
    account: Any
    csrf_token: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class AccountOfSession:
    """The account of a session, as the public API shows it."""

    id: str
    email: str
    language: str
    must_confirm_children: bool
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of an account's sessions, and how many there are in all."""

    rows: list[Row[Any]]
    total: int


def introspect(ctx: Context, *, token: str) -> LiveSession:
    """Return the session behind a token, for the gateway: one statement, and now and then one that notes its use.

    Raises:
        NotSignedIn: there is none, or it has ended.
    """
    with ctx.db.look() as connection:
        found = queries.find_session_by_token(connection, token_digest=session_starting.digest(token))
    if found is None:
        raise NotSignedIn
    now = ctx.clock.now()
    _check_alive(ctx, found, now=now)
    used_before = now - min(_WRITTEN_EVERY, ctx.settings.session_idle / _SHARE_OF_IDLE)
    if found.last_used_at < used_before:
        with ctx.db.transaction() as session:
            session.execute(_use, {"of_id": found.id, "used_before": used_before, "now": now})
    return _live(ctx, found)


def read_session(ctx: Context, *, session_id: str, account_id: str) -> LiveSession:
    """Return the caller's own session.

    Raises:
        NotSignedIn: it has ended.
    """
    with ctx.db.look() as connection:
        found = queries.get_session(connection, session_id=session_id, account_id=account_id)
    _check_alive(ctx, found, now=ctx.clock.now())
    return _live(ctx, found)


def list_sessions(ctx: Context, *, account_id: str, limit: int, offset: int) -> Page:
    """Return the living sessions of an account, the last used first (SES-6)."""
    now = ctx.clock.now()
    span: dict[str, Any] = {"account_id": account_id, "now": now, "used_after": now - ctx.settings.session_idle}
    with ctx.db.read() as session:
        return Page(
            rows=queries.list_sessions(session, **span, limit=limit, offset=offset),
            total=queries.count_sessions(session, **span),
        )


def end_session(
    ctx: Context, *, session_id: str, account_id: str, by_session_id: str, address: str, device: str
) -> None:
    """End a session of an account: the caller's own at any time, another after proving again who one is (SES-6).

    Raises:
        NotFound: the account has no such session; another's is none of its.
        NotSignedIn: the caller's own session has ended.
        ReauthenticationRequired: the caller proved who they are too long ago.
    """
    if not ids.is_id(session_id):
        raise NotFound
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        queries.hold_account(session, account_id=account_id)
        if session_id != by_session_id:
            reauthentication.require_recent(ctx, session, session_id=by_session_id, account_id=account_id)
        ended = session.execute(_end, {"of_id": session_id, "of_account": account_id})
        if rows_changed(ended) == 0:
            raise NotFound
        activity.record(
            session, account_id=account_id, kind=kinds.SESSION_ENDED, address=address, device=device, at=now
        )
    log.info("session_ended", account_id=account_id)


def sign_out(ctx: Context, *, session_id: str, account_id: str, address: str, device: str) -> None:
    """End the caller's own session (ID-35).

    Raises:
        NotSignedIn: it has ended already.
    """
    own = {"session_id": session_id, "by_session_id": session_id}
    try:
        end_session(ctx, **own, account_id=account_id, address=address, device=device)
    except NotFound:
        raise NotSignedIn from None


def end_other_sessions(ctx: Context, *, kept_session_id: str, account_id: str, address: str, device: str) -> list[str]:
    """End every session of an account but the caller's; return which. A letter tells of it (SES-6).

    Raises:
        NotSignedIn: the caller's session has ended.
        ReauthenticationRequired: the caller proved who they are too long ago.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        account = queries.hold_account(session, account_id=account_id)
        reauthentication.require_recent(ctx, session, session_id=kept_session_id, account_id=account_id)
        ended = session_starting.end_others(session, kept_session_id=kept_session_id, account_id=account_id)
        if ended:
            activity.record(
                session, account_id=account_id, kind=kinds.OTHER_SESSIONS_ENDED, address=address, device=device, at=now
            )
            mailing.tell(ctx, session, letters.SESSIONS_ENDED, to=account.email, language=account.language, at=now)
    log.info("other_sessions_ended", account_id=account_id, count=len(ended))
    return ended


def _check_alive(ctx: Context, found: Row[Any], *, now: datetime) -> None:
    if now >= found.expires_at or now >= found.last_used_at + ctx.settings.session_idle:
        raise NotSignedIn


def _live(ctx: Context, found: Row[Any]) -> LiveSession:
    return LiveSession(
        session_id=found.id,
        account=AccountOfSession(
            id=found.account_id,
            email=found.email,
            language=found.language,
            must_confirm_children=found.must_confirm_children,
            created_at=found.account_created_at,
        ),
        csrf_token=found.csrf_token,
        # Without further use it ends at the earlier of the two.
        expires_at=min(found.expires_at, found.last_used_at + ctx.settings.session_idle),
    )
