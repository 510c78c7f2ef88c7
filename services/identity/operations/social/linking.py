"""What every way in through a provider shares: the identity, the account, the session that it opens."""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete
from sqlalchemy.orm import Session

from services.identity.context import Context
from services.identity.models import accounts, identities, sessions
from services.identity.operations import old_accounts, session_starting
from services.identity.operations.signing_in import SignedIn
from services.identity.rules.emails import Email
from services.identity.rules.tickets import Device
from shared import ids
from shared.database import insert_for
from shared.problems import NotSignedIn

_end_session = delete(sessions).where(sessions.c.id == bindparam("of_id"))


class KnownMeanwhile(Exception):
    """Another request of the same person has made the identity since we looked."""


def digest(token: str | None) -> str:
    """Return what is stored of a browser's token, or of a state: random enough that nothing slower is needed."""
    return hashlib.sha256((token or "").encode()).hexdigest()


def link(session: Session, *, provider: str, issuer: str, subject: str, account_id: str, now: datetime) -> str:
    """Make the identity that opens an account and return its id.

    Raises:
        KnownMeanwhile: it was made by somebody else at this very moment.
    """
    identity_id = ids.new()
    statement = insert_for(session, identities).values(
        id=identity_id, account_id=account_id, provider=provider, issuer=issuer, subject=subject, linked_at=now
    )
    if session.execute(statement.on_conflict_do_nothing().returning(identities.c.id)).first() is None:
        raise KnownMeanwhile
    return identity_id


def create_account(ctx: Context, session: Session, mailbox: Email, *, language: str, now: datetime) -> Row[Any] | None:
    """Return a new account without a password, or None when the mailbox has one; an old one makes way (ID-31)."""
    old_accounts.make_way(ctx, session, email_key=mailbox.key, now=now)
    statement = insert_for(session, accounts).values(
        id=ids.new(),
        email=mailbox.address,
        email_key=mailbox.key,
        language=language,
        created_at=now,
        signed_in_at=now,
    )
    return session.execute(
        statement.on_conflict_do_nothing(index_elements=["email_key"]).returning(*accounts.c)
    ).one_or_none()


def open_session(
    ctx: Context,
    session: Session,
    account: Row[Any],
    *,
    identity_id: str,
    device: str,
    replaced_session_id: str | None,
    now: datetime,
) -> SignedIn:
    """Open a session of an account, begun through an identity of its own.

    Raises:
        NotSignedIn: the account has just been deleted.
    """
    # Holds the account's row, as starting a session wants.
    entered = session.execute(
        accounts.update().where(accounts.c.id == account.id).values(signed_in_at=now).returning(*accounts.c)
    ).one_or_none()
    if entered is None:
        raise NotSignedIn
    started = session_starting.start_session(
        ctx, session, account_id=account.id, device=device, now=now, identity_id=identity_id
    )
    if replaced_session_id is not None:
        session.execute(_end_session, {"of_id": replaced_session_id})
        started = replace(started, ended_session_ids=(*started.ended_session_ids, replaced_session_id))
    token = ctx.devices.sign(Device(ids.new(), account.id), at=now)
    return SignedIn(account=entered, session=started, device_token=token)
