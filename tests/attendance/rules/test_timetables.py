from datetime import time
from typing import Any

import pytest

from services.attendance.rules import timetables
from services.attendance.rules.timetables import Period, Span, Timetable, UnfitTimetable


def timetable(*periods: tuple[str, int, int], **overrides: Any) -> Timetable:
    made = tuple(Period(code=code, starts_at=time(start), ends_at=time(end)) for code, start, end in periods)
    return Timetable(**{"periods": made, "break_starts_at": time(12), "break_ends_at": time(13), **overrides})


def test_a_timetable_knows_its_day_and_its_break() -> None:
    made = timetable(("P1", 8, 10), ("P2", 10, 12), ("P3", 13, 15))
    assert (made.starts_at, made.ends_at) == (time(8), time(15))
    assert (made.day, made.midday) == (Span(480, 900), Span(720, 780))
    assert made.period("P2") == Period(code="P2", starts_at=time(10), ends_at=time(12))
    assert made.period("P9") is None


@pytest.mark.parametrize(
    ("periods", "overrides", "reason"),
    [
        ([], {}, timetables.NO_PERIOD),
        ([("P1", 8, 8)], {}, timetables.PERIOD_EMPTY),
        ([("P1", 10, 8)], {}, timetables.PERIOD_EMPTY),
        ([("P1", 8, 11), ("P2", 10, 15)], {}, timetables.PERIODS_OVERLAP),
        ([("P2", 13, 15), ("P1", 8, 12)], {}, timetables.PERIODS_OVERLAP),
        ([("P1", 8, 12), ("P1", 13, 15)], {}, timetables.CODE_TWICE),
        ([("P1", 8, 12), ("P2", 13, 15)], {"break_starts_at": time(8)}, timetables.BREAK_OUTSIDE),
        ([("P1", 8, 12), ("P2", 13, 15)], {"break_ends_at": time(15)}, timetables.BREAK_OUTSIDE),
        ([("P1", 8, 12), ("P2", 13, 15)], {"break_ends_at": time(11)}, timetables.BREAK_OUTSIDE),
    ],
)
def test_a_timetable_that_makes_no_sense_is_refused(
    periods: list[tuple[str, int, int]], overrides: dict[str, time], reason: str
) -> None:
    with pytest.raises(UnfitTimetable) as refused:
        timetable(*periods, **overrides)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("other", "meets", "holds"),
    [
        (Span(10, 20), True, True),
        (Span(12, 13), True, True),
        (Span(19, 30), True, False),
        (Span(20, 30), False, False),
        (Span(0, 10), False, False),
        (Span(0, 30), True, False),
    ],
)
def test_spans_end_before_their_last_minute(other: Span, meets: bool, holds: bool) -> None:
    assert (Span(10, 20).meets(other), Span(10, 20).holds(other)) == (meets, holds)


@pytest.mark.requirement("AT-06")
def test_half_past_twelve_is_in_the_break_of_a_school_that_has_told_nothing() -> None:
    assert timetables.DEFAULT.midday.holds(Span(12 * 60 + 30, 12 * 60 + 31))
