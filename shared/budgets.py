"""Budgets: at most so many of something in any span of time, exact when raced.

A budget's state is one row a subject. `spend` takes the rows' locks with one upsert, decides, and writes: two callers,
threads or processes, cannot both have the last one. The window slides: time is cut into slices of a sixtieth of the
window and the oldest slice counts until all of it has passed, so that no window of the full length ever holds more than
the limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Executable,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    bindparam,
    delete,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from shared.database import UtcDateTime, new_metadata, once_a_dialect, rows_changed

_SLICES = 60
# "Ever" still ends: a budget without a window is kept for this long after it was last spent.
_EVER = timedelta(days=3650)

_metadata = new_metadata()
budgets = Table(
    "budgets",
    _metadata,
    Column("name", String(64), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("state", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    PrimaryKeyConstraint("name", "subject"),
)

_write = (
    update(budgets)
    .where(budgets.c.name == bindparam("of_name"), budgets.c.subject == bindparam("of_subject"))
    .values(state=bindparam("new_state"), expires_at=bindparam("new_expiry"))
)


@once_a_dialect
def _lock(insert: Any) -> Executable:
    # The update changes nothing; it takes the row's lock, which DO NOTHING would not.
    statement = insert(budgets).on_conflict_do_update(
        index_elements=["name", "subject"], set_={"state": budgets.c.state}
    )
    return statement.returning(budgets.c.name, budgets.c.subject, budgets.c.state)  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """At most `limit` in any `window`; without a window, ever."""

    name: str
    limit: int
    window: timedelta | None


@dataclass(frozen=True)
class Exhausted:
    """The budget that refused, and the time until it has room again."""

    budget: Budget
    retry_after: timedelta


Bill = Sequence[tuple[Budget, str]]


def copy_to(metadata: MetaData) -> Table:
    """Add the table to a service's own metadata."""
    return budgets.to_metadata(metadata)


class Hold:
    """The locked rows of a bill: what they allow is known, and nothing is spent yet.

    The locks last until the transaction ends. Whoever decides while holding them has decided before anybody else.
    """

    def __init__(self, session: Session, bill: Bill, *, at: datetime) -> None:
        self._session = session
        self._at = at
        self._kept = [
            (budget, subject, _kept(budget, slices, at=at))
            for (budget, subject), slices in _locked(session, bill, at=at)
        ]

    @property
    def exhausted(self) -> Exhausted | None:
        """The budget without room that has the longest wait, or None when all have room."""
        return self._exhausted(self._kept)

    def exhausted_of(self, bill: Bill) -> Exhausted | None:
        """Return the same of a part of the bill."""
        return self._exhausted(self._part(bill))

    def count(self, budget: Budget) -> int:
        """Return how much counts of a budget of the bill, over its subjects."""
        return sum(sum(kept.values()) for each, _, kept in self._kept if each == budget)

    def spend(self, bill: Bill | None = None) -> None:
        """Spend one of each, or of each in a part of the bill; the rest is written as it is, which costs the same."""
        spent = self._kept if bill is None else self._part(bill)
        for budget, _, kept in spent:
            key = _slice(budget, self._at)
            kept[key] = kept.get(key, 0) + 1
        _store(self._session, self._kept, at=self._at)

    def leave(self) -> None:
        """Write the rows as they are, which costs what spending costs."""
        _store(self._session, self._kept, at=self._at)

    def _part(self, bill: Bill) -> list[tuple[Budget, str, dict[int, int]]]:
        wanted = {(budget.name, subject) for budget, subject in bill}
        return [each for each in self._kept if (each[0].name, each[1]) in wanted]

    def _exhausted(self, kept_of: list[tuple[Budget, str, dict[int, int]]]) -> Exhausted | None:
        refusals = [
            Exhausted(budget, _wait(budget, kept, at=self._at))
            for budget, _, kept in kept_of
            if sum(kept.values()) >= budget.limit
        ]
        return max(refusals, key=lambda refusal: refusal.retry_after, default=None)


