"""Asking for a code, taking it up again, giving it up, and giving it back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.identity import letters, queries
from services.identity.context import Context
from services.identity.errors import (
    CodeCancelled,
    CodeExpired,
    CodeRejected,
    CodeSuperseded,
    EmailInvalid,
    EmailNotAccepted,
    TooManyAttempts,
    TooManyRequests,
)
from services.identity.models import challenges
from services.identity.operations import limits, old_accounts
from services.identity.rules import codes, emails
from services.identity.rules.emails import Email
from services.identity.rules.tickets import Ticket
from shared import budgets, ids, letters as waiting_letters, logs
from shared.database import rows_changed
from shared.problems import NotFound, Problem, Unavailable

log = logs.get(__name__)

# Two requests for one mailbox at one moment: the one that comes second finds the other's code and repeats its answer.
_MOST_ROUNDS = 5

_LETTERS = {
    # purpose: (the letter when there is an account, the letter when there is none)
    codes.ACCOUNT_CREATION: (letters.EXISTING_ACCOUNT, letters.ACCOUNT_CREATION),
    codes.PASSWORD_RESET: (letters.PASSWORD_RESET, letters.NO_ACCOUNT),
    codes.EMAIL_CONFIRMATION: (letters.EMAIL_CONFIRMATION, letters.EMAIL_CONFIRMATION),
    codes.EMAIL_CHANGE_UNDO: (letters.EMAIL_CHANGE_UNDO, letters.EMAIL_CHANGE_UNDO),
}

# Closes the code that may be replaced: old enough to be asked for again, or dead of age.
_supersede = (
    update(challenges)
    .where(
        challenges.c.email_key == bindparam("of_key"),
        challenges.c.purpose == bindparam("of_purpose"),
        challenges.c.closed_as.is_(None),
        or_(challenges.c.created_at <= bindparam("asked_before"), challenges.c.expires_at <= bindparam("now")),
    )
    .values(closed_as=codes.SUPERSEDED, code_digest=None)
)


def _open_statement(dialect: Any) -> Any:
    # RETURNING, because PostgreSQL's driver keeps no row count of an insert.
    return dialect.insert(challenges).on_conflict_do_nothing().returning(challenges.c.id)


_open = {"sqlite": _open_statement(sqlite), "postgresql": _open_statement(postgresql)}

# Counted before it is compared, by whoever gets the row first (COD-6).
_try = (
    update(challenges)
    .where(
        challenges.c.id == bindparam("of_id"),
        challenges.c.closed_as.is_(None),
        challenges.c.attempts < bindparam("most"),
        challenges.c.expires_at > bindparam("now"),
    )
    .values(attempts=challenges.c.attempts + 1)
    .returning(
        challenges.c.id, challenges.c.email_key, challenges.c.purpose, challenges.c.code_digest, challenges.c.attempts
    )
)
_verify = (
    update(challenges)
    .where(challenges.c.id == bindparam("of_id"), challenges.c.closed_as.is_(None))
    .values(
        closed_as=codes.VERIFIED,
        code_digest=None,
        ticket_purpose=challenges.c.purpose,
        ticket_expires_at=bindparam("until"),
    )
)
_cancel = (
    update(challenges)
    .where(challenges.c.id == bindparam("of_id"))
    .values(closed_as=codes.CANCELLED, code_digest=None, ticket_expires_at=None)
)


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What the asker is told: the same whether or not there is an account (COD-13)."""

    challenge_id: str
    state: str
    expires_at: datetime
    retry_after: timedelta


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A ticket for the next step."""

    ticket: str
    expires_at: datetime


class _AskedMeanwhile(Exception):
    """Another request has opened a challenge for the same mailbox and purpose since we looked."""


def request_code(ctx: Context, *, email: str, purpose: str, language: str, address: str) -> Challenge:
    """Mail a code to a mailbox and return the challenge that it answers.

    A newer code voids the older one for the same e-mail and purpose (ID-10). Asked again within the interval, nothing is
    sent and nothing changes: the answer is the first one's, with the seconds that remain (COD-9).

    Raises:
        EmailInvalid: no mail could be sent to `email`.
        EmailNotAccepted: this deployment refuses a character before its @.
        TooManyRequests: the mailbox or the caller has had enough for now.
    """
    try:
        read = emails.read(email)
    except emails.EmailInvalid:
        raise EmailInvalid from None
    if not emails.is_accepted(read, ctx.settings.refused_local_part):
        raise EmailNotAccepted
    for _ in range(_MOST_ROUNDS):
        try:
            with ctx.db.transaction() as session:
                return _request(ctx, session, email=read, purpose=purpose, language=language, address=address)
        except _AskedMeanwhile:
            continue
    raise Unavailable(retry_after=timedelta(seconds=1))


def read_challenge(ctx: Context, *, challenge_id: str) -> Challenge:
    """Return what has become of a challenge, so that a closed window can be taken up again (ID-13).

    Raises:
        NotFound: there is none, or it ended days ago.
    """
    _check_id(challenge_id)
    with ctx.db.read() as session:
        challenge = queries.get_challenge(session, challenge_id=challenge_id)
    now = ctx.clock.now()
    return Challenge(
        challenge_id=challenge_id,
        state=_state(ctx, challenge, now=now),
        expires_at=challenge.expires_at,
        retry_after=max(challenge.created_at + ctx.settings.resend_interval - now, timedelta()),
    )


def cancel_challenge(ctx: Context, *, challenge_id: str) -> None:
    """Make a challenge's code, and the ticket that it gave, worth nothing (ID-20).

    Raises:
        NotFound: there is none.
    """
    _check_id(challenge_id)
    with ctx.db.transaction() as session:
        if rows_changed(session.execute(_cancel, {"of_id": challenge_id})) == 0:
            raise NotFound


def verify_code(ctx: Context, *, challenge_id: str, code: str, address: str) -> Proof:
    """Exchange the right code for a ticket.

    The try is counted, compared and closed in one transaction, which holds the rows of the challenge and of the budgets
    that a wrong code costs: nobody else's try can come between, and nobody learns whether a code was right before the
    count is committed. A refusal is raised only after that, so that it cannot roll the count back. A right code costs
    nothing, and forgives nobody else's wrong ones (COD-8).

    Raises:
        NotFound: there is no such challenge.
        CodeRejected: the code is wrong, malformed (which costs nothing) or was used.
        CodeExpired, CodeSuperseded, CodeCancelled: the code is no longer the one to give.
        TooManyAttempts: five wrong codes were given.
        TooManyRequests: the caller's neighborhood has guessed wrong too often.
    """
    digits = codes.read(code)
    if digits is None:
        raise CodeRejected
    _check_id(challenge_id)
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        tried = session.execute(
            _try, {"of_id": challenge_id, "most": ctx.settings.code_attempts, "now": now}
        ).one_or_none()
        if tried is None:
            outcome: Proof | Problem = _refusal(ctx, session, challenge_id=challenge_id, now=now)
        else:
            outcome = _judge(ctx, session, tried, digits=digits, address=address, now=now)
    if isinstance(outcome, Problem):
        raise outcome
    log.info("code_verified")
    return outcome


def _request(ctx: Context, session: Session, *, email: Email, purpose: str, language: str, address: str) -> Challenge:
    settings = ctx.settings
    since = ctx.clock.now() - limits.DAY
    known = queries.find_known(session, email_key=email.key, purpose=purpose, letter=letters.NO_ACCOUNT, since=since)
    # Read after looking: a code that was found is never younger than this request.
    now = ctx.clock.now()
    asked_before = now - settings.resend_interval
    if known.challenge_id is not None and known.asked_at > asked_before and known.expires_at > now:
        _charge(session, limits.of_caller(ctx, address), now=now)
        return Challenge(
            challenge_id=known.challenge_id,
            state=codes.PENDING,
            expires_at=known.expires_at,
            retry_after=known.asked_at - asked_before,
        )
    # The mailbox's rows are locked from here on: what follows is one request at a time for each mailbox. The wait for
    # them may have been long, so the clock is read again: whatever was opened meanwhile is older than this request.
    _charge(session, [*limits.of_caller(ctx, address), *limits.of_mailbox(ctx, email.key)], now=now)
    now = ctx.clock.now()
    asked_before = now - settings.resend_interval
    if known.challenge_id is not None:
        # Another one that was opened since we looked is met by the insert below.
        session.execute(
            _supersede, {"of_key": email.key, "of_purpose": purpose, "asked_before": asked_before, "now": now}
        )
    # An account that is to be created again is none: its holder must not be sent to its password (ID-31).
    has_account = known.account_id is not None and not old_accounts.must_be_recreated(ctx, known)
    letter = _LETTERS[purpose][0 if has_account else 1]
    is_reset = purpose in {codes.PASSWORD_RESET, codes.EMAIL_CHANGE_UNDO}
    lifetime = settings.reset_code_lifetime if is_reset else settings.code_lifetime
    challenge_id, code = ids.unguessable(), codes.new_code()
    row = {
        "id": challenge_id,
        "email": email.address,
        "email_key": email.key,
        "purpose": purpose,
        "code_digest": ctx.code_digests.digest("code", challenge_id, purpose, email.key, code),
        "language": language,
        "created_at": now,
        "expires_at": now + lifetime,
        "letter": letter,
    }
    if session.execute(_open[session.get_bind().dialect.name], row).first() is None:
        raise _AskedMeanwhile
    waiting_letters.post(
        session,
        letters.write(
            letter,
            to=email.address,
            # What the asker's browser says is no guide to the language of somebody else's account.
            language=known.language or language,
            portal_name=settings.portal_name,
            public_url=settings.public_url,
            code=code,
            lifetime=lifetime,
        ),
        kind=letter,
        seal=ctx.seal,
        at=now,
        expires_at=now + lifetime,
        # Written and sealed like any other, so that the work, and with it the time, is the same.
        is_withheld=letter == letters.NO_ACCOUNT and known.was_told,
    )
    log.info("code_requested", purpose=purpose)
    return Challenge(
        challenge_id=challenge_id,
        state=codes.PENDING,
        expires_at=now + lifetime,
        retry_after=settings.resend_interval,
    )


def _charge(session: Session, bill: budgets.Bill, *, now: datetime) -> None:
    refused = budgets.spend(session, bill, at=now)
    if refused is not None:
        log.warning("limit_reached", limit=refused.budget.name)
        raise TooManyRequests(retry_after=refused.retry_after)


def _judge(
    ctx: Context, session: Session, tried: Row[Any], *, digits: str, address: str, now: datetime
) -> Proof | Problem:
    bill = limits.of_wrong_code(ctx, email_key=tried.email_key, address=address)
    held = budgets.Hold(session, bill, at=now)
    refused = held.exhausted
    if refused is not None:
        log.warning("limit_reached", limit=refused.budget.name)
        if refused.budget.name == limits.MAILBOX_WRONG:
            # Not compared any more, and told like a wrong code (COD-7).
            held.leave()
            return CodeRejected()
        # Raised here, so that the try is taken back: a neighbor's guesses must not spend this person's five.
        raise TooManyRequests(retry_after=refused.retry_after)
    if not ctx.code_digests.agrees(tried.code_digest, "code", tried.id, tried.purpose, tried.email_key, digits):
        held.spend()
        log.info("code_rejected", attempts=tried.attempts)
        return CodeRejected()
    until = now + ctx.settings.ticket_lifetime
    session.execute(_verify, {"of_id": tried.id, "until": until})
    return Proof(ticket=ctx.tickets.sign(Ticket(tried.id, tried.purpose)), expires_at=until)


def _refusal(ctx: Context, session: Session, *, challenge_id: str, now: datetime) -> Problem:
    challenge = queries.get_challenge(session, challenge_id=challenge_id)
    state = _state(ctx, challenge, now=now)
    if state == codes.SUPERSEDED:
        return CodeSuperseded()
    if state == codes.CANCELLED:
        return CodeCancelled()
    if state == codes.EXPIRED:
        is_worn = challenge.attempts >= ctx.settings.code_attempts and challenge.expires_at > now
        if not is_worn:
            return CodeExpired()
        # The next code can be asked for then.
        wait = challenge.created_at + ctx.settings.resend_interval - now
        return TooManyAttempts(retry_after=max(wait, timedelta(seconds=1)))
    # Verified already: a code is used once (COD-5).
    return CodeRejected()


def _state(ctx: Context, challenge: Row[Any], *, now: datetime) -> str:
    return codes.state(
        closed_as=challenge.closed_as,
        expires_at=challenge.expires_at,
        attempts=challenge.attempts,
        most_attempts=ctx.settings.code_attempts,
        now=now,
    )


def _check_id(challenge_id: str) -> None:
    if not ids.is_id(challenge_id):
        raise NotFound
