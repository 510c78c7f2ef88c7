from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, strategies as st

from services.attendance.rules import notices, timetables
from services.attendance.rules.calendars import Calendar, SchoolYear
from services.attendance.rules.notices import EARLY_DEPARTURE, FULL_DAY, LATE_ARRIVAL, Announcement
from services.attendance.rules.timetables import Period, Span, Timetable
from tests.support.timetables import SCHOOL

MONDAY = date(2026, 9, 14)
ALWAYS = Calendar()
# One that rings for lunch after half past twelve.
LATE_LUNCH = Timetable(
    periods=(
        Period(code="AM", starts_at=time(9, 0), ends_at=time(12, 40)),
        Period(code="PM", starts_at=time(13, 40), ends_at=time(16, 0)),
    ),
    break_starts_at=time(12, 40),
    break_ends_at=time(13, 40),
)
TIMES = st.times(min_value=time(7), max_value=time(17)).map(lambda at: at.replace(second=0, microsecond=0))


def announced(type: str, at: time | None = None, first_on: date = MONDAY, last_on: date | None = None) -> Announcement:
    return Announcement(type=type, first_on=first_on, last_on=last_on or first_on, at=at)


@st.composite
def announcements(draw: st.DrawFn) -> Announcement:
    type_ = draw(st.sampled_from(notices.TYPES))
    first_on = draw(st.dates(MONDAY, date(2026, 9, 30)))
    length = draw(st.integers(0, 5))
    last_on = date.fromordinal(first_on.toordinal() + length)
    return announced(type_, draw(TIMES) if notices.needs_time(type_) else None, first_on, last_on)


@pytest.mark.requirement("AT-06")
@pytest.mark.parametrize(
    "timetable", [timetables.DEFAULT, SCHOOL, LATE_LUNCH], ids=["told nothing", "periods", "late lunch"]
)
def test_half_past_twelve_is_the_morning_of_who_arrives_and_the_afternoon_of_who_leaves(timetable: Timetable) -> None:
    arrives, leaves = announced(LATE_ARRIVAL, time(12, 30)), announced(EARLY_DEPARTURE, time(12, 30))
    assert notices.half_day(arrives, timetable) == notices.MORNING
    assert notices.half_day(leaves, timetable) == notices.AFTERNOON
    for period in timetable.periods:
        is_morning = period.ends_at <= timetable.break_starts_at
        assert notices.span(arrives, timetable).holds(period.span) is is_morning
        assert notices.span(leaves, timetable).holds(period.span) is not is_morning


@pytest.mark.requirement("AT-06")
@pytest.mark.parametrize(
    ("at", "half"), [(time(11, 9), None), (time(11, 10), "morning"), (time(12, 55), "morning"), (time(12, 56), None)]
)
def test_about_midday_is_a_quarter_of_an_hour(at: time, half: str | None) -> None:
    assert notices.half_day(announced(LATE_ARRIVAL, at), SCHOOL) == half


@pytest.mark.requirement("AT-05")
@pytest.mark.parametrize(
    ("announcement", "span"),
    [
        (announced(FULL_DAY), Span(520, 925)),
        (announced(LATE_ARRIVAL, time(10, 0)), Span(520, 600)),
        (announced(EARLY_DEPARTURE, time(14, 0)), Span(840, 925)),
        (announced(LATE_ARRIVAL, time(12, 50)), Span(520, 770)),
        (announced(EARLY_DEPARTURE, time(11, 20)), Span(680, 925)),
    ],
)
def test_span_is_what_is_missed(announcement: Announcement, span: Span) -> None:
    assert notices.span(announcement, SCHOOL) == span


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (announced(FULL_DAY), announced(FULL_DAY), True),
        (announced(FULL_DAY), announced(LATE_ARRIVAL, time(9)), True),
        (announced(LATE_ARRIVAL, time(10)), announced(EARLY_DEPARTURE, time(14)), False),
        (announced(LATE_ARRIVAL, time(14)), announced(EARLY_DEPARTURE, time(10)), True),
        # Arriving and leaving around midday is a whole day told in two halves.
        (announced(LATE_ARRIVAL, time(12, 30)), announced(EARLY_DEPARTURE, time(12, 30)), False),
        (announced(FULL_DAY), announced(FULL_DAY, first_on=date(2026, 9, 15)), False),
        (announced(FULL_DAY, last_on=date(2026, 9, 16)), announced(FULL_DAY, first_on=date(2026, 9, 16)), True),
        # They share a Saturday alone.
        (
            announced(FULL_DAY, first_on=date(2026, 9, 17), last_on=date(2026, 9, 19)),
            announced(FULL_DAY, first_on=date(2026, 9, 19), last_on=date(2026, 9, 22)),
            False,
        ),
    ],
)
def test_overlap(one: Announcement, other: Announcement, meet: bool) -> None:
    assert notices.overlap(one, other, timetable=SCHOOL, calendar=ALWAYS) is meet


