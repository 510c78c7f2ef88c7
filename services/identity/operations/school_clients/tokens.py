"""Tokens for the systems of organisations: the client credentials grant (RFC 6749 §4.4), and whose a token is.

secret ──right──▶ token, an hour ──▶ the gateway asks whose it is, every few seconds
   └────wrong──▶ counted, by client and by neighborhood; the right one is never held up by it
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from services.identity import queries
from services.identity.context import Context
from services.identity.errors import (
    ClientRejected,
    ClientUnknown,
    GrantTypeUnsupported,
    ScopeRefused,
    TooManyWrongSecrets,
)
from services.identity.models import school_client_secrets, school_tokens
from services.identity.operations import limits
from services.identity.rules import scopes
from services.identity.rules.client_credentials import GRANT_TYPE, TOKEN_PREFIX, TokenRequest
from shared import budgets, ids, logs
from shared.database import rows_changed
from shared.problems import NotSignedIn

log = logs.get(__name__)

SECRET_PURPOSE: Final = "school-client-secret"
# No secret has this digest, which takes as long to compare as one that somebody has.
_NOBODY_S: Final = f"{'0' * 8}.{'0' * 64}"
_NO_CLIENT: Final = "00000000-0000-0000-0000-000000000000"
# How long before a secret's end every token is said in the logs to come from one that should be replaced.
_REPLACE_WITHIN: Final = timedelta(days=30)

_use = (
    update(school_client_secrets)
    .where(
        school_client_secrets.c.id == bindparam("of_id"),
        school_client_secrets.c.client_id == bindparam("of_client"),
        school_client_secrets.c.expires_at > bindparam("now"),
    )
    .values(last_used_at=bindparam("now"))
)
_insert = insert(school_tokens)
_surplus = delete(school_tokens).where(
    school_tokens.c.client_id == bindparam("of_client"),
    school_tokens.c.digest.not_in(
        select(school_tokens.c.digest)
        .where(school_tokens.c.client_id == bindparam("of_client"))
        .order_by(school_tokens.c.created_at.desc(), school_tokens.c.digest)
        .limit(bindparam("most"))
    ),
)


@dataclass(frozen=True, kw_only=True)
class GivenToken:
    """A new token; the only moment at which it is known."""

    token: str
    scopes: tuple[str, ...]
    lifetime: timedelta


@dataclass(frozen=True, kw_only=True)
class LiveToken:
    """Whose a token is, and what it is good for."""

    client_id: str
    organisation_code: str
    scopes: tuple[str, ...]
    expires_at: datetime


def give_token(ctx: Context, *, request: TokenRequest, address: str) -> GivenToken:
    """Give a client a token, for its id and one of its secrets.

    A stranger gets the same answer for the same work, whether there is such a client or not, and learns nothing of a
    client's scopes. Only wrong secrets are counted, and no count holds up the right one: nobody can lock a school out.

    Raises:
        ClientRejected: no such client, or none of its live secrets.
        TooManyWrongSecrets: the same, too often.
        GrantTypeUnsupported: something else than client credentials was asked for.
        ScopeRefused: a scope that the client does not have.
    """
    if request.grant_type != GRANT_TYPE:
        raise GrantTypeUnsupported
    now = ctx.clock.now()
    secret = _matching_secret(ctx, request, now=now)
    if secret is None:
        _refuse(ctx, request, address=address, now=now)
    granted = scopes.granted(request.scope, held=secret.scopes.split())
    if granted is None:
        raise ScopeRefused
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires_at = min(now + ctx.settings.school_token_lifetime, secret.expires_at)
    with ctx.db.transaction() as session:
        is_given = _keep(
            ctx,
            session,
            secret_id=secret.id,
            token={
                "digest": _digest(token),
                "client_id": request.client_id,
                "secret_id": secret.id,
                "scopes": scopes.joined(granted),
                "created_at": now,
                "expires_at": expires_at,
            },
        )
    if not is_given:
        # Revoked between the look and the lock.
        _refuse(ctx, request, address=address, now=now)
    log.info("school_token_given", client_id=request.client_id, secret_id=secret.id, scopes=list(granted))
    if secret.expires_at - now < _REPLACE_WITHIN:
        ends_at = secret.expires_at.isoformat()
        log.warning("school_secret_ends_soon", client_id=request.client_id, secret_id=secret.id, ends_at=ends_at)
    return GivenToken(token=token, scopes=granted, lifetime=expires_at - now)


def introspect_token(ctx: Context, *, token: str) -> LiveToken:
    """Return whose a token is, for the gateway: one statement.

    What was taken from the client since is not in the token any more.

    Raises:
        NotSignedIn: there is no such token, or it has ended.
    """
    with ctx.db.look() as connection:
        found = queries.find_token(connection, digest=_digest(token))
    if found is None or found.revoked_at is not None or found.expires_at <= ctx.clock.now():
        raise NotSignedIn
    still_held = set(found.client_scopes.split())
    return LiveToken(
        client_id=found.client_id,
        organisation_code=found.organisation_code,
        scopes=tuple(word for word in found.scopes.split() if word in still_held),
        expires_at=found.expires_at,
    )


def _matching_secret(ctx: Context, request: TokenRequest, *, now: datetime) -> Row[Any] | None:
    """Return the live secret that was given, after as much work as when there is none, or no such client."""
    client_id = request.client_id if ids.is_id(request.client_id) else _NO_CLIENT
    with ctx.db.look() as connection:
        found = queries.list_live_secrets(connection, client_id=client_id, now=now)
    matching = None
    for place in range(queries.MOST_SECRETS):
        held = found[place] if place < len(found) else None
        stored = _NOBODY_S if held is None else held.digest
        if ctx.client_digests.agrees(stored, SECRET_PURPOSE, request.client_secret) and held is not None:
            matching = held
    return matching


def _refuse(ctx: Context, request: TokenRequest, *, address: str, now: datetime) -> NoReturn:
    """Count a wrong secret and refuse."""
    bill = limits.of_wrong_secret(ctx, client_id=request.client_id, address=address)
    with ctx.db.transaction() as session:
        exhausted = budgets.spend(session, bill, at=now)
    # The id only in the form of one: anything else may be what somebody typed into the wrong place.
    client_id = request.client_id if ids.is_id(request.client_id) else None
    if exhausted is not None:
        log.warning("school_client_rejected", client_id=client_id, budget=exhausted.budget.name)
        raise TooManyWrongSecrets(retry_after=exhausted.retry_after)
    log.warning("school_client_rejected", client_id=client_id, budget=None)
    raise ClientRejected


def _keep(ctx: Context, session: Session, *, secret_id: str, token: dict[str, Any]) -> bool:
    """Write a token down and end the oldest beyond the limit; tell whether client and secret were still live."""
    client_id = token["client_id"]
    try:
        # Held, so that no token is written for what is being revoked, and two at once do not both spare the oldest.
        client = queries.hold_client(session, client_id=client_id)
    except ClientUnknown:
        return False
    used = session.execute(_use, {"of_id": secret_id, "of_client": client_id, "now": token["created_at"]})
    if client.revoked_at is not None or rows_changed(used) == 0:
        return False
    session.execute(_insert, token)
    session.execute(_surplus, {"of_client": client_id, "most": ctx.settings.school_token_limit})
    return True


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
