"""The way to a provider and back, and what to do with whom it recognized."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Row, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from services.identity import events, letters, queries
from services.identity.context import Context
from services.identity.errors import (
    AccountMustBeRecreated,
    EmailNotAccepted,
    IdentityTaken,
    ProviderFailed,
    ProviderTimedOut,
    ProviderUnknown,
    ReturnToRefused,
    SocialSignInFailed,
    TooManyRequests,
)
from services.identity.models import social_confirmations, social_visits
from services.identity.operations import activity, limits, mailing, old_accounts, reauthentication
from services.identity.operations.signing_in import SignedIn
from services.identity.operations.social import linking
from services.identity.operations.social.linking import KnownMeanwhile, digest
from services.identity.providers import ProviderAway, ProviderRefused, Safeguards, TooManyAsking
from services.identity.rules import activity as kinds, emails, returning
from services.identity.rules.emails import Email
from services.identity.rules.providers import Person
from shared import budgets, logs, outbox
from shared.database import insert_for
from shared.problems import Problem, Unavailable

log = logs.get(__name__)

CONFIRMATION_LIFETIME = timedelta(minutes=15)
# What a browser has to do before the identity opens an account: the names that the front end branches on.
EMAIL_CONFIRMATION = "email_confirmation"
ACCOUNT_EXISTS = "account_exists"
# 256 random bits in URL-safe letters.
_TOKEN_LENGTH = 43

_depart = insert(social_visits)
# Found by the browser that began it and by nobody else; gone with the first look (OID-1).
_arrive = (
    delete(social_visits)
    .where(
        social_visits.c.state_digest == bindparam("of_state"),
        social_visits.c.browser_digest == bindparam("of_browser"),
        social_visits.c.expires_at > bindparam("now"),
    )
    .returning(*social_visits.c)
)
_handed_on = select(social_visits.c.return_to).where(
    social_visits.c.state_digest == bindparam("of_state"),
    social_visits.c.is_handed_on,
    social_visits.c.expires_at > bindparam("now"),
)


@dataclass(frozen=True, kw_only=True)
class Departure:
    """Where to send the browser, and what it must bring back."""

    url: str
    browser_token: str


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Where to send the browser on to; signed in, unless something is still to be confirmed or was only linked."""

    return_to: str
    signed_in: SignedIn | None
    # What is still to be confirmed, if anything is.
    step: str | None = None


def list_providers(ctx: Context) -> list[dict[str, str]]:
    """Return who else signs people in here, in the operator's order (ID-03)."""
    return [{"id": each.id, "name": each.name} for each in ctx.providers.configured.values()]


def begin_visit(
    ctx: Context,
    *,
    provider_id: str,
    return_to: str,
    language: str,
    browser_token: str | None,
    address: str,
    session_id: str | None = None,
    account_id: str | None = None,
    is_handed_on: bool = False,
) -> Departure:
    """Send a browser to a provider; with a session, to link whom it recognizes to the account.

    `is_handed_on`: a program sends it, and ends the visit itself with the answer that the browser brings to `return_to`.

    Raises:
        ProviderUnknown: nobody of this name signs people in here.
        ReturnToRefused: `return_to` is not a page of ours.
        TooManyRequests: too many begin at this address.
        ReauthenticationRequired: to link, the caller proved who they are too long ago.
        ProviderFailed, ProviderTimedOut, Unavailable: the provider cannot be asked where its page is.
    """
    if provider_id not in ctx.providers.configured:
        raise ProviderUnknown
    if not returning.is_inside(return_to):
        raise ReturnToRefused
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        if session_id is not None and account_id is not None:
            reauthentication.require_recent(ctx, session, session_id=session_id, account_id=account_id)
        refused = budgets.spend(session, limits.of_social_visit(ctx, address), at=now)
        if refused is not None:
            log.warning("limit_reached", limit=refused.budget.name)
            raise TooManyRequests(retry_after=refused.retry_after)
    safeguards = Safeguards(
        state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48)
    )
    try:
        url = ctx.providers.authorization_url(provider_id, safeguards, language=language)
    except (ProviderAway, TooManyAsking) as away:
        raise _refusal(away, provider_id=provider_id, return_to=return_to) from None
    token = browser_token if browser_token and len(browser_token) == _TOKEN_LENGTH else secrets.token_urlsafe(32)
    kept = {"nonce": safeguards.nonce, "verifier": safeguards.verifier}
    row = {
        "state_digest": digest(safeguards.state),
        "browser_digest": digest(token),
        "provider": provider_id,
        "sealed": ctx.seal.close(orjson.dumps(kept).decode()),
        "return_to": return_to,
        "language": language,
        "account_id": account_id,
        "session_id": session_id,
        "is_handed_on": is_handed_on,
        "expires_at": now + ctx.settings.social_visit_lifetime,
    }
    with ctx.db.transaction() as session:
        session.execute(_depart, row)
    return Departure(url=url, browser_token=token)


