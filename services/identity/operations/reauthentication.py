"""Proving again who one is, before what matters: an unlocked screen must not be enough (W16, ACC-11, SES-6)."""

from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from services.identity import queries
from services.identity.context import Context
from services.identity.errors import (
    CurrentPasswordWrong,
    NotVerified,
    ReauthenticationRequired,
    TooManyRequests,
)
from services.identity.operations import activity, judging, limits, proofs, session_starting
from services.identity.operations.session_starting import StartedSession
from services.identity.rules import activity as kinds, codes
from shared import logs

log = logs.get(__name__)


def reauthenticate(
    ctx: Context, *, session_id: str, account_id: str, password: str, ticket: str, address: str, device: str
) -> StartedSession:
    """Take note that the caller has just proven who they are, and return the session with its new tokens (SES-3).

    By the password; without one, by the proof of the account's own mailbox (`email_confirmation`).

    Raises:
        NotSignedIn: the session has ended.
        CurrentPasswordWrong: the password is another one.
        NotVerified: the account has no password, and the ticket does not prove its mailbox.
        TooManyRequests: the password was wrong too often.
        Unavailable: too many passwords are being judged.
    """
    proof = None
    with ctx.db.read() as session:
        account = queries.get_account(session, account_id=account_id)
        if account.password_hash is None:
            proof = proofs.get_proof(ctx, session, ticket=ticket, purpose=codes.EMAIL_CONFIRMATION)
            if proof.email_key != account.email_key:
                raise NotVerified
    if proof is None:
        check_password(ctx, account, password=password)
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        queries.hold_account(session, account_id=account_id)
        if proof is not None:
            proofs.spend(session, proof.id, purpose=codes.EMAIL_CONFIRMATION, now=now)
        renewed = session_starting.renew_session(session, session_id=session_id, account_id=account_id, now=now)
        activity.record(
            session, account_id=account_id, kind=kinds.REAUTHENTICATED, address=address, device=device, at=now
        )
    log.info("reauthenticated", account_id=account_id)
    return renewed


def require_recent(ctx: Context, session: Session, *, session_id: str, account_id: str) -> None:
    """Let pass whose session was opened, or proven again, within the last minutes.

    Raises:
        NotSignedIn: the session has ended.
        ReauthenticationRequired: it was too long ago.
    """
    found = queries.get_session(session, session_id=session_id, account_id=account_id)
    proven_at = found.authenticated_at or found.started_at
    if ctx.clock.now() >= proven_at + ctx.settings.reauthentication_lifetime:
        raise ReauthenticationRequired


def check_password(ctx: Context, account: Row[Any], *, password: str) -> None:
    """Judge the password of somebody who is signed in.

    Counted apart from sign-ins: a stranger who locks the account's door must not keep its holder from changing the
    lock, and whoever finds an open session must not have more guesses than at the door (ACC-4, ACC-5).

    Raises:
        CurrentPasswordWrong: it is another one.
        TooManyRequests: it was wrong too often.
        Unavailable: too many passwords are being judged.
    """
    subject = limits.holder_subject(ctx, account.id)

    def attempt() -> judging.Admission:
        with ctx.db.transaction() as session:
            bill = limits.of_wrong_password(ctx, subject)
            return judging.admit(ctx, session, subject=subject, bill=bill, now=ctx.clock.now())

    try:
        admission = judging.when_free(ctx, attempt)
    except judging.Waiting as waits:
        raise TooManyRequests(retry_after=waits.retry_after) from None
    try:
        is_right = judging.agrees(ctx, judging.kept_of(account), password)
    except BaseException:
        judging.withdraw(ctx, admission)
        raise
    with ctx.db.transaction() as session:
        if is_right:
            judging.settle_right(session, admission, now=ctx.clock.now())
        else:
            judging.settle_wrong(ctx, session, admission)
    if not is_right:
        log.info("reauthentication_refused")
        raise CurrentPasswordWrong
