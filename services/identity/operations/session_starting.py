"""What opens a session or opens it anew: its tokens, and no more sessions than an account may have."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from services.identity.context import Context
from services.identity.models import sessions
from services.identity.rules.activity import device_name
from shared import ids
from shared.database import rows_changed
from shared.problems import NotSignedIn

_insert = insert(sessions)
_renew = (
    update(sessions)
    .where(sessions.c.id == bindparam("of_id"), sessions.c.account_id == bindparam("of_account"))
    .values(
        token_digest=bindparam("new_digest"),
        csrf_token=bindparam("new_csrf_token"),
        authenticated_at=bindparam("now"),
        last_used_at=bindparam("now"),
    )
)
_end_others = (
    delete(sessions)
    .where(sessions.c.account_id == bindparam("of_account"), sessions.c.id != bindparam("kept_id"))
    .returning(sessions.c.id)
)
_surplus = (
    delete(sessions)
    .where(
        sessions.c.account_id == bindparam("of_account"),
        sessions.c.id.not_in(
            select(sessions.c.id)
            .where(sessions.c.account_id == bindparam("of_account"))
            .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
            .limit(bindparam("most"))
        ),
    )
    .returning(sessions.c.id)
)


@dataclass(frozen=True, kw_only=True)
class StartedSession:
    """A new session; the only moment at which its token is known."""

    session_id: str
    token: str
    csrf_token: str
    ended_session_ids: tuple[str, ...]


def digest(token: str) -> str:
    """Return what is stored of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def start_session(
    ctx: Context,
    session: Session,
    *,
    account_id: str,
    device: str,
    now: datetime,
    identity_id: str | None = None,
) -> StartedSession:
    """Start a session and end the oldest one beyond the limit (SES-10).

    `identity_id` is whom another provider recognized, when that is how it began. The caller holds the account's row, so that two starts at once cannot both spare the oldest.
    """
    session_id, token, csrf_token = ids.new(), secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    row = {
        "id": session_id,
        "account_id": account_id,
        "token_digest": digest(token),
        "csrf_token": csrf_token,
        "identity_id": identity_id,
        "device": device_name(device),
        "created_at": now,
        "last_used_at": now,
        "authenticated_at": now,
        "expires_at": now + ctx.settings.session_lifetime,
    }
    session.execute(_insert, row)
    ended = session.execute(_surplus, {"of_account": account_id, "most": ctx.settings.session_limit}).scalars()
    return StartedSession(session_id=session_id, token=token, csrf_token=csrf_token, ended_session_ids=tuple(ended))


def renew_session(session: Session, *, session_id: str, account_id: str, now: datetime) -> StartedSession:
    """Give a session new tokens, because its holder has just proven again who they are (SES-3); the old ones are dead.

    Raises:
        NotSignedIn: the session has ended.
    """
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    facts = {"new_digest": digest(token), "new_csrf_token": csrf_token, "now": now}
    renewed = session.execute(_renew, {"of_id": session_id, "of_account": account_id} | facts)
    if rows_changed(renewed) == 0:
        raise NotSignedIn
    # Named as ended, so that the gateway forgets what it remembers of the old token.
    return StartedSession(session_id=session_id, token=token, csrf_token=csrf_token, ended_session_ids=(session_id,))


def end_others(session: Session, *, kept_session_id: str, account_id: str) -> list[str]:
    """End every session of an account but one; return which."""
    return list(session.execute(_end_others, {"of_account": account_id, "kept_id": kept_session_id}).scalars())
