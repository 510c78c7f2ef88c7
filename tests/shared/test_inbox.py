from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from shared import inbox
from shared.clock import SystemClock
from shared.database import Database
from tests.support.events import prepare


@pytest.fixture
def database(databases):
    database = Database(databases.create(prepare), pool_size=12)
    yield database
    database.close()


def claim(database: Database, cause: str | None, *, consumer: str = "") -> bool:
    with database.transaction() as session:
        return inbox.first_time(session, cause, consumer=consumer)


@pytest.mark.requirement("EVT-4")
def test_first_time_is_true_once_for_a_cause(database):
    assert [claim(database, "e-1"), claim(database, "e-1"), claim(database, "e-2")] == [True, False, True]


def test_first_time_is_always_true_without_a_cause(database):
    assert [claim(database, None), claim(database, None)] == [True, True]


def test_first_time_keeps_the_operations_of_one_event_apart(database):
    assert [claim(database, "e-1", consumer="a"), claim(database, "e-1", consumer="b")] == [True, True]


def test_first_time_is_free_again_when_its_transaction_rolls_back(database):
    def claim_and_fail() -> None:
        with database.transaction() as session:
            inbox.first_time(session, "e-1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        claim_and_fail()
    assert claim(database, "e-1") is True


@pytest.mark.parametrize("round", range(5))
@pytest.mark.requirement("EVT-4")
def test_first_time_lets_one_of_many_callers_in_when_raced(database, round):
    barrier = Barrier(12)

    def race() -> bool:
        barrier.wait()
        return claim(database, "e-1")

    with ThreadPoolExecutor(12) as threads:
        outcomes = [future.result() for future in [threads.submit(race) for _ in range(12)]]
    assert sorted(outcomes) == [False] * 11 + [True]


def test_sweep_forgets_old_claims_alone(database):
    claim(database, "e-1")
    now = SystemClock().now()
    with database.transaction() as session:
        assert inbox.sweep(session, claimed_before=now - timedelta(days=60)) == 0
        assert inbox.sweep(session, claimed_before=now + timedelta(days=1)) == 1
    assert claim(database, "e-1") is True
