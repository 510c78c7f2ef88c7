"""Finding clients, their secrets and their tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select
from sqlalchemy.orm import Session

from services.identity.errors import ClientUnknown
from services.identity.models import school_client_secrets, school_clients, school_tokens

# As many as a client may have at once.
MOST_SECRETS = 2

_live_secrets = (
    select(
        school_client_secrets.c.id,
        school_client_secrets.c.digest,
        school_client_secrets.c.expires_at,
        school_clients.c.organisation_code,
        school_clients.c.scopes,
    )
    .select_from(school_client_secrets.join(school_clients))
    .where(
        school_clients.c.id == bindparam("client_id"),
        school_clients.c.revoked_at.is_(None),
        school_client_secrets.c.expires_at > bindparam("now"),
    )
    .order_by(school_client_secrets.c.created_at.desc(), school_client_secrets.c.id.desc())
    .limit(MOST_SECRETS)
)
_token = (
    select(
        school_tokens.c.client_id,
        school_tokens.c.scopes,
        school_tokens.c.expires_at,
        school_clients.c.organisation_code,
        school_clients.c.scopes.label("client_scopes"),
        school_clients.c.revoked_at,
    )
    .select_from(school_tokens.join(school_clients, school_clients.c.id == school_tokens.c.client_id))
    .where(school_tokens.c.digest == bindparam("digest"))
)
_held_client = select(school_clients).where(school_clients.c.id == bindparam("client_id")).with_for_update()
_clients = select(school_clients).order_by(school_clients.c.organisation_code, school_clients.c.id)
_secrets = select(school_client_secrets).order_by(school_client_secrets.c.created_at, school_client_secrets.c.id)
_secret_count = (
    select(func.count())
    .select_from(school_client_secrets)
    .where(
        school_client_secrets.c.client_id == bindparam("client_id"),
        school_client_secrets.c.expires_at > bindparam("now"),
    )
)


def list_live_secrets(session: Connection | Session, *, client_id: str, now: datetime) -> list[Row[Any]]:
    """Return the secrets that open a client, the newest first: two at most, and none when there is no such client."""
    return list(session.execute(_live_secrets, {"client_id": client_id, "now": now}))


def find_token(session: Connection | Session, *, digest: str) -> Row[Any] | None:
    """Return a token with its client, or None."""
    return session.execute(_token, {"digest": digest}).one_or_none()


def hold_client(session: Session, *, client_id: str) -> Row[Any]:
    """Return a client that nobody else changes, and that gets no token, until the transaction ends.

    Raises:
        ClientUnknown: there is none.
    """
    client = session.execute(_held_client, {"client_id": client_id}).one_or_none()
    if client is None:
        raise ClientUnknown
    return client


def list_clients(session: Session) -> list[Row[Any]]:
    """Return every client, by organisation, the oldest first."""
    return list(session.execute(_clients))


def list_secrets(session: Session) -> list[Row[Any]]:
    """Return every secret of every client, the oldest first."""
    return list(session.execute(_secrets))


def count_live_secrets(session: Session, *, client_id: str, now: datetime) -> int:
    """Return how many secrets open a client now."""
    return session.execute(_secret_count, {"client_id": client_id, "now": now}).scalar_one()