def hand_on(ctx: Context, *, answer: Mapping[str, str]) -> str | None:
    """Return where a browser takes its answer that a program has sent to a provider; None when it was no program.

    The way back stays open: whoever has the answer alone, without what binds the browser, ends nothing with it.
    """
    facts = {"of_state": digest(answer.get("state", "")), "now": ctx.clock.now()}
    with ctx.db.read() as session:
        return_to: str | None = session.execute(_handed_on, facts).scalar()
    return None if return_to is None else returning.with_answer(return_to, answer)


def end_visit(
    ctx: Context,
    *,
    provider_id: str,
    answer: Mapping[str, str],
    browser_token: str | None,
    address: str,
    device: str,
    present_session_id: str | None,
) -> Arrival:
    """Take a browser back that was sent to a provider.

    The way back is closed before anything else is done, so that no answer is taken twice (OID-1).

    Raises:
        ProviderUnknown: nobody of this name signs people in here.
        SocialSignInFailed: the answer is another browser's, another provider's, used, too late, or proves nobody.
        ProviderFailed, ProviderTimedOut, Unavailable: the provider does not answer.
        EmailNotAccepted: this deployment refuses a character before the @ of the mailbox (ID-26).
        IdentityTaken: whom it recognized opens another account already.
        AccountMustBeRecreated: the account is one of before this portal (ID-31).
    """
    if provider_id not in ctx.providers.configured:
        raise ProviderUnknown
    visit = _return(ctx, answer.get("state", ""), browser_token)
    if visit is None or visit.provider != provider_id:
        log.info("social_sign_in_refused", provider=provider_id, reason="another way back")
        raise SocialSignInFailed
    kept = orjson.loads(ctx.seal.open(visit.sealed))
    safeguards = Safeguards(state=answer["state"], nonce=kept["nonce"], verifier=kept["verifier"])
    try:
        person = ctx.providers.recognize(provider_id, safeguards, answer=answer)
    except (ProviderRefused, ProviderAway, TooManyAsking) as refused:
        raise _refusal(refused, provider_id=provider_id, return_to=visit.return_to) from None
    if visit.account_id is not None:
        if visit.session_id != present_session_id:
            raise SocialSignInFailed(return_to=visit.return_to)
        try:
            _link_to_own(ctx, visit, person, address=address, device=device)
        except KnownMeanwhile:
            raise IdentityTaken(return_to=visit.return_to) from None
        return Arrival(return_to=visit.return_to, signed_in=None)
    caller = {"address": address, "device": device, "replaced_session_id": present_session_id}
    try:
        return _enter(ctx, visit, person, browser_token=browser_token, **caller)
    except KnownMeanwhile:
        return _enter(ctx, visit, person, browser_token=browser_token, **caller)


def _return(ctx: Context, state: str, browser_token: str | None) -> Row[Any] | None:
    facts = {"of_state": digest(state), "of_browser": digest(browser_token), "now": ctx.clock.now()}
    with ctx.db.transaction() as session:
        return session.execute(_arrive, facts).one_or_none()


def _refusal(refused: ProviderRefused | ProviderAway | TooManyAsking, *, provider_id: str, return_to: str) -> Problem:
    if isinstance(refused, TooManyAsking):
        return Unavailable(retry_after=timedelta(seconds=1), return_to=return_to)
    if isinstance(refused, ProviderRefused):
        log.info("social_sign_in_refused", provider=provider_id, reason=refused.reason)
        return SocialSignInFailed(return_to=return_to)
    log.warning("provider_away", provider=provider_id, reason=refused.reason)
    return (ProviderTimedOut if refused.is_slow else ProviderFailed)(return_to=return_to)


