from datetime import UTC, date, datetime

import pytest

from services.enrollment.rules import birth_dates

TODAY = date(2026, 1, 15)


@pytest.mark.requirement("CHD-10")
@pytest.mark.parametrize(
    ("born", "is_possible"),
    [
        (date(2026, 1, 15), True),
        (date(2026, 1, 16), False),
        (date(2014, 3, 9), True),
        (date(2004, 1, 15), True),
        (date(2003, 1, 16), True),
        (date(2003, 1, 15), False),
        (date(1980, 6, 1), False),
        (date(1, 1, 1), False),
        (date(9999, 12, 31), False),
    ],
)
def test_is_possible_knows_who_can_be_a_student(born: date, is_possible: bool) -> None:
    assert birth_dates.is_possible(born, on=TODAY, oldest=22) is is_possible


def test_is_possible_takes_a_leap_day() -> None:
    assert birth_dates.is_possible(date(2004, 2, 29), on=date(2027, 2, 28), oldest=22)
    assert not birth_dates.is_possible(date(2004, 2, 29), on=date(2027, 3, 1), oldest=22)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 15, 4, 59, tzinfo=UTC), date(2026, 1, 14)),
        (datetime(2026, 1, 15, 5, 0, tzinfo=UTC), date(2026, 1, 15)),
    ],
)
def test_today_is_the_day_in_quebec(moment: datetime, day: date) -> None:
    assert birth_dates.today(moment) == day
