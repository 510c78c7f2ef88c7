"""Whom a provider has recognized and who has still to prove a mailbox, or an account: « Confirmer votre courriel »."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete
from sqlalchemy.orm import Session

from services.identity import events, letters, queries
from services.identity.context import Context
from services.identity.errors import ConfirmationMissing, IdentityTaken, NotVerified
from services.identity.models import social_confirmations
from services.identity.operations import activity, mailing, old_accounts, proofs, signing_in
from services.identity.operations.signing_in import SignedIn
from services.identity.operations.social import linking
from services.identity.operations.social.linking import KnownMeanwhile, digest
from services.identity.rules import activity as kinds, codes
from services.identity.rules.emails import Email
from shared import outbox
from shared.problems import Unavailable

_take_confirmation = (
    delete(social_confirmations)
    .where(
        social_confirmations.c.browser_digest == bindparam("of_browser"),
        social_confirmations.c.expires_at > bindparam("now"),
    )
    .returning(*social_confirmations.c)
)


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What a browser has still to confirm."""

    provider: str
    provider_name: str
    step: str
    email: str | None
    expires_at: datetime


def read_confirmation(ctx: Context, *, browser_token: str | None) -> Confirmation:
    """Return what a browser has still to confirm.

    Raises:
        ConfirmationMissing: nothing, or it took too long.
    """
    with ctx.db.read() as session:
        waiting = _get_confirmation(ctx, session, browser_token)
    provider = ctx.providers.configured.get(waiting.provider)
    return Confirmation(
        provider=waiting.provider,
        provider_name=provider.name if provider is not None else waiting.provider,
        step=waiting.step,
        email=waiting.email,
        expires_at=waiting.expires_at,
    )


def cancel_confirmation(ctx: Context, *, browser_token: str | None) -> None:
    """Forget what a browser has still to confirm (« Annuler »)."""
    with ctx.db.transaction() as session:
        session.execute(_take_confirmation, {"of_browser": digest(browser_token), "now": ctx.clock.now()})


def confirm_by_mailbox(
    ctx: Context,
    *,
    browser_token: str | None,
    ticket: str,
    address: str,
    device: str,
    replaced_session_id: str | None,
) -> SignedIn:
    """Let whom a provider recognized into the account of the mailbox that `ticket` proves; it is made when there is none.

    Raises:
        ConfirmationMissing: this browser has nobody to confirm.
        NotVerified: the ticket proves no mailbox.
        IdentityTaken: the identity opens another account by now.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        _get_confirmation(ctx, session, browser_token)
        proof = proofs.get_proof(ctx, session, ticket=ticket, purpose=codes.EMAIL_CONFIRMATION)
        found = queries.find_account_by_key(session, email_key=proof.email_key)
        if found is not None and old_accounts.must_be_recreated(ctx, found):
            found = None
        if found is not None:
            found = queries.hold_account(session, account_id=found.id)
            if found.email_key != proof.email_key:
                # It has another mailbox since we looked, and this proof opens it no more.
                raise NotVerified
        waiting = _take(session, browser_token, now=now)
        proofs.spend(session, proof.id, purpose=codes.EMAIL_CONFIRMATION, now=now)
        account = found or linking.create_account(
            ctx, session, Email(address=proof.email, key=proof.email_key), language=waiting.language, now=now
        )
        if account is None:
            # Made by somebody else at this very moment; a second try finds it.
            raise Unavailable(retry_after=timedelta(seconds=1))
        identity_id = _link(session, waiting, account_id=account.id, now=now)
        kind = kinds.IDENTITY_LINKED if found is not None else kinds.ACCOUNT_CREATED
        activity.record(session, account_id=account.id, kind=kind, address=address, device=device, at=now)
        if found is not None:
            mailing.tell(ctx, session, letters.IDENTITY_LINKED, to=account.email, language=account.language, at=now)
        else:
            outbox.add(session, events.account_created(account.id, at=now), at=now)
        return linking.open_session(
            ctx,
            session,
            account,
            identity_id=identity_id,
            device=device,
            replaced_session_id=replaced_session_id,
            now=now,
        )


def confirm_by_password(
    ctx: Context,
    *,
    browser_token: str | None,
    email: str,
    password: str,
    address: str,
    device: str,
    device_token: str | None,
    replaced_session_id: str | None,
) -> SignedIn:
    """Let whom a provider recognized into an existing account, by the account's own e-mail and password (OID-5).

    Raises:
        ConfirmationMissing: this browser has nobody to confirm.
        CredentialsRejected, TooManyRequests, Unavailable: as when signing in.
        IdentityTaken: the identity opens another account by now.
    """
    with ctx.db.read() as session:
        _get_confirmation(ctx, session, browser_token)

    def link(session: Session, account: Row[Any], now: datetime) -> str:
        waiting = _take(session, browser_token, now=now)
        identity_id = _link(session, waiting, account_id=account.id, now=now)
        activity.record(
            session, account_id=account.id, kind=kinds.IDENTITY_LINKED, address=address, device=device, at=now
        )
        mailing.tell(ctx, session, letters.IDENTITY_LINKED, to=account.email, language=account.language, at=now)
        return identity_id

    return signing_in.open_door(
        ctx,
        email=email,
        password=password,
        address=address,
        device=device,
        device_token=device_token,
        replaced_session_id=replaced_session_id,
        also=link,
    )


def _get_confirmation(ctx: Context, session: Session, browser_token: str | None) -> Row[Any]:
    found = queries.find_confirmation(session, browser_digest=digest(browser_token), now=ctx.clock.now())
    if found is None:
        raise ConfirmationMissing
    return found


def _take(session: Session, browser_token: str | None, *, now: datetime) -> Row[Any]:
    facts = {"of_browser": digest(browser_token), "now": now}
    taken = session.execute(_take_confirmation, facts).one_or_none()
    if taken is None:
        raise ConfirmationMissing
    return taken


def _link(session: Session, waiting: Row[Any], *, account_id: str, now: datetime) -> str:
    """Link whom a browser had to confirm; one that was linked to this very account meanwhile is as good."""
    known = queries.find_identity(session, issuer=waiting.issuer, subject=waiting.subject)
    if known is not None:
        if known.account_id != account_id:
            raise IdentityTaken
        identity_id: str = known.id
        return identity_id
    try:
        return linking.link(
            session,
            provider=waiting.provider,
            issuer=waiting.issuer,
            subject=waiting.subject,
            account_id=account_id,
            now=now,
        )
    except KnownMeanwhile:
        raise IdentityTaken from None