@given(one=announcements(), other=announcements())
def test_overlap_is_the_same_from_both_sides(one: Announcement, other: Announcement) -> None:
    there = notices.overlap(one, other, timetable=SCHOOL, calendar=ALWAYS)
    assert notices.overlap(other, one, timetable=SCHOOL, calendar=ALWAYS) is there


@given(one=announcements())
def test_a_notice_misses_a_part_of_the_day_it_speaks_of(one: Announcement) -> None:
    span = notices.span(one, SCHOOL)
    assert notices.is_within_day(one, SCHOOL) is False or (SCHOOL.day.holds(span) and span.since < span.until)


@pytest.mark.parametrize(
    ("announcement", "begins"),
    [
        (announced(FULL_DAY), datetime(2026, 9, 14, 12, 40, tzinfo=UTC)),
        (announced(LATE_ARRIVAL, time(10)), datetime(2026, 9, 14, 12, 40, tzinfo=UTC)),
        (announced(EARLY_DEPARTURE, time(14)), datetime(2026, 9, 14, 18, 0, tzinfo=UTC)),
        # From a Saturday on: it begins with the Monday.
        (
            announced(FULL_DAY, first_on=date(2026, 9, 12), last_on=MONDAY),
            datetime(2026, 9, 14, 12, 40, tzinfo=UTC),
        ),
        # After the clocks have gone back.
        (announced(FULL_DAY, first_on=date(2026, 11, 2)), datetime(2026, 11, 2, 13, 40, tzinfo=UTC)),
    ],
)
def test_begins_at(announcement: Announcement, begins: datetime) -> None:
    assert notices.begins_at(announcement, timetable=SCHOOL, calendar=ALWAYS) == begins


@pytest.mark.parametrize(
    ("announcement", "same_day_until", "latest"),
    [
        (announced(FULL_DAY), None, datetime(2026, 9, 14, 19, 25, tzinfo=UTC)),
        (announced(FULL_DAY), time(9), datetime(2026, 9, 14, 13, 0, tzinfo=UTC)),
        (announced(LATE_ARRIVAL, time(10)), None, datetime(2026, 9, 14, 14, 0, tzinfo=UTC)),
        (announced(LATE_ARRIVAL, time(10)), time(12), datetime(2026, 9, 14, 14, 0, tzinfo=UTC)),
        (announced(EARLY_DEPARTURE, time(14)), time(12), datetime(2026, 9, 14, 16, 0, tzinfo=UTC)),
    ],
)
def test_deadline(announcement: Announcement, same_day_until: time | None, latest: datetime) -> None:
    found = notices.deadline(announcement, timetable=SCHOOL, calendar=ALWAYS, same_day_until=same_day_until)
    assert found == latest


def test_days_without_school_begin_nothing() -> None:
    holidays = Calendar(
        years=(SchoolYear(first_on=date(2026, 8, 31), last_on=date(2027, 6, 22), days_off=frozenset({MONDAY})),)
    )
    through = announced(FULL_DAY, last_on=date(2026, 9, 15))
    begins = notices.begins_at(through, timetable=SCHOOL, calendar=holidays)
    assert begins == datetime(2026, 9, 15, 12, 40, tzinfo=UTC)
