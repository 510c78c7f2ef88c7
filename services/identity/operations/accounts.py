"""Creating an account, choosing a new password, and what an account may change of itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, update
from sqlalchemy.orm import Session

from services.identity import events, letters, queries
from services.identity.context import Context
from services.identity.errors import (
    AccountExists,
    AccountMissing,
    NotVerified,
    PasswordMismatch,
    PasswordRejected,
)
from services.identity.models import accounts, challenges, sessions
from services.identity.operations import session_starting, signing_in
from services.identity.operations.signing_in import SignedIn
from services.identity.rules import codes, passwords
from services.identity.rules.passwords import Busy, Kept, Policy, Unmet
from services.identity.rules.passwords.policies import MISSING_CLASSES
from services.identity.rules.tickets import Device
from shared import ids, letters as waiting_letters, logs, outbox
from shared.database import insert_for, rows_changed
from shared.problems import Unavailable
from shared.texts import BILINGUAL_SEPARATOR, LANGUAGES

log = logs.get(__name__)

_spend_ticket = (
    update(challenges)
    .where(
        challenges.c.id == bindparam("of_id"),
        challenges.c.ticket_purpose == bindparam("of_purpose"),
        challenges.c.ticket_expires_at > bindparam("now"),
    )
    .values(ticket_expires_at=None)
)
# The proof of the mailbox that was meant for a new account may go to a new password instead (W1).
_turn_ticket = (
    update(challenges)
    .where(challenges.c.id == bindparam("of_id"), challenges.c.ticket_purpose == codes.ACCOUNT_CREATION)
    .values(ticket_purpose=codes.PASSWORD_RESET)
)
# Whatever else was asked for or proven for this mailbox ends with a new password (ACC-10).
_end_proofs = (
    update(challenges)
    .where(challenges.c.email_key == bindparam("of_key"))
    .values(closed_as=func.coalesce(challenges.c.closed_as, codes.SUPERSEDED), code_digest=None, ticket_expires_at=None)
)
_change_password = (
    update(accounts)
    .where(accounts.c.email_key == bindparam("of_key"))
    .values(
        password_hash=bindparam("new_hash"),
        password_pepper=bindparam("new_pepper"),
        password_changed_at=bindparam("now"),
    )
    .returning(accounts.c.id, accounts.c.email, accounts.c.language)
)
_end_sessions = delete(sessions).where(sessions.c.account_id == bindparam("of_account"))
_change_language = (
    update(accounts).where(accounts.c.id == bindparam("of_id")).values(language=bindparam("new_language"))
)


@dataclass(frozen=True, kw_only=True)
class PolicyInWords:
    """A policy with its hint: the guides' own sentence (ID-18, ID-19)."""

    policy: Policy
    hint: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """An instruction that is always shown: never an error, whatever the person did (ID-28)."""

    code: str
    text: str


# In the order in which the sign-in page shows them (ID-33, ID-28).
NOTICES = ("school_subscribed", "email_given_to_school")


def list_notices(ctx: Context, *, language: str) -> list[Notice]:
    """Return what to tell everybody before they sign in or sign up: the guides' own sentences."""
    return [Notice(code=code, text=ctx.notice_texts.of(code, language).title) for code in NOTICES]


def read_policy(ctx: Context, *, language: str) -> PolicyInWords:
    """Return what a password must be here."""
    return PolicyInWords(policy=ctx.policy, hint=ctx.password_texts.of(ctx.policy.name, language).title)


def create_account(
    ctx: Context, *, ticket: str, password: str, password_confirmation: str, language: str, device: str
) -> SignedIn:
    """Create the account of a proven mailbox and sign it in.

    A password that is refused leaves the ticket as it was. When there is an account already, the ticket is good for
    `reset_password` from then on (W1).

    Raises:
        NotVerified: the ticket proves nothing, or was spent.
        AccountExists: the mailbox has an account.
        PasswordMismatch, PasswordRejected: the password cannot be taken.
        Unavailable: too many passwords are being hashed.
    """
    opened = ctx.tickets.open(ticket)
    if opened is None or opened.purpose != codes.ACCOUNT_CREATION:
        raise NotVerified
    with ctx.db.read() as session:
        proof = queries.find_proof(session, challenge_id=opened.challenge_id, now=ctx.clock.now())
        if proof is None or proof.purpose != codes.ACCOUNT_CREATION:
            raise NotVerified
        exists = queries.find_account_by_key(session, email_key=proof.email_key) is not None
    if exists:
        _turn(ctx, proof.id)
        raise AccountExists
    kept = _accepted(ctx, password=password, confirmation=password_confirmation, email=proof.email)
    now = ctx.clock.now()
    account_id = ids.new()
    try:
        with ctx.db.transaction() as session:
            _spend(session, proof.id, purpose=codes.ACCOUNT_CREATION, now=now)
            account = _insert(session, account_id=account_id, proof=proof, kept=kept, language=language, now=now)
            started = session_starting.start_session(ctx, session, account_id=account_id, device=device, now=now)
            outbox.add(session, events.account_created(account_id, at=now), at=now)
    except AccountExists:
        # Two proofs of one mailbox met here; this one's ticket is unspent again.
        _turn(ctx, proof.id)
        raise
    log.info("account_created", account_id=account_id)
    token = ctx.devices.sign(Device(ids.new(), account_id), at=now)
    return SignedIn(account=account, session=started, device_token=token)


