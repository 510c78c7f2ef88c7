"""Judging passwords without giving anybody more guesses than are due, however many come at once (ACC-4).

    admit ─▶ judge ─▶ settle
      │                 ├─ right: the subject's counter is cleared
      │                 └─ wrong: counted; from the fifth on the subject waits
      └─ waiting already, or as many under judgement as may be

What is counted is a subject: a mailbox, a known device, or the holder of a session. No more passwords of one subject are
judged side by side than would be free if all of them were wrong, so sixteen wrong ones at once get five judged, while
twenty right ones all get in, a few at a time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Integer, Row, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.identity.context import Context
from services.identity.errors import TooManyRequests
from services.identity.models import sign_in_guards as guards
from services.identity.operations import limits
from services.identity.rules import waiting
from services.identity.rules.passwords import Busy, Kept
from shared import budgets, logs
from shared.problems import Unavailable

log = logs.get(__name__)

T = TypeVar("T")

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


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The right to have one password judged, paid for in advance."""

    subject: str
    bill: budgets.Bill
    at: datetime


class Waiting(Exception):
    """The subject waits after wrong passwords, or has had its fill for the day."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


class Full(Exception):
    """As many passwords are being judged as may be; one of them may turn out right."""


def when_free(ctx: Context, attempt: Callable[[], T]) -> T:
    """Return what `attempt` returns, tried again for a while as long as it is `Full`.

    Raises:
        Unavailable: it was full all the time.
    """
    gives_up_at = time.monotonic() + ctx.settings.password_wait.total_seconds()
    while True:
        try:
            return attempt()
        except Full:
            if time.monotonic() >= gives_up_at:
                raise Unavailable(retry_after=timedelta(seconds=1)) from None
            time.sleep(_PAUSE_S)


def admit(ctx: Context, session: Session, *, subject: str, bill: budgets.Bill, now: datetime) -> Admission:
    """Reserve a place for one password of `subject` and charge what a wrong one costs; a right one gets it back.

    Raises:
        Waiting: the subject waits.
        Full: the subject's places are taken.
        TooManyRequests: another budget of the bill than the subject's own is spent.
    """
    facts = {
        "subject": subject,
        "now": now,
        "free": ctx.settings.free_failures,
        "judging_until": now + JUDGING_FOR,
        "expires_at": now + GUARDS_KEPT,
    }
    if session.execute(_admit[session.get_bind().dialect.name], facts).first() is None:
        blocked_until = session.scalar(_blocked, {"subject": subject})
        if blocked_until is not None and blocked_until > now:
            raise Waiting(blocked_until - now)
        raise Full
    # Charged before it is judged and given back when right, so that no race gets one more than the limit.
    refused = budgets.spend(session, bill, at=now)
    if refused is not None:
        log.warning("limit_reached", limit=refused.budget.name)
        if refused.budget.name == limits.SIGN_IN_ACCOUNT:
            raise Waiting(refused.retry_after)
        raise TooManyRequests(retry_after=refused.retry_after)
    return Admission(subject=subject, bill=bill, at=now)


def agrees(ctx: Context, kept: Kept | None, password: str) -> bool:
    """Tell whether `password` is the one behind `kept`; without one the answer is no, after the same work.

    Raises:
        Unavailable: too many passwords are being judged.
    """
    try:
        return ctx.passwords.agrees(kept, password)
    except Busy:
        raise Unavailable(retry_after=timedelta(seconds=1)) from None


def kept_of(account: Row[Any] | None) -> Kept | None:
    """Return an account's password as it is kept, or None when there is none."""
    if account is None or account.password_hash is None:
        return None
    return Kept(account.password_pepper, account.password_hash)


def withdraw(ctx: Context, admission: Admission) -> None:
    """Take back an admission whose password was not judged."""
    with ctx.db.transaction() as session:
        session.execute(_leave, {"of_subject": admission.subject})
        budgets.give_back(session, admission.bill, spent_at=admission.at, at=ctx.clock.now())


def settle_wrong(ctx: Context, session: Session, admission: Admission) -> None:
    """Count a wrong password, and make its subject wait when it has had its free ones."""
    failures = session.scalar(_fail, {"of_subject": admission.subject}) or 0
    wait = waiting.wait_after(
        failures,
        free=ctx.settings.free_failures,
        first=ctx.settings.first_wait,
        longest=ctx.settings.longest_wait,
    )
    if wait:
        session.execute(_block, {"of_subject": admission.subject, "until": ctx.clock.now() + wait})


def settle_right(session: Session, admission: Admission, *, now: datetime) -> None:
    """Clear the counter of a subject whose password was right, and give back what a wrong one would have cost."""
    session.execute(_succeed, {"of_subject": admission.subject})
    budgets.give_back(session, admission.bill, spent_at=admission.at, at=now)


def clear_failures(ctx: Context, session: Session, *, email_key: str) -> None:
    """Forget a mailbox's wrong passwords: its holder has chosen a new one (ACC-5)."""
    subjects = limits.mailbox_subjects(ctx, email_key)
    session.execute(_clear, {"subjects": subjects})
    for subject in subjects:
        budgets.forget(session, limits.of_wrong_password(ctx, subject))
