"""What a password must be, a forgotten one replaced, a known one changed."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete, update

from services.identity import events, letters, queries
from services.identity.context import Context
from services.identity.errors import AccountMissing, PasswordMismatch, PasswordRejected, PasswordUnchanged
from services.identity.models import accounts, sessions
from services.identity.operations import (
    activity,
    judging,
    mailing,
    old_accounts,
    proofs,
    reauthentication,
    session_starting,
)
from services.identity.operations.session_starting import StartedSession
from services.identity.rules import activity as kinds, codes, passwords
from services.identity.rules.passwords import Busy, Kept, Policy, Unmet
from services.identity.rules.passwords.policies import MISSING_CLASSES
from shared import logs, outbox
from shared.database import rows_changed
from shared.problems import NotSignedIn, Unavailable
from shared.texts import BILINGUAL_SEPARATOR, LANGUAGES

log = logs.get(__name__)

_new_password = {
    "password_hash": bindparam("new_hash"),
    "password_pepper": bindparam("new_pepper"),
    "password_changed_at": bindparam("now"),
}
_replace = (
    update(accounts)
    .where(accounts.c.email_key == bindparam("of_key"))
    .values(**_new_password)
    .returning(accounts.c.id, accounts.c.email, accounts.c.language)
)
# The password that was judged must still be the account's: of two changes at once the second one is of another password.
_change = (
    update(accounts)
    .where(
        accounts.c.id == bindparam("of_id"),
        accounts.c.password_hash.is_not_distinct_from(bindparam("judged_hash")),
    )
    .values(**_new_password)
)
_end_sessions = delete(sessions).where(sessions.c.account_id == bindparam("of_account"))


@dataclass(frozen=True, kw_only=True)
class PolicyInWords:
    """A policy with its hint: the guides' own sentence (ID-18, ID-19)."""

    policy: Policy
    hint: str


def read_policy(ctx: Context, *, language: str) -> PolicyInWords:
    """Return what a password must be here."""
    return PolicyInWords(policy=ctx.policy, hint=ctx.password_texts.of(ctx.policy.name, language).title)


def accepted(ctx: Context, *, password: str, confirmation: str, email: str) -> Kept:
    """Return a new password as it is to be stored.

    Raises:
        PasswordMismatch, PasswordRejected: it cannot be taken.
        Unavailable: too many passwords are being hashed.
    """
    if password != confirmation:
        raise PasswordMismatch
    unmet = passwords.unmet(ctx.policy, password, email=email)
    if unmet:
        raise PasswordRejected(errors=[_said(ctx, each) for each in unmet])
    try:
        return ctx.passwords.keep(password)
    except Busy:
        raise Unavailable(retry_after=timedelta(seconds=1)) from None


def reset_password(
    ctx: Context, *, ticket: str, password: str, password_confirmation: str, address: str, device: str
) -> str:
    """Replace the password of a proven mailbox's account and return the account's id.

    In the same transaction every session ends, the wait after wrong passwords is over, other proofs of the mailbox are
    void, and a letter tells of it (ACC-10). Nobody is signed in by it.

    Raises:
        NotVerified: the ticket proves nothing, is for something else, or was spent.
        AccountMissing: the mailbox has no account, or one that is to be created again (ID-31).
        PasswordMismatch, PasswordRejected: the password cannot be taken.
        Unavailable: too many passwords are being hashed.
    """
    with ctx.db.read() as session:
        proof = proofs.get_proof(ctx, session, ticket=ticket, purpose=codes.PASSWORD_RESET)
        found = queries.find_account_by_key(session, email_key=proof.email_key)
        if found is None or old_accounts.must_be_recreated(ctx, found):
            raise AccountMissing
    kept = accepted(ctx, password=password, confirmation=password_confirmation, email=proof.email)
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        # The account before its proofs, as everybody takes them: two at once would wait for each other in a circle.
        facts = {"of_key": proof.email_key, "new_hash": kept.hash, "new_pepper": kept.pepper, "now": now}
        account = session.execute(_replace, facts).one_or_none()
        if account is None:
            raise AccountMissing
        proofs.spend(session, proof.id, purpose=codes.PASSWORD_RESET, now=now)
        session.execute(_end_sessions, {"of_account": account.id})
        proofs.end_all(session, email_key=proof.email_key)
        judging.clear_failures(ctx, session, email_key=proof.email_key)
        activity.record(
            session, account_id=account.id, kind=kinds.PASSWORD_RESET, address=address, device=device, at=now
        )
        mailing.tell(ctx, session, letters.PASSWORD_CHANGED, to=account.email, language=account.language, at=now)
        outbox.add(session, events.password_reset(account.id, at=now), at=now)
    log.info("password_reset", account_id=account.id)
    account_id: str = account.id
    return account_id


def change_password(
    ctx: Context,
    *,
    session_id: str,
    account_id: str,
    current_password: str,
    password: str,
    password_confirmation: str,
    address: str,
    device: str,
) -> StartedSession:
    """Change the password of whoever is signed in and knows the present one; return the session with its new tokens.

    An account without a password gets its first one, when its holder has proven who they are just now. Every other
    session ends, open proofs of the mailbox are void, and a letter tells of it (ACC-10, SES-3).

    Raises:
        NotSignedIn: the session has ended.
        ReauthenticationRequired: the account has no password yet, and its holder signed in too long ago.
        CurrentPasswordWrong: the present password is another one.
        PasswordUnchanged: the new one is the present one.
        PasswordMismatch, PasswordRejected: the new one cannot be taken.
        TooManyRequests: the present password was wrong too often.
        Unavailable: too many passwords are being judged.
    """
    with ctx.db.read() as session:
        account = queries.get_account(session, account_id=account_id)
        kept_before = judging.kept_of(account)
        if kept_before is None:
            reauthentication.require_recent(ctx, session, session_id=session_id, account_id=account_id)
    if kept_before is not None:
        reauthentication.check_password(ctx, account, password=current_password)
        if judging.agrees(ctx, kept_before, password):
            raise PasswordUnchanged
    kept = accepted(ctx, password=password, confirmation=password_confirmation, email=account.email)
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        facts = {"judged_hash": account.password_hash, "new_hash": kept.hash, "new_pepper": kept.pepper, "now": now}
        if rows_changed(session.execute(_change, {"of_id": account_id} | facts)) == 0:
            # Somebody else changed it since we judged it, and has ended this session by that.
            raise NotSignedIn
        session_starting.end_others(session, kept_session_id=session_id, account_id=account_id)
        renewed = session_starting.renew_session(session, session_id=session_id, account_id=account_id, now=now)
        proofs.end_all(session, email_key=account.email_key)
        activity.record(
            session, account_id=account_id, kind=kinds.PASSWORD_CHANGED, address=address, device=device, at=now
        )
        mailing.tell(ctx, session, letters.PASSWORD_CHANGED, to=account.email, language=account.language, at=now)
        outbox.add(session, events.password_changed(account_id, at=now), at=now)
    log.info("password_changed", account_id=account_id)
    return renewed


def _said(ctx: Context, unmet: Unmet) -> dict[str, str]:
    name = f"{unmet.rule}-{ctx.policy.name}" if unmet.rule == MISSING_CLASSES else unmet.rule
    words = [ctx.password_texts.of(name, language).title.format(**unmet.facts) for language in LANGUAGES]
    return {"pointer": "#/password", "rule": unmet.rule, "detail": BILINGUAL_SEPARATOR.join(words)}
