"""Clients as an operator makes, changes and ends them. Each act is a line in the logs, without a secret."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, update
from sqlalchemy.orm import Session

from services.identity import queries
from services.identity.context import Context
from services.identity.errors import (
    ClientNameMalformed,
    ClientRevoked,
    ClientSecretUnknown,
    OrganisationCodeMalformed,
    ScopeUnknown,
    TooManySecrets,
)
from services.identity.models import school_client_secrets, school_clients, school_tokens
from services.identity.operations.school_clients.tokens import SECRET_PURPOSE
from services.identity.rules import scopes
from services.identity.rules.client_credentials import SECRET_PREFIX, is_name, is_organisation_code
from shared import ids, logs
from shared.database import rows_changed

log = logs.get(__name__)

_insert_client = insert(school_clients)
_change = update(school_clients).where(school_clients.c.id == bindparam("of_id")).values(scopes=bindparam("new_scopes"))
_revoke = update(school_clients).where(school_clients.c.id == bindparam("of_id")).values(revoked_at=bindparam("now"))
_insert_secret = insert(school_client_secrets)
_delete_expired = delete(school_client_secrets).where(
    school_client_secrets.c.client_id == bindparam("of_client"), school_client_secrets.c.expires_at <= bindparam("now")
)
_delete_secret = delete(school_client_secrets).where(
    school_client_secrets.c.id == bindparam("of_id"), school_client_secrets.c.client_id == bindparam("of_client")
)
_delete_secrets = delete(school_client_secrets).where(school_client_secrets.c.client_id == bindparam("of_client"))
_end_tokens_of_secret = delete(school_tokens).where(school_tokens.c.secret_id == bindparam("of_id"))
_end_tokens = delete(school_tokens).where(school_tokens.c.client_id == bindparam("of_client"))


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A new secret of a client; the only moment at which it is known."""

    client_id: str
    secret_id: str
    secret: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ListedClient:
    """A client as an operator sees it, with its secrets, the oldest first."""

    client: Row[Any]
    secrets: list[Row[Any]]


def add_client(ctx: Context, *, organisation_code: str, name: str, words: Sequence[str]) -> Registered:
    """Register a system of an organisation, with the scopes `words`, and give it its first secret.

    Whether there is an organisation of this code, identity does not know: until there is one, the services answer the
    client with what they have of it, which is nothing.

    Raises:
        OrganisationCodeMalformed, ClientNameMalformed: not six digits; no name that a list could show.
        ScopeUnknown: a word is no scope, or there is none.
    """
    if not is_organisation_code(organisation_code):
        raise OrganisationCodeMalformed
    if not is_name(name):
        raise ClientNameMalformed
    _check_scopes(words)
    client_id, now = ids.new(), ctx.clock.now()
    with ctx.db.transaction() as session:
        session.execute(
            _insert_client,
            {
                "id": client_id,
                "organisation_code": organisation_code,
                "name": name.strip(),
                "scopes": scopes.joined(words),
                "created_at": now,
            },
        )
        registered = _add_secret(ctx, session, client_id=client_id, now=now)
    log.info("school_client_added", client_id=client_id, organisation_code=organisation_code, scopes=sorted(set(words)))
    return registered


def change_client(ctx: Context, *, client_id: str, words: Sequence[str]) -> None:
    """Give a client these scopes instead of those that it has; what is taken away is gone from its tokens too.

    Raises:
        ClientUnknown, ClientRevoked: there is none, or none any more.
        ScopeUnknown: a word is no scope, or there is none.
    """
    _check_scopes(words)
    with ctx.db.transaction() as session:
        before = _hold_live(session, client_id=client_id)
        session.execute(_change, {"of_id": client_id, "new_scopes": scopes.joined(words)})
    log.info("school_client_changed", client_id=client_id, before=before.scopes.split(), scopes=sorted(set(words)))


def add_secret(ctx: Context, *, client_id: str) -> Registered:
    """Give a client a second secret, so that it can be changed over; the first one goes on until it is revoked.

    Raises:
        ClientUnknown, ClientRevoked: there is none, or none any more.
        TooManySecrets: it has two that live.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        _hold_live(session, client_id=client_id)
        session.execute(_delete_expired, {"of_client": client_id, "now": now})
        if queries.count_live_secrets(session, client_id=client_id, now=now) >= queries.MOST_SECRETS:
            raise TooManySecrets
        registered = _add_secret(ctx, session, client_id=client_id, now=now)
    log.info("school_secret_added", client_id=client_id, secret_id=registered.secret_id)
    return registered


def revoke_secret(ctx: Context, *, client_id: str, secret_id: str) -> None:
    """End a secret, and every token that was given for it, at once.

    Raises:
        ClientUnknown: there is no such client.
        ClientSecretUnknown: it has no such secret.
    """
    with ctx.db.transaction() as session:
        queries.hold_client(session, client_id=client_id)
        ended = rows_changed(session.execute(_end_tokens_of_secret, {"of_id": secret_id}))
        if rows_changed(session.execute(_delete_secret, {"of_id": secret_id, "of_client": client_id})) == 0:
            raise ClientSecretUnknown
    log.info("school_secret_revoked", client_id=client_id, secret_id=secret_id, tokens_ended=ended)


def revoke_client(ctx: Context, *, client_id: str) -> None:
    """End a client for good: its secrets and its tokens, at once.

    Raises:
        ClientUnknown, ClientRevoked: there is none, or none any more.
    """
    with ctx.db.transaction() as session:
        _hold_live(session, client_id=client_id)
        session.execute(_revoke, {"of_id": client_id, "now": ctx.clock.now()})
        ended = rows_changed(session.execute(_end_tokens, {"of_client": client_id}))
        session.execute(_delete_secrets, {"of_client": client_id})
    log.info("school_client_revoked", client_id=client_id, tokens_ended=ended)


def list_clients(ctx: Context) -> list[ListedClient]:
    """Return every client, those of before too, with the secrets that it has."""
    with ctx.db.read() as session:
        held: dict[str, list[Row[Any]]] = {}
        for secret in queries.list_secrets(session):
            held.setdefault(secret.client_id, []).append(secret)
        return [
            ListedClient(client=client, secrets=held.get(client.id, [])) for client in queries.list_clients(session)
        ]


def _check_scopes(words: Iterable[str]) -> None:
    if unknown := scopes.unknown(words):
        raise ScopeUnknown(unknown=", ".join(unknown), known=", ".join(scopes.SCOPES))
    if not set(words):
        raise ScopeUnknown(unknown="-", known=", ".join(scopes.SCOPES))


def _hold_live(session: Session, *, client_id: str) -> Row[Any]:
    client = queries.hold_client(session, client_id=client_id)
    if client.revoked_at is not None:
        raise ClientRevoked
    return client


def _add_secret(ctx: Context, session: Session, *, client_id: str, now: datetime) -> Registered:
    secret, secret_id = SECRET_PREFIX + secrets.token_urlsafe(32), ids.new()
    expires_at = now + ctx.settings.school_secret_lifetime
    session.execute(
        _insert_secret,
        {
            "id": secret_id,
            "client_id": client_id,
            "digest": ctx.client_digests.digest(SECRET_PURPOSE, secret),
            "created_at": now,
            "expires_at": expires_at,
        },
    )
    return Registered(client_id=client_id, secret_id=secret_id, secret=secret, expires_at=expires_at)
