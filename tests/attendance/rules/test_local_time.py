from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, strategies as st

from services.attendance.rules import local_time


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        # The Saturday and the Monday around the change of the clocks, in spring and in autumn.
        (date(2026, 3, 7), time(8, 0), datetime(2026, 3, 7, 13, 0, tzinfo=UTC)),
        (date(2026, 3, 9), time(8, 0), datetime(2026, 3, 9, 12, 0, tzinfo=UTC)),
        (date(2026, 10, 31), time(8, 0), datetime(2026, 10, 31, 12, 0, tzinfo=UTC)),
        (date(2026, 11, 2), time(8, 0), datetime(2026, 11, 2, 13, 0, tzinfo=UTC)),
        # What the clocks skip, and what they show twice.
        (date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        (date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_moment_of_follows_the_clocks_of_quebec(day: date, at: time, moment: datetime) -> None:
    assert local_time.moment_of(day, at) == moment


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 16, 4, 59, tzinfo=UTC), date(2026, 1, 15)),
        (datetime(2026, 1, 16, 5, 0, tzinfo=UTC), date(2026, 1, 16)),
        (datetime(2026, 7, 1, 3, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_day_of_is_the_day_at_school(moment: datetime, day: date) -> None:
    assert local_time.day_of(moment) == day


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)), at=st.times(min_value=time(3, 0)))
def test_moment_of_is_on_its_day(day: date, at: time) -> None:
    moment = local_time.moment_of(day, at)
    assert (local_time.day_of(moment), moment.astimezone(local_time.ZONE).time()) == (day, at)


@pytest.mark.requirement("AT-06")
@pytest.mark.parametrize("text", ["12:30", "12h30", "12 h 30", " 12\u00a0h\u00a030 ", "12H30"])
def test_read_time_takes_what_parents_write(text: str) -> None:
    assert local_time.read_time(text) == time(12, 30)


@pytest.mark.parametrize("text", ["", "12", "24:00", "12:60", "12:30:15", "midi", "-1:00", "１２:30", "12.30"])
def test_read_time_takes_nothing_else(text: str) -> None:
    assert local_time.read_time(text) is None
