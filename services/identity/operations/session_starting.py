"""What creating an account and signing in share: a new session, and no more of them than an account may have."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from services.identity.context import Context
from services.identity.models import sessions
from shared import ids

_insert = insert(sessions)
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


def start_session(ctx: Context, session: Session, *, account_id: str, device: str, now: datetime) -> StartedSession:
    """Start a session and end the oldest one beyond the limit (SES-10).

    The caller holds the account's row, so that two starts at once cannot both spare the oldest.
    """
    session_id, token, csrf_token = ids.new(), secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    row = {
        "id": session_id,
        "account_id": account_id,
        "token_digest": digest(token),
        "csrf_token": csrf_token,
        "device": _one_line(device),
        "created_at": now,
        "last_used_at": now,
        "expires_at": now + ctx.settings.session_lifetime,
    }
    session.execute(_insert, row)
    ended = session.execute(_surplus, {"of_account": account_id, "most": ctx.settings.session_limit}).scalars()
    return StartedSession(session_id=session_id, token=token, csrf_token=csrf_token, ended_session_ids=tuple(ended))


def _one_line(device: str) -> str:
    return "".join(character for character in device if character.isprintable())[:200]
