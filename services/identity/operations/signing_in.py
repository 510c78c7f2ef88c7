"""Signing in: one answer, and one amount of work, for every cause that a stranger must not tell apart.

look up ─▶ admit ─▶ judge ─▶ settle
             │                 ├─ right: the counters are cleared, a session starts
             │                 └─ wrong: counted; from the fifth on the account waits
             └─ waiting already: a decoy is judged, and the answer is that of a wrong password
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, update
from sqlalchemy.orm import Session

from services.identity import queries
from services.identity.context import Context
from services.identity.errors import AccountMustBeRecreated, CredentialsRejected, TooManyRequests
from services.identity.models import accounts, sessions
from services.identity.operations import activity, judging, limits, old_accounts, session_starting
from services.identity.operations.judging import Admission, Waiting
from services.identity.operations.session_starting import StartedSession
from services.identity.rules import activity as kinds, emails
from services.identity.rules.passwords import Busy, Kept
from services.identity.rules.tickets import Device
from shared import budgets, ids, logs
from shared.database import rows_changed

log = logs.get(__name__)

# The hash that was judged must still be the account's: a new password in between makes the old one wrong.
_enter = (
    update(accounts)
    .where(accounts.c.id == bindparam("of_id"), accounts.c.password_hash == bindparam("judged_hash"))
    .values(
        signed_in_at=bindparam("now"),
        password_hash=bindparam("new_hash"),
        password_pepper=bindparam("new_pepper"),
    )
)
_end = delete(sessions).where(sessions.c.id == bindparam("of_id"))


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """An open door: the account, its session, and the token that makes this device a known one."""

    account: Any
    session: StartedSession
    device_token: str


# What else happens in the transaction that opens the door, once it is certain whose it is; returns the identity by which
# the session began, if any.
Also = Callable[[Session, Row[Any], datetime], str | None]


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    account: Row[Any] | None
    device: Device | None
    admission: Admission


def sign_in(
    ctx: Context,
    *,
    email: str,
    password: str,
    address: str,
    device: str,
    device_token: str | None,
    replaced_session_id: str | None,
) -> SignedIn:
    """Start a session for the right e-mail and password.

    Unknown, wrong, waiting, empty and too long are one refusal after the same work (ID-23, ACC-3). A session that the
    caller had before ends (SES-3).

    Raises:
        CredentialsRejected: for every one of those causes.
        AccountMustBeRecreated: the right password of an account of before this portal (ID-31).
        TooManyRequests: too many sign-ins failed in the caller's neighborhood.
        Unavailable: too many passwords are being judged.
    """
    return open_door(
        ctx,
        email=email,
        password=password,
        address=address,
        device=device,
        device_token=device_token,
        replaced_session_id=replaced_session_id,
    )


def open_door(
    ctx: Context,
    *,
    email: str,
    password: str,
    address: str,
    device: str,
    device_token: str | None,
    replaced_session_id: str | None,
    also: Also | None = None,
) -> SignedIn:
    """Sign in as `sign_in` does, and let `also` happen with it."""
    email_key = emails.key_of(email)
    try:
        attempt = _admitted(ctx, email_key=email_key, device_token=device_token, address=address)
    except Waiting:
        judging.agrees(ctx, None, password)
        log.info("sign_in_refused", reason="waiting")
        raise CredentialsRejected from None
    try:
        kept = judging.kept_of(attempt.account)
        is_right = judging.agrees(ctx, kept, password)
        if is_right and old_accounts.must_be_recreated(ctx, attempt.account):
            _settle_old(ctx, attempt)
            log.info("sign_in_refused", reason="must be recreated")
            raise AccountMustBeRecreated
        signed_in = None
        if is_right and kept is not None:
            signed_in = _settle_right(
                ctx,
                attempt,
                renewed=_renewed(ctx, kept, password),
                address=address,
                device=device,
                replaced_session_id=replaced_session_id,
                also=also,
            )
    except AccountMustBeRecreated:
        raise
    except BaseException:
        judging.withdraw(ctx, attempt.admission)
        raise
    if signed_in is None:
        _settle_wrong(ctx, attempt, address=address, device=device)
        log.info("sign_in_refused", reason="credentials")
        raise CredentialsRejected
    log.info("signed_in", account_id=signed_in.account.id)
    return signed_in


def _admitted(ctx: Context, *, email_key: str, device_token: str | None, address: str) -> _Attempt:
    def attempt() -> _Attempt:
        with ctx.db.transaction() as session:
            return _admit_one(ctx, session, email_key=email_key, device_token=device_token, address=address)

    try:
        return judging.when_free(ctx, attempt)
    except Waiting:
        _charge_neighborhood(ctx, address)
        raise


def _admit_one(ctx: Context, session: Session, *, email_key: str, device_token: str | None, address: str) -> _Attempt:
    now = ctx.clock.now()
    account = queries.find_account_by_key(session, email_key=email_key)
    device = ctx.devices.open(device_token, at=now)
    if account is None or device is None or device.account_id != account.id:
        # Somebody else's device is nobody's.
        device = None
    subject = (
        limits.device_subject(ctx, device.device_id)
        if device is not None
        else limits.mailbox_subjects(ctx, email_key)[0]
    )
    bill = [*limits.of_failed_sign_in(ctx, address), *limits.of_wrong_password(ctx, subject)]
    admission = judging.admit(ctx, session, subject=subject, bill=bill, now=now)
    return _Attempt(account=account, device=device, admission=admission)


def _charge_neighborhood(ctx: Context, address: str) -> None:
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        refused = budgets.spend(session, limits.of_failed_sign_in(ctx, address), at=now)
        if refused is not None:
            raise TooManyRequests(retry_after=refused.retry_after)


def _renewed(ctx: Context, kept: Kept, password: str) -> Kept:
    """Return the password hashed anew when it was kept with older parameters or under an older key (PWD-8)."""
    if not ctx.passwords.is_outdated(kept):
        return kept
    try:
        return ctx.passwords.keep(password)
    except Busy:
        # It can wait for the next time.
        return kept


def _settle_wrong(ctx: Context, attempt: _Attempt, *, address: str, device: str) -> None:
    account_id = attempt.account.id if attempt.account is not None else None
    with ctx.db.transaction() as session:
        # The account before its counter, as everybody takes them: two at once would wait for each other in a circle.
        activity.record_failed_sign_in(
            session, account_id=account_id, address=address, device=device, at=ctx.clock.now()
        )
        judging.settle_wrong(ctx, session, attempt.admission)


def _settle_old(ctx: Context, attempt: _Attempt) -> None:
    """Take note of a right password that opens nothing: the account is inert (ID-31)."""
    with ctx.db.transaction() as session:
        judging.settle_right(session, attempt.admission, now=ctx.clock.now())


def _settle_right(
    ctx: Context,
    attempt: _Attempt,
    *,
    renewed: Kept,
    address: str,
    device: str,
    replaced_session_id: str | None,
    also: Also | None,
) -> SignedIn | None:
    account = attempt.account
    assert account is not None
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        entered = session.execute(
            _enter,
            {
                "of_id": account.id,
                "judged_hash": account.password_hash,
                "now": now,
                "new_hash": renewed.hash,
                "new_pepper": renewed.pepper,
            },
        )
        if rows_changed(entered) == 0 and not _was_renewed_meanwhile(session, account, renewed):
            return None
        judging.settle_right(session, attempt.admission, now=now)
        identity_id = also(session, account, now) if also is not None else None
        started = session_starting.start_session(
            ctx, session, account_id=account.id, device=device, now=now, identity_id=identity_id
        )
        activity.record(session, account_id=account.id, kind=kinds.SIGNED_IN, address=address, device=device, at=now)
        if replaced_session_id is not None:
            session.execute(_end, {"of_id": replaced_session_id})
            started = replace(started, ended_session_ids=(*started.ended_session_ids, replaced_session_id))
    known = attempt.device or Device(ids.new(), account.id)
    return SignedIn(account=account, session=started, device_token=ctx.devices.sign(known, at=now))


def _was_renewed_meanwhile(session: Session, account: Row[Any], renewed: Kept) -> bool:
    """Tell whether the same password was only hashed anew by another sign-in, and not replaced by another password."""
    present = queries.find_account(session, account_id=account.id)
    return (
        present is not None
        and renewed.hash != account.password_hash
        and present.password_changed_at == account.password_changed_at
    )
