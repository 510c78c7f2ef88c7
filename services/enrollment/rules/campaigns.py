"""Re-registration campaigns: when one is open, whom it concerns, when it reminds, and what can be answered (RR-01 to RR-03).

A window is days in Québec, the first and the last included. There are two answers. Whoever is undecided has not answered:
a third word would end the reminders, and leave the school without what it asks for.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from services.enrollment.rules import days

RETURNING: Final = "returning"
LEAVING: Final = "leaving"
ANSWERS: Final = (RETURNING, LEAVING)

# What the students without an answer are asked for by.
UNANSWERED: Final = "none"

OPEN: Final = "open"
UPCOMING: Final = "upcoming"
OVER: Final = "over"
NONE_PLANNED: Final = "none_planned"

_DAY: Final = timedelta(days=1)
# A window asks about one school year; a longer one has a typing error in it, and may end where no calendar goes.
LONGEST_WINDOW: Final = timedelta(days=366)
_SCHOOL_YEAR: Final = re.compile(r"([0-9]{4})-([0-9]{4})", re.ASCII)
# A school asks for the coming year, and sometimes for the one that runs; anything further is a typing error.
_YEARS_BEFORE: Final = 1
_YEARS_AFTER: Final = 2


@dataclass(frozen=True, kw_only=True)
class Window:
    """The days on which a campaign takes answers."""

    opens_on: date
    closes_on: date

    def holds(self, day: date) -> bool:
        """Tell whether answers are taken on a day."""
        return self.opens_on <= day <= self.closes_on

    def meets(self, other: "Window") -> bool:
        """Tell whether both take answers on some day."""
        return self.opens_on <= other.closes_on and other.opens_on <= self.closes_on

    @property
    def opens_at(self) -> datetime:
        """Return the first moment at which an answer is taken."""
        return days.begins_at(self.opens_on)

    @property
    def closes_at(self) -> datetime:
        """Return the first moment at which none is taken any more."""
        return days.begins_at(self.closes_on + _DAY)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whom a campaign concerns: students of these grades in these schools; None stands for all of them."""

    grades: Collection[str] | None = None
    school_ids: Collection[str] | None = None

    def concerns(self, *, grade: str | None, school_id: str | None) -> bool:
        """Tell whether a student is asked; one without a grade, or a school, is not where a campaign names some."""
        return _is_among(grade, self.grades) and _is_among(school_id, self.school_ids)

    def meets(self, other: "Reach") -> bool:
        """Tell whether some student could be concerned by both."""
        return _meet(self.grades, other.grades) and _meet(self.school_ids, other.school_ids)


AnyWindow = TypeVar("AnyWindow", bound=Window)


def nearest(windows: Iterable[AnyWindow], *, on: date) -> AnyWindow | None:
    """Return the window that a parent who comes on a closed day is told of: the next one, else the last one, else None."""
    known = list(windows)
    to_come = [window for window in known if window.opens_on > on]
    if to_come:
        return min(to_come, key=lambda window: window.opens_on)
    return max(known, key=lambda window: window.closes_on, default=None)


def occasion(window: Window | None, *, on: date) -> str:
    """Return why there is nothing to answer on a day: `upcoming`, `over` or `none_planned`; `window` is the nearest."""
    if window is None:
        return NONE_PLANNED
    return UPCOMING if window.opens_on > on else OVER


def reminds_on(window: Window, *, days_before: int | None) -> date | None:
    """Return the day on which whoever has not answered is reminded; None: nobody is.

    A window so short that the reminder would follow the first letter at once has none.
    """
    if days_before is None:
        return None
    day = window.closes_on - timedelta(days=days_before)
    return day if day > window.opens_on else None


def is_school_year(text: str, *, opens_on: date) -> bool:
    """Tell whether a text is a school year (« 2027-2028 ») that a window of that time can be about."""
    found = _SCHOOL_YEAR.fullmatch(text)
    if found is None:
        return False
    first, second = int(found[1]), int(found[2])
    return second == first + 1 and -_YEARS_BEFORE <= first - opens_on.year <= _YEARS_AFTER


def unfit(answer: str, *, leaving_to: str | None) -> list[str]:
    """Return the fields that contradict an answer: nobody who returns is leaving to anywhere."""
    return ["leaving_to"] if answer == RETURNING and leaving_to else []


def _is_among(value: str | None, named: Collection[str] | None) -> bool:
    return named is None or value in named


def _meet(some: Collection[str] | None, others: Collection[str] | None) -> bool:
    return some is None or others is None or bool(set(some) & set(others))
