from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from services.enrollment.rules import campaigns, days
from services.enrollment.rules.campaigns import Reach, Window

JANUARY = Window(opens_on=date(2027, 1, 11), closes_on=date(2027, 2, 5))
MARCH = Window(opens_on=date(2027, 3, 14), closes_on=date(2027, 3, 14))
DAYS = st.dates(min_value=date(2025, 1, 1), max_value=date(2030, 12, 31))
WINDOWS = st.tuples(DAYS, DAYS).map(lambda ends: Window(opens_on=min(ends), closes_on=max(ends)))
WORDS = st.none() | st.sets(st.sampled_from("abc"), min_size=1)


@pytest.mark.requirement("RR-01", "RR-03")
@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2027, 1, 10), False),
        (date(2027, 1, 11), True),
        (date(2027, 2, 5), True),
        (date(2027, 2, 6), False),
    ],
)
def test_a_window_holds_its_first_and_last_day(day: date, is_open: bool) -> None:
    assert JANUARY.holds(day) is is_open


@pytest.mark.requirement("RR-01")
def test_a_window_of_the_day_of_the_clock_change_is_23_hours() -> None:
    assert MARCH.opens_at == datetime(2027, 3, 14, 5, tzinfo=UTC)
    assert MARCH.closes_at == datetime(2027, 3, 15, 4, tzinfo=UTC)


@pytest.mark.requirement("RR-01", "RR-03")
@given(WINDOWS, st.datetimes(datetime(2024, 12, 31), datetime(2031, 1, 1), timezones=st.just(UTC)))
def test_a_moment_is_in_the_window_exactly_when_its_day_is(window: Window, moment: datetime) -> None:
    assert (window.opens_at <= moment < window.closes_at) == window.holds(days.today(moment))


@given(WINDOWS, WINDOWS)
def test_two_windows_meet_exactly_when_some_day_is_in_both(one: Window, other: Window) -> None:
    last_start = max(one.opens_on, other.opens_on)
    assert one.meets(other) == other.meets(one) == (one.holds(last_start) and other.holds(last_start))


@given(WORDS, WORDS, WORDS, WORDS)
def test_two_campaigns_meet_exactly_when_some_student_is_concerned_by_both(
    grades: set[str] | None, schools: set[str] | None, other_grades: set[str] | None, other_schools: set[str] | None
) -> None:
    one, other = Reach(grades=grades, school_ids=schools), Reach(grades=other_grades, school_ids=other_schools)
    students = [(grade, school) for grade in (*"abcd", None) for school in (*"abcd", None)]
    both = [
        each for each in students if all(reach.concerns(grade=each[0], school_id=each[1]) for reach in (one, other))
    ]
    assert one.meets(other) == other.meets(one) == bool(both)


@pytest.mark.parametrize(
    ("reach", "is_concerned"),
    [
        (Reach(), True),
        (Reach(grades=["05", "06"]), True),
        (Reach(grades=["06"]), False),
        (Reach(school_ids=["s1"]), True),
        (Reach(school_ids=["s2"]), False),
        (Reach(grades=["05"], school_ids=["s2"]), False),
    ],
)
def test_reach_is_of_grades_and_schools(reach: Reach, is_concerned: bool) -> None:
    assert reach.concerns(grade="05", school_id="s1") is is_concerned


def test_reach_leaves_out_a_student_of_whom_the_file_does_not_say_it() -> None:
    assert not Reach(grades=["05"]).concerns(grade=None, school_id="s1")
    assert not Reach(school_ids=["s1"]).concerns(grade="05", school_id=None)
    assert Reach().concerns(grade=None, school_id=None)


@pytest.mark.requirement("RR-03")
@pytest.mark.parametrize(
    ("day", "nearest", "occasion"),
    [
        (date(2026, 12, 1), JANUARY, campaigns.UPCOMING),
        (date(2027, 2, 6), MARCH, campaigns.UPCOMING),
        (date(2027, 3, 15), MARCH, campaigns.OVER),
    ],
)
def test_nearest_is_the_next_window_or_else_the_last(day: date, nearest: Window, occasion: str) -> None:
    found = campaigns.nearest([MARCH, JANUARY], on=day)
    assert (found, campaigns.occasion(found, on=day)) == (nearest, occasion)


@pytest.mark.requirement("RR-03")
def test_nearest_is_none_where_nothing_is_planned() -> None:
    assert campaigns.nearest([], on=date(2027, 1, 1)) is None
    assert campaigns.occasion(None, on=date(2027, 1, 1)) == campaigns.NONE_PLANNED


@pytest.mark.requirement("RR-02")
@pytest.mark.parametrize(
    ("days_before", "day"),
    [
        (7, date(2027, 1, 29)),
        (1, date(2027, 2, 4)),
        (24, date(2027, 1, 12)),
        # It would follow the first letter at once.
        (25, None),
        (60, None),
        (None, None),
    ],
)
def test_reminds_on_is_some_days_before_the_end(days_before: int | None, day: date | None) -> None:
    assert campaigns.reminds_on(JANUARY, days_before=days_before) == day


@given(WINDOWS, st.integers(min_value=1, max_value=400))
def test_reminds_on_is_within_the_window_and_never_its_first_day(window: Window, days_before: int) -> None:
    day = campaigns.reminds_on(window, days_before=days_before)
    assert day is None or (window.holds(day) and day > window.opens_on)
    assert (day is None) == (window.closes_on - timedelta(days=days_before) <= window.opens_on)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("2026-2027", True),
        ("2027-2028", True),
        ("2029-2030", True),
        ("2030-2031", False),
        ("2025-2026", False),
        ("2027-2029", False),
        ("2028-2027", False),
        ("2027", False),
        ("27-28", False),
        ("2027–2028", False),
        (" 2027-2028", False),
        ("٢٠٢٧-٢٠٢٨", False),
    ],
)
def test_a_school_year_is_one_after_the_other_and_close_to_the_window(text: str, is_one: bool) -> None:
    assert campaigns.is_school_year(text, opens_on=date(2027, 1, 11)) is is_one


@pytest.mark.parametrize(
    ("answer", "leaving_to", "unfit"),
    [
        (campaigns.RETURNING, None, []),
        (campaigns.RETURNING, "", []),
        (campaigns.RETURNING, "Rimouski", ["leaving_to"]),
        (campaigns.LEAVING, "Rimouski", []),
        (campaigns.LEAVING, None, []),
    ],
)
def test_nobody_who_returns_leaves_to_anywhere(answer: str, leaving_to: str | None, unfit: list[str]) -> None:
    assert campaigns.unfit(answer, leaving_to=leaving_to) == unfit
