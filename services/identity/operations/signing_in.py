"""Signing in: one answer, and one amount of work, for every cause that a stranger must not tell apart.

    look up ─▶ admit ─▶ judge ─▶ settle
                 │                 ├─ right: the counters are cleared, a session starts
                 │                 └─ wrong: counted; from the fifth on the account waits
                 └─ waiting already: a decoy is judged, and the answer is that of a wrong password

No more passwords are judged side by side than would be free if all of them were wrong, so sixteen wrong ones at once get
five judged, while twenty right ones all get in, a few at a time (ACC-4).
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.identity import queries
from services.identity.context import Context
from services.identity.errors import CredentialsRejected, TooManyRequests
from services.identity.models import accounts, sessions, sign_in_guards as guards
from services.identity.operations import limits, session_starting
from services.identity.operations.session_starting import StartedSession
from services.identity.rules import emails, waiting
from services.identity.rules.passwords import Busy, Kept
from services.identity.rules.tickets import Device
from shared import budgets, ids, logs
from shared.database import rows_changed
from shared.problems import Unavailable

log = logs.get(__name__)

# A password that has been "being judged" for longer than this died with its process.
JUDGING_FOR = timedelta(seconds=30)
# Wrong passwords are forgotten when none has come for this long.
GUARDS_KEPT = timedelta(hours=25)
_PAUSE_S = 0.01

_is_judging = guards.c.judging_until > bindparam("now")
_judging = case((_is_judging, guards.c.judging), else_=0)
_free = bindparam("free", type_=Integer)


def _admit_statement(dialect: Any) -> Any:
    first = dialect.insert(guards).values(
        subject=bindparam("subject"),
        failures=0,
        judging=1,
        judging_until=bindparam("judging_until"),
        expires_at=bindparam("expires_at"),
    )
    return first.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "judging": _judging + 1,
            "judging_until": bindparam("judging_until"),
            "expires_at": bindparam("expires_at"),
        },
        where=(
            or_(guards.c.blocked_until.is_(None), guards.c.blocked_until <= bindparam("now"))
            & (_judging < case((guards.c.failures < _free, _free - guards.c.failures), else_=1))
        ),
    ).returning(guards.c.failures)


_admit = {"sqlite": _admit_statement(sqlite), "postgresql": _admit_statement(postgresql)}
_blocked = select(guards.c.blocked_until).where(guards.c.subject == bindparam("subject"))
_one_less = case((guards.c.judging > 0, guards.c.judging - 1), else_=0)
_leave = update(guards).where(guards.c.subject == bindparam("of_subject")).values(judging=_one_less)
_succeed = _leave.values(failures=0, blocked_until=None)
_fail = _leave.values(failures=guards.c.failures + 1).returning(guards.c.failures)
_block = update(guards).where(guards.c.subject == bindparam("of_subject")).values(blocked_until=bindparam("until"))
_clear = delete(guards).where(guards.c.subject.in_(bindparam("subjects", expanding=True)))

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


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    account: Row[Any] | None
    device: Device | None
    subject: str
    bill: budgets.Bill
    at: datetime


class _Waiting(Exception):
    """The account, or there is none, waits after wrong passwords; or has had its fill for the day."""


class _Full(Exception):
    """As many passwords are being judged as may be; one of them may turn out right."""


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
        TooManyRequests: too many sign-ins failed in the caller's neighborhood.
        Unavailable: too many passwords are being judged.
    """
    email_key = emails.key_of(email)
    try:
        attempt = _admitted(ctx, email_key=email_key, device_token=device_token, address=address)
    except _Waiting:
        _agrees(ctx, None, password)
        log.info("sign_in_refused", reason="waiting")
        raise CredentialsRejected from None
    try:
        kept = _kept(attempt.account)
        is_right = _agrees(ctx, kept, password)
        renewed = _renewed(ctx, kept, password) if is_right and kept is not None else kept
    except BaseException:
        _withdraw(ctx, attempt)
        raise
    signed_in = None
    if is_right:
        signed_in = _settle_right(ctx, attempt, renewed=renewed, device=device, replaced_session_id=replaced_session_id)
    if signed_in is None:
        _settle_wrong(ctx, attempt)
        log.info("sign_in_refused", reason="credentials")
        raise CredentialsRejected
    log.info("signed_in", account_id=signed_in.account.id)
    return signed_in


