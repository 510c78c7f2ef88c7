"""A school's bell times: the periods of a day, and the midday break that makes two halves of it (AT-06)."""

from dataclasses import dataclass
from datetime import time
from itertools import pairwise
from typing import Final, NamedTuple

from services.attendance.rules.local_time import minutes

# Why bell times make no sense.
NO_PERIOD: Final = "no_period"
PERIODS_OVERLAP: Final = "periods_overlap"
PERIOD_EMPTY: Final = "period_empty"
CODE_TWICE: Final = "code_twice"
BREAK_OUTSIDE: Final = "break_outside"


class UnfitTimetable(ValueError):
    """Bell times that make no sense; `reason` is one of the words above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Span(NamedTuple):
    """A part of a day, in minutes from midnight; `until` is no longer part of it."""

    since: int
    until: int

    def meets(self, other: "Span") -> bool:
        """Tell whether the two have a minute in common."""
        return max(self.since, other.since) < min(self.until, other.until)

    def holds(self, other: "Span") -> bool:
        """Tell whether all of `other` is part of this one."""
        return self.since <= other.since and other.until <= self.until


@dataclass(frozen=True, kw_only=True)
class Period:
    """A lesson, or where a school counts in halves, a half day."""

    code: str
    starts_at: time
    ends_at: time

    @property
    def span(self) -> Span:
        """Return the minutes that it takes."""
        return Span(minutes(self.starts_at), minutes(self.ends_at))


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """The bell times of a school day.

    Raises UnfitTimetable when there is no period, one ends before it starts, two overlap or have one code, or the break
    is not within the day.
    """

    periods: tuple[Period, ...]
    break_starts_at: time
    break_ends_at: time

    def __post_init__(self) -> None:
        if not self.periods:
            raise UnfitTimetable(NO_PERIOD)
        if any(period.starts_at >= period.ends_at for period in self.periods):
            raise UnfitTimetable(PERIOD_EMPTY)
        if any(before.ends_at > after.starts_at for before, after in pairwise(self.periods)):
            raise UnfitTimetable(PERIODS_OVERLAP)
        if len({period.code for period in self.periods}) < len(self.periods):
            raise UnfitTimetable(CODE_TWICE)
        if not self.starts_at < self.break_starts_at <= self.break_ends_at < self.ends_at:
            raise UnfitTimetable(BREAK_OUTSIDE)

    @property
    def starts_at(self) -> time:
        """Return the first bell."""
        return self.periods[0].starts_at

    @property
    def ends_at(self) -> time:
        """Return the last bell."""
        return self.periods[-1].ends_at

    @property
    def day(self) -> Span:
        """Return the whole school day."""
        return Span(minutes(self.starts_at), minutes(self.ends_at))

    @property
    def midday(self) -> Span:
        """Return the break between morning and afternoon; a school without one has an empty span."""
        return Span(minutes(self.break_starts_at), minutes(self.break_ends_at))

    def period(self, code: str) -> Period | None:
        """Return the period of this code, or None."""
        return next((period for period in self.periods if period.code == code), None)


# For a school that has not told its own: two halves, and a break that « vers 12h30 » falls into (AT-06).
DEFAULT: Final = Timetable(
    periods=(
        Period(code="AM", starts_at=time(8, 0), ends_at=time(11, 45)),
        Period(code="PM", starts_at=time(13, 0), ends_at=time(15, 30)),
    ),
    break_starts_at=time(11, 45),
    break_ends_at=time(13, 0),
)