def spend(session: Session, bill: Bill, *, at: datetime) -> Exhausted | None:
    """Spend one of each budget of `bill` (budget and subject), or none at all when one of them is exhausted.

    Subjects are digests: neither addresses nor e-mails stand in the table. Returns the budget that refused with the
    longest wait, or None when all were spent.
    """
    held = Hold(session, bill, at=at)
    exhausted = held.exhausted
    if exhausted is None:
        held.spend()
    else:
        # Written all the same: a refusal costs what an admission costs, so that nobody learns from the time it took.
        held.leave()
    return exhausted


def give_back(session: Session, bill: Bill, *, spent_at: datetime, at: datetime) -> None:
    """Give back what `spend` took at `spent_at`: the attempt turned out not to be one that counts."""
    changes = []
    for (budget, subject), slices in _locked(session, bill, at=at):
        kept = _kept(budget, slices, at=at)
        key = _slice(budget, spent_at)
        if kept.get(key, 0) > 0:
            kept[key] -= 1
        changes.append((budget, subject, kept))
    _store(session, changes, at=at)


def forget(session: Session, bill: Bill) -> None:
    """Empty the budgets of `bill`."""
    for budget, subject in bill:
        session.execute(delete(budgets).where(budgets.c.name == budget.name, budgets.c.subject == subject))


def spent(session: Session, budget: Budget, subject: str, *, at: datetime) -> int:
    """Return how much of `budget` counts now, without spending or locking."""
    row = session.execute(
        budgets.select().where(budgets.c.name == budget.name, budgets.c.subject == subject)
    ).one_or_none()
    return 0 if row is None else sum(_kept(budget, _load(row.state), at=at).values())


def sweep(session: Session, *, at: datetime) -> int:
    """Delete the budgets that no longer hold anything; return how many.

    Whoever spends takes several rows in an order of its own: what is held at this moment is left to the next sweep.
    """
    free = select(*budgets.primary_key).where(budgets.c.expires_at < at).with_for_update(skip_locked=True)
    return rows_changed(session.execute(delete(budgets).where(tuple_(*budgets.primary_key).in_(free))))


def _locked(session: Session, bill: Bill, *, at: datetime) -> list[tuple[tuple[Budget, str], dict[int, int]]]:
    # One order for everybody, so that two bills with the same budgets cannot wait for each other.
    ordered = sorted({(budget.name, subject): (budget, subject) for budget, subject in bill}.items())
    rows = [
        {"name": name, "subject": subject, "state": "{}", "expires_at": at + (budget.window or _EVER)}
        for (name, subject), (budget, _) in ordered
    ]
    # The rows are given as parameters and not as VALUES, which would be compiled anew for each bill.
    locked = session.execute(_lock(session), rows)
    states = {(name, subject): _load(state) for name, subject, state in locked}
    return [(pair, states[key]) for key, pair in ordered]


def _store(session: Session, changes: list[tuple[Budget, str, dict[int, int]]], *, at: datetime) -> None:
    session.execute(
        _write,
        [
            {
                "of_name": budget.name,
                "of_subject": subject,
                "new_state": orjson.dumps({str(key): count for key, count in state.items() if count}).decode(),
                "new_expiry": at + (budget.window or _EVER),
            }
            for budget, subject, state in changes
        ],
    )


def _load(state: str) -> dict[int, int]:
    return {int(key): count for key, count in orjson.loads(state).items()}


def _width(budget: Budget) -> float:
    return (budget.window or _EVER).total_seconds() / _SLICES


def _slice(budget: Budget, at: datetime) -> int:
    return 0 if budget.window is None else int(at.timestamp() / _width(budget))


def _kept(budget: Budget, slices: dict[int, int], *, at: datetime) -> dict[int, int]:
    if budget.window is None:
        return slices
    oldest = _slice(budget, at) - _SLICES
    return {key: count for key, count in slices.items() if key >= oldest}


def _wait(budget: Budget, kept: dict[int, int], *, at: datetime) -> timedelta:
    if budget.window is None:
        return _EVER
    excess = sum(kept.values()) - budget.limit + 1
    for key in sorted(kept):
        excess -= kept[key]
        if excess <= 0:
            ends = datetime.fromtimestamp((key + _SLICES + 1) * _width(budget), UTC)
            return max(ends - at, timedelta(seconds=1))
    return budget.window
