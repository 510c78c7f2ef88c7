from datetime import date

import pytest
from hypothesis import given, strategies as st

from services.attendance.rules import calendars
from services.attendance.rules.calendars import Calendar, SchoolYear

YEAR = SchoolYear(first_on=date(2026, 8, 31), last_on=date(2027, 6, 22), days_off=frozenset({date(2026, 9, 7)}))
TOLD = Calendar(years=(YEAR,))
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("calendar", "day", "is_school_day"),
    [
        (Calendar(), date(2026, 9, 4), True),
        (Calendar(), date(2026, 9, 5), False),
        (Calendar(), date(2026, 9, 6), False),
        (Calendar(), date(2026, 9, 7), True),
        (TOLD, date(2026, 9, 7), False),
        (TOLD, date(2026, 9, 8), True),
        (TOLD, date(2026, 8, 28), False),
        (TOLD, date(2026, 8, 31), True),
        (TOLD, date(2027, 6, 22), True),
        (TOLD, date(2027, 6, 23), False),
        # Nothing was told of the year before.
        (TOLD, date(2026, 6, 30), True),
    ],
)
def test_is_school_day(calendar: Calendar, day: date, is_school_day: bool) -> None:
    assert calendar.is_school_day(day) is is_school_day


def test_school_days_leaves_out_the_others() -> None:
    assert list(TOLD.school_days(date(2026, 9, 4), date(2026, 9, 9))) == [
        date(2026, 9, 4),
        date(2026, 9, 8),
        date(2026, 9, 9),
    ]
    assert list(TOLD.school_days(date(2026, 9, 9), date(2026, 9, 4))) == []
    assert not calendars.has_school(TOLD, date(2026, 9, 5), date(2026, 9, 7))


@pytest.mark.parametrize(
    ("day", "count", "found"),
    [
        (date(2026, 9, 4), 0, date(2026, 9, 4)),
        (date(2026, 9, 4), 1, date(2026, 9, 8)),
        (date(2026, 9, 5), 1, date(2026, 9, 8)),
        (date(2026, 9, 3), 2, date(2026, 9, 8)),
    ],
)
def test_after_counts_school_days(day: date, count: int, found: date) -> None:
    assert TOLD.after(day, school_days=count) == found


@given(day=DAYS)
def test_after_comes_to_an_end_where_there_is_no_school_at_all(day: date) -> None:
    years = [SchoolYear(first_on=date(year, 7, 1), last_on=date(year, 7, 1)) for year in range(2018, 2044)]
    nothing = calendars.in_years(years)
    assert 0 <= (nothing.after(day, school_days=3) - day).days <= 366


@pytest.mark.parametrize(
    ("day", "name"),
    [(date(2026, 6, 30), "2025-2026"), (date(2026, 7, 1), "2026-2027"), (date(2027, 1, 1), "2026-2027")],
)
def test_a_school_year_begins_in_july(day: date, name: str) -> None:
    assert calendars.name(day) == name


@given(day=DAYS)
def test_a_school_year_is_found_by_its_name(day: date) -> None:
    found = calendars.read_name(calendars.name(day))
    assert found == (calendars.starts_on(day), calendars.ends_on(day))
    assert calendars.starts_on(day) <= day <= calendars.ends_on(day)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-2028", "2026-27", "26-27", "2027-2026", "1800-1801", "２０２６-2027"]
)
def test_no_other_text_is_a_school_year(text: str) -> None:
    assert calendars.read_name(text) is None
