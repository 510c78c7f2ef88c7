from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, strategies as st

from services.attendance.rules import cut_offs
from services.attendance.rules.calendars import Calendar
from services.attendance.rules.cut_offs import CutOff

ALWAYS = Calendar()


@pytest.mark.parametrize(
    ("moment", "cut_off", "closes"),
    [
        # Monday morning: Tuesday, 10:40.
        (datetime(2026, 9, 14, 13, 0, tzinfo=UTC), cut_offs.DEFAULT, datetime(2026, 9, 15, 14, 40, tzinfo=UTC)),
        # Friday: Monday.
        (datetime(2026, 9, 18, 13, 0, tzinfo=UTC), cut_offs.DEFAULT, datetime(2026, 9, 21, 14, 40, tzinfo=UTC)),
        # The clocks go back between the two.
        (datetime(2026, 10, 30, 13, 0, tzinfo=UTC), cut_offs.DEFAULT, datetime(2026, 11, 2, 15, 40, tzinfo=UTC)),
        (
            datetime(2026, 9, 14, 13, 0, tzinfo=UTC),
            CutOff(school_days=0, at=time(16)),
            datetime(2026, 9, 14, 20, 0, tzinfo=UTC),
        ),
        # Told after the hour of that day: the next school day's.
        (
            datetime(2026, 9, 14, 20, 0, tzinfo=UTC),
            CutOff(school_days=0, at=time(16)),
            datetime(2026, 9, 15, 20, 0, tzinfo=UTC),
        ),
    ],
)
def test_closes_at(moment: datetime, cut_off: CutOff, closes: datetime) -> None:
    assert cut_offs.closes_at(moment, cut_off=cut_off, calendar=ALWAYS) == closes


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    school_days=st.integers(0, 5),
    at=st.times(),
)
def test_guardians_always_have_some_time(moment: datetime, school_days: int, at: time) -> None:
    closes = cut_offs.closes_at(moment, cut_off=CutOff(school_days=school_days, at=at), calendar=ALWAYS)
    assert closes > moment
    assert cut_offs.reminder_at(closes) < closes


def test_the_default_reminds_on_the_evening_before() -> None:
    closes = cut_offs.closes_at(datetime(2026, 9, 14, 13, tzinfo=UTC), cut_off=cut_offs.DEFAULT, calendar=ALWAYS)
    assert closes - cut_offs.reminder_at(closes) == timedelta(hours=16)
    assert cut_offs.reminder_at(closes).date() == date(2026, 9, 14)