def reset_password(ctx: Context, *, ticket: str, password: str, password_confirmation: str) -> str:
    """Replace the password of a proven mailbox's account and return the account's id.

    In the same transaction every session ends, the wait after wrong passwords is over, other proofs of the mailbox are
    void, and a letter tells of it (ACC-10). Nobody is signed in by it.

    Raises:
        NotVerified: the ticket proves nothing, is for something else, or was spent.
        AccountMissing: the mailbox has no account.
        PasswordMismatch, PasswordRejected: the password cannot be taken.
        Unavailable: too many passwords are being hashed.
    """
    opened = ctx.tickets.open(ticket)
    if opened is None:
        raise NotVerified
    with ctx.db.read() as session:
        proof = queries.find_proof(session, challenge_id=opened.challenge_id, now=ctx.clock.now())
        if proof is None or proof.purpose != opened.purpose or proof.ticket_purpose != codes.PASSWORD_RESET:
            raise NotVerified
        if queries.find_account_by_key(session, email_key=proof.email_key) is None:
            raise AccountMissing
    kept = _accepted(ctx, password=password, confirmation=password_confirmation, email=proof.email)
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        _spend(session, proof.id, purpose=codes.PASSWORD_RESET, now=now)
        account = session.execute(
            _change_password,
            {"of_key": proof.email_key, "new_hash": kept.hash, "new_pepper": kept.pepper, "now": now},
        ).one_or_none()
        if account is None:
            raise AccountMissing
        session.execute(_end_sessions, {"of_account": account.id})
        session.execute(_end_proofs, {"of_key": proof.email_key})
        signing_in.clear_failures(ctx, session, email_key=proof.email_key)
        waiting_letters.post(
            session,
            letters.write(
                letters.PASSWORD_CHANGED,
                to=account.email,
                language=account.language,
                portal_name=ctx.settings.portal_name,
                public_url=ctx.settings.public_url,
            ),
            kind=letters.PASSWORD_CHANGED,
            seal=ctx.seal,
            at=now,
            expires_at=now + letters.NEWS_LIFETIME,
        )
        outbox.add(session, events.password_reset(account.id, at=now), at=now)
    log.info("password_reset", account_id=account.id)
    account_id: str = account.id
    return account_id


def read_account(ctx: Context, *, account_id: str) -> Row[Any]:
    """Return an account.

    Raises:
        NotSignedIn: it is not there any more.
    """
    with ctx.db.read() as session:
        return queries.get_account(session, account_id=account_id)


def change_language(ctx: Context, *, account_id: str, language: str) -> Row[Any]:
    """Change the language of an account's letters and return the account.

    Raises:
        NotSignedIn: it is not there any more.
    """
    with ctx.db.transaction() as session:
        session.execute(_change_language, {"of_id": account_id, "new_language": language})
        return queries.get_account(session, account_id=account_id)


def _accepted(ctx: Context, *, password: str, confirmation: str, email: str) -> Kept:
    if password != confirmation:
        raise PasswordMismatch
    unmet = passwords.unmet(ctx.policy, password, email=email)
    if unmet:
        raise PasswordRejected(errors=[_said(ctx, each) for each in unmet])
    try:
        return ctx.passwords.keep(password)
    except Busy:
        raise Unavailable(retry_after=timedelta(seconds=1)) from None


def _said(ctx: Context, unmet: Unmet) -> dict[str, str]:
    name = f"{unmet.rule}-{ctx.policy.name}" if unmet.rule == MISSING_CLASSES else unmet.rule
    words = [ctx.password_texts.of(name, language).title.format(**unmet.facts) for language in LANGUAGES]
    return {"pointer": "#/password", "rule": unmet.rule, "detail": BILINGUAL_SEPARATOR.join(words)}


def _spend(session: Session, challenge_id: str, *, purpose: str, now: datetime) -> None:
    spent = session.execute(_spend_ticket, {"of_id": challenge_id, "of_purpose": purpose, "now": now})
    if rows_changed(spent) == 0:
        raise NotVerified


def _turn(ctx: Context, challenge_id: str) -> None:
    with ctx.db.transaction() as session:
        session.execute(_turn_ticket, {"of_id": challenge_id})


def _insert(
    session: Session, *, account_id: str, proof: Row[Any], kept: Kept, language: str, now: datetime
) -> Row[Any]:
    statement = insert_for(session, accounts).values(
        id=account_id,
        email=proof.email,
        email_key=proof.email_key,
        password_hash=kept.hash,
        password_pepper=kept.pepper,
        language=language,
        created_at=now,
        password_changed_at=now,
        signed_in_at=now,
    )
    inserted = session.execute(
        statement.on_conflict_do_nothing(index_elements=["email_key"]).returning(*accounts.c)
    ).one_or_none()
    if inserted is None:
        raise AccountExists
    return inserted
