from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from services.enrollment.rules import days


@pytest.mark.requirement("RR-01")
@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2027, 1, 11, 4, 59, 59, 999_999, tzinfo=UTC), date(2027, 1, 10)),
        (datetime(2027, 1, 11, 5, tzinfo=UTC), date(2027, 1, 11)),
        (datetime(2027, 7, 1, 3, 59, 59, tzinfo=UTC), date(2027, 6, 30)),
        (datetime(2027, 7, 1, 4, tzinfo=UTC), date(2027, 7, 1)),
    ],
)
def test_today_turns_at_midnight_in_quebec_winter_and_summer(moment: datetime, day: date) -> None:
    assert days.today(moment) == day


@pytest.mark.requirement("RR-01")
@pytest.mark.parametrize(
    ("day", "begins_at", "hours"),
    [
        (date(2027, 3, 14), datetime(2027, 3, 14, 5, tzinfo=UTC), 23),
        (date(2027, 11, 7), datetime(2027, 11, 7, 4, tzinfo=UTC), 25),
        (date(2027, 1, 11), datetime(2027, 1, 11, 5, tzinfo=UTC), 24),
    ],
)
def test_a_day_on_which_the_clock_changes_is_shorter_or_longer(day: date, begins_at: datetime, hours: int) -> None:
    assert days.begins_at(day) == begins_at
    assert days.begins_at(day + timedelta(days=1)) - begins_at == timedelta(hours=hours)


@pytest.mark.requirement("RR-01")
@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31)))
def test_a_day_is_on_from_its_beginning_to_the_next_one(day: date) -> None:
    first, next_one = days.begins_at(day), days.begins_at(day + timedelta(days=1))
    moments = (first - timedelta(microseconds=1), first, next_one - timedelta(microseconds=1), next_one)
    assert [days.today(moment) == day for moment in moments] == [False, True, True, False]