def _enter(
    ctx: Context,
    visit: Row[Any],
    person: Person,
    *,
    browser_token: str | None,
    address: str,
    device: str,
    replaced_session_id: str | None,
) -> Arrival:
    now = ctx.clock.now()
    asking: dict[str, Any] = {"browser_token": browser_token, "now": now}
    with ctx.db.transaction() as session:
        known = queries.find_identity(session, issuer=person.issuer, subject=person.subject)
        account: Row[Any] | None
        if known is not None:
            account = queries.hold_account(session, account_id=known.account_id)
            if queries.find_identity(session, issuer=person.issuer, subject=person.subject) is None:
                # Taken away while we waited for the account.
                raise SocialSignInFailed(return_to=visit.return_to)
            if old_accounts.must_be_recreated(ctx, account):
                raise AccountMustBeRecreated(return_to=visit.return_to)
            identity_id, kind = known.id, kinds.SIGNED_IN
        else:
            mailbox = _readable(person.email)
            if mailbox is None or not person.is_email_proven:
                return _ask_to_confirm(session, visit, person, **asking, mailbox=mailbox, step=EMAIL_CONFIRMATION)
            if not emails.is_accepted(mailbox, ctx.settings.refused_local_part):
                raise EmailNotAccepted(return_to=visit.return_to)
            account = linking.create_account(ctx, session, mailbox, language=visit.language, now=now)
            if account is None:
                return _ask_to_confirm(session, visit, person, **asking, mailbox=mailbox, step=ACCOUNT_EXISTS)
            identity_id, kind = _link(session, visit, person, account_id=account.id, now=now), kinds.ACCOUNT_CREATED
            outbox.add(session, events.account_created(account.id, at=now), at=now)
        assert account is not None
        activity.record(session, account_id=account.id, kind=kind, address=address, device=device, at=now)
        signed_in = linking.open_session(
            ctx,
            session,
            account,
            identity_id=identity_id,
            device=device,
            replaced_session_id=replaced_session_id,
            now=now,
        )
    log.info("signed_in", account_id=account.id, provider=visit.provider)
    return Arrival(return_to=visit.return_to, signed_in=signed_in)


def _ask_to_confirm(
    session: Session,
    visit: Row[Any],
    person: Person,
    *,
    browser_token: str | None,
    mailbox: Email | None,
    step: str,
    now: datetime,
) -> Arrival:
    row = {
        "provider": visit.provider,
        "issuer": person.issuer,
        "subject": person.subject,
        "email": mailbox.address if mailbox is not None else None,
        "step": step,
        "language": visit.language,
        "expires_at": now + CONFIRMATION_LIFETIME,
    }
    statement = insert_for(session, social_confirmations).values(browser_digest=digest(browser_token), **row)
    session.execute(statement.on_conflict_do_update(index_elements=["browser_digest"], set_=row))
    return Arrival(return_to=returning.with_hint(visit.return_to, step), signed_in=None, step=step)


def _link_to_own(ctx: Context, visit: Row[Any], person: Person, *, address: str, device: str) -> None:
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        account = queries.hold_account(session, account_id=visit.account_id)
        # Looked up once the account is held: an end of its sessions is meant for what they began, too.
        queries.get_session(session, session_id=visit.session_id, account_id=visit.account_id)
        known = queries.find_identity(session, issuer=person.issuer, subject=person.subject)
        if known is not None and known.account_id != account.id:
            raise IdentityTaken(return_to=visit.return_to)
        if known is not None:
            return
        _link(session, visit, person, account_id=account.id, now=now)
        activity.record(
            session, account_id=account.id, kind=kinds.IDENTITY_LINKED, address=address, device=device, at=now
        )
        mailing.tell(ctx, session, letters.IDENTITY_LINKED, to=account.email, language=account.language, at=now)
    log.info("identity_linked", account_id=account.id, provider=visit.provider)


def _readable(email: str | None) -> Email | None:
    try:
        return emails.read(email) if email is not None else None
    except emails.EmailInvalid:
        return None


def _link(session: Session, visit: Row[Any], person: Person, *, account_id: str, now: datetime) -> str:
    return linking.link(
        session,
        provider=visit.provider,
        issuer=person.issuer,
        subject=person.subject,
        account_id=account_id,
        now=now,
    )
