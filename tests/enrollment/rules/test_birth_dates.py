from datetime import date

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
