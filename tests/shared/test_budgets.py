from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import text

from shared import budgets
from shared.budgets import Budget
from shared.database import Database, new_metadata
from tests.support.clock import FakeClock
from tests.support.databases import Databases, PostgresDatabases

HOURLY = Budget(name="hourly", limit=5, window=timedelta(hours=1))
DAILY = Budget(name="daily", limit=7, window=timedelta(days=1))
EVER = Budget(name="ever", limit=3, window=None)


def prepare(url: str) -> None:
    database = Database(url)
    metadata = new_metadata()
    budgets.copy_to(metadata)
    metadata.create_all(database.engine)
    database.close()


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    opened = Database(databases.create(prepare), pool_size=16)
    yield opened
    opened.close()


@pytest.fixture
def spend(database: Database, clock: FakeClock) -> Callable[..., budgets.Exhausted | None]:
    def spend_one(*bill: tuple[Budget, str]) -> budgets.Exhausted | None:
        with database.transaction() as session:
            return budgets.spend(session, bill, at=clock.now())

    return spend_one


def test_spend_refuses_beyond_the_limit(spend: Callable[..., budgets.Exhausted | None]) -> None:
    taken = [spend((HOURLY, "a")) for _ in range(5)]
    refused = spend((HOURLY, "a"))
    assert taken == [None] * 5
    assert refused is not None
    assert refused.budget is HOURLY
    assert timedelta(minutes=59) < refused.retry_after <= timedelta(minutes=62)


def test_spend_keeps_subjects_apart(spend: Callable[..., budgets.Exhausted | None]) -> None:
    for _ in range(5):
        spend((HOURLY, "a"))
    assert spend((HOURLY, "b")) is None


def test_spend_takes_nothing_when_one_budget_is_exhausted(
    spend: Callable[..., budgets.Exhausted | None], database: Database, clock: FakeClock
) -> None:
    for _ in range(5):
        spend((HOURLY, "a"))
    spend((HOURLY, "a"), (DAILY, "a"))
    with database.read() as session:
        assert budgets.spent(session, DAILY, "a", at=clock.now()) == 0


def test_spend_has_room_again_after_the_wait_it_told(
    spend: Callable[..., budgets.Exhausted | None], clock: FakeClock
) -> None:
    for _ in range(5):
        spend((HOURLY, "a"))
    refused = spend((HOURLY, "a"))
    assert refused is not None
    clock.advance(refused.retry_after)
    assert spend((HOURLY, "a")) is None


def test_spend_never_forgets_a_budget_without_a_window(
    spend: Callable[..., budgets.Exhausted | None], clock: FakeClock
) -> None:
    for _ in range(3):
        spend((EVER, "a"))
        clock.advance(timedelta(days=300))
    assert spend((EVER, "a")) is not None


def test_give_back_makes_room(
    spend: Callable[..., budgets.Exhausted | None], database: Database, clock: FakeClock
) -> None:
    for _ in range(5):
        spend((HOURLY, "a"))
    with database.transaction() as session:
        budgets.give_back(session, [(HOURLY, "a")], spent_at=clock.now(), at=clock.now())
    assert spend((HOURLY, "a")) is None
    assert spend((HOURLY, "a")) is not None


def test_forget_empties_a_budget(spend: Callable[..., budgets.Exhausted | None], database: Database) -> None:
    for _ in range(5):
        spend((HOURLY, "a"))
    with database.transaction() as session:
        budgets.forget(session, [(HOURLY, "a")])
    assert spend((HOURLY, "a")) is None


def test_sweep_deletes_what_holds_nothing_any_more(
    spend: Callable[..., budgets.Exhausted | None], database: Database, clock: FakeClock
) -> None:
    spend((HOURLY, "old"))
    clock.advance(timedelta(hours=2))
    spend((HOURLY, "new"))
    with database.transaction() as session:
        assert budgets.sweep(session, at=clock.now()) == 1


def test_sweep_waits_for_nobody_who_spends(postgres_databases: PostgresDatabases, clock: FakeClock) -> None:
    with closing(Database(postgres_databases.create(prepare))) as database:
        with database.transaction() as session:
            budgets.spend(session, [(HOURLY, "free"), (HOURLY, "held")], at=clock.now())
        clock.advance(timedelta(hours=2))
        with database.transaction() as spending:
            budgets.spend(spending, [(HOURLY, "held")], at=clock.now())
            with database.transaction() as session:
                session.execute(text("SET LOCAL lock_timeout = '1s'"))
                assert budgets.sweep(session, at=clock.now()) == 1
        with database.read() as session:
            assert budgets.spent(session, HOURLY, "held", at=clock.now()) == 1


def test_spend_admits_exactly_the_limit_when_raced(
    spend: Callable[..., budgets.Exhausted | None],
) -> None:
    for round_number in range(5):
        with ThreadPoolExecutor(16) as pool:
            # The bills name the budgets in both orders: no two may wait for each other.
            bills = [[(HOURLY, f"r{round_number}"), (DAILY, f"r{round_number}")][:: 1 - 2 * (n % 2)] for n in range(16)]
            outcomes = list(pool.map(lambda bill: spend(*bill), bills))
        assert outcomes.count(None) == 5


@settings(max_examples=60, deadline=None)
@given(pauses=st.lists(st.integers(min_value=0, max_value=40), min_size=1, max_size=40))
def test_spend_never_admits_more_than_the_limit_in_any_window(pauses: list[int]) -> None:
    database, clock = Database("sqlite://"), FakeClock()
    metadata = new_metadata()
    budgets.copy_to(metadata)
    metadata.create_all(database.engine)
    admitted = []
    for pause in pauses:
        clock.advance(timedelta(minutes=pause))
        with database.transaction() as session:
            if budgets.spend(session, [(HOURLY, "a")], at=clock.now()) is None:
                admitted.append(clock.now())
    database.close()
    for start in admitted:
        assert sum(start <= moment < start + timedelta(hours=1) for moment in admitted) <= 5