def clear_failures(ctx: Context, session: Session, *, email_key: str) -> None:
    """Forget an account's wrong passwords: the holder of its mailbox has chosen a new one (ACC-5)."""
    subjects = limits.mailbox_subjects(ctx, email_key)
    session.execute(_clear, {"subjects": subjects})
    for subject in subjects:
        budgets.forget(session, limits.of_wrong_password(ctx, subject))


def _admitted(ctx: Context, *, email_key: str, device_token: str | None, address: str) -> _Attempt:
    gives_up_at = time.monotonic() + ctx.settings.password_wait.total_seconds()
    while True:
        try:
            with ctx.db.transaction() as session:
                return _admit_one(ctx, session, email_key=email_key, device_token=device_token, address=address)
        except _Waiting:
            _charge_neighborhood(ctx, address)
            raise
        except _Full:
            if time.monotonic() >= gives_up_at:
                raise Unavailable(retry_after=timedelta(seconds=1)) from None
            time.sleep(_PAUSE_S)


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
    admitted = session.execute(
        _admit[session.get_bind().dialect.name],
        {
            "subject": subject,
            "now": now,
            "free": ctx.settings.free_failures,
            "judging_until": now + JUDGING_FOR,
            "expires_at": now + GUARDS_KEPT,
        },
    ).first()
    if admitted is None:
        blocked_until = session.scalar(_blocked, {"subject": subject})
        raise _Waiting if blocked_until is not None and blocked_until > now else _Full
    # Charged before it is judged and given back when right, so that no race gets one more than the limit.
    bill = [*limits.of_failed_sign_in(ctx, address), *limits.of_wrong_password(ctx, subject)]
    refused = budgets.spend(session, bill, at=now)
    if refused is not None:
        log.warning("limit_reached", limit=refused.budget.name)
        if refused.budget.name == limits.SIGN_IN_ACCOUNT:
            raise _Waiting
        raise TooManyRequests(retry_after=refused.retry_after)
    return _Attempt(account=account, device=device, subject=subject, bill=bill, at=now)


def _charge_neighborhood(ctx: Context, address: str) -> None:
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        refused = budgets.spend(session, limits.of_failed_sign_in(ctx, address), at=now)
        if refused is not None:
            raise TooManyRequests(retry_after=refused.retry_after)


def _agrees(ctx: Context, kept: Kept | None, password: str) -> bool:
    try:
        return ctx.passwords.agrees(kept, password)
    except Busy:
        raise Unavailable(retry_after=timedelta(seconds=1)) from None


def _kept(account: Row[Any] | None) -> Kept | None:
    if account is None or account.password_hash is None:
        return None
    return Kept(account.password_pepper, account.password_hash)


def _renewed(ctx: Context, kept: Kept, password: str) -> Kept:
    """Return the password hashed anew when it was kept with older parameters or under an older key (PWD-8)."""
    if not ctx.passwords.is_outdated(kept):
        return kept
    try:
        return ctx.passwords.keep(password)
    except Busy:
        # It can wait for the next time.
        return kept


def _withdraw(ctx: Context, attempt: _Attempt) -> None:
    """Take an attempt back that was not judged."""
    with ctx.db.transaction() as session:
        session.execute(_leave, {"of_subject": attempt.subject})
        budgets.give_back(session, attempt.bill, spent_at=attempt.at, at=ctx.clock.now())


def _settle_wrong(ctx: Context, attempt: _Attempt) -> None:
    with ctx.db.transaction() as session:
        failures = session.scalar(_fail, {"of_subject": attempt.subject}) or 0
        wait = waiting.wait_after(
            failures,
            free=ctx.settings.free_failures,
            first=ctx.settings.first_wait,
            longest=ctx.settings.longest_wait,
        )
        if wait:
            session.execute(_block, {"of_subject": attempt.subject, "until": ctx.clock.now() + wait})


def _settle_right(
    ctx: Context, attempt: _Attempt, *, renewed: Kept | None, device: str, replaced_session_id: str | None
) -> SignedIn | None:
    account = attempt.account
    assert account is not None
    assert renewed is not None
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
        session.execute(_succeed, {"of_subject": attempt.subject})
        budgets.give_back(session, attempt.bill, spent_at=attempt.at, at=now)
        started = session_starting.start_session(ctx, session, account_id=account.id, device=device, now=now)
        if replaced_session_id is not None:
            session.execute(_end, {"of_id": replaced_session_id})
            started = _with_ended(started, replaced_session_id)
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


def _with_ended(started: StartedSession, session_id: str) -> StartedSession:
    return StartedSession(
        session_id=started.session_id,
        token=started.token,
        csrf_token=started.csrf_token,
        ended_session_ids=(*started.ended_session_ids, session_id),
    )
