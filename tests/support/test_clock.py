from datetime import UTC, datetime, timedelta

import pytest

from tests.support.clock import FakeClock


def test_advance_moves_the_clock_and_nothing_else_does(clock: FakeClock) -> None:
    before = clock.now()
    assert clock.now() == before
    clock.advance(timedelta(minutes=10))
    assert clock.now() - before == timedelta(minutes=10)


def test_move_to_sets_the_moment(clock: FakeClock) -> None:
    assert clock.move_to(datetime(2026, 9, 1, tzinfo=UTC)) == clock.now() == datetime(2026, 9, 1, tzinfo=UTC)


def test_advance_refuses_to_go_back(clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))


def test_a_clock_refuses_a_naive_start() -> None:
    with pytest.raises(ValueError, match="aware"):
        FakeClock(datetime(2026, 1, 1))
