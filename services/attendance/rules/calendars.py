"""Which days are school days, and which school year a day belongs to."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

# A school year is counted from the first of July (Loi sur l'instruction publique, a. 13: « l'année scolaire débute le
# 1er juillet d'une année et se termine le 30 juin de l'année suivante »).
_FIRST_MONTH: Final = 7
_SATURDAY: Final = 5
# Longer than any summer: whoever looks for the next school day comes to an end.
_LONGEST_SEARCH: Final = 366


@dataclass(frozen=True, kw_only=True)
class SchoolYear:
    """What a school says of one of its years: its first and last day, and the weekdays without school."""

    first_on: date
    last_on: date
    days_off: frozenset[date] = field(default_factory=frozenset)

    def holds(self, day: date) -> bool:
        """Tell whether `day` is between its first and last days."""
        return self.first_on <= day <= self.last_on


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The school days of an organisation; a year of which it says nothing has school from Monday to Friday."""

    years: tuple[SchoolYear, ...] = ()

    def is_school_day(self, day: date) -> bool:
        """Tell whether there is school on `day`."""
        if day.weekday() >= _SATURDAY:
            return False
        told = [year for year in self.years if starts_on(year.first_on) == starts_on(day)]
        return not told or any(year.holds(day) and day not in year.days_off for year in told)

    def school_days(self, first_on: date, last_on: date) -> Iterator[date]:
        """Yield the school days from the one to the other, both included."""
        for distance in range((last_on - first_on).days + 1):
            day = first_on + timedelta(days=distance)
            if self.is_school_day(day):
                yield day

    def after(self, day: date, *, school_days: int) -> date:
        """Return the day that is so many school days after `day`; 0: the day itself.

        Where the calendar has no more school days within a year, the last day looked at: a deadline always comes.
        """
        found = day
        for _ in range(_LONGEST_SEARCH):
            if school_days <= 0:
                break
            found += timedelta(days=1)
            school_days -= self.is_school_day(found)
        return found


def starts_on(day: date) -> date:
    """Return the first day of the school year that `day` belongs to."""
    return date(day.year if day.month >= _FIRST_MONTH else day.year - 1, _FIRST_MONTH, 1)


def ends_on(day: date) -> date:
    """Return the last day of the school year that `day` belongs to."""
    return date(starts_on(day).year + 1, _FIRST_MONTH, 1) - timedelta(days=1)


def name(day: date) -> str:
    """Return the school year of `day` as people call it: `2026-2027`."""
    first = starts_on(day).year
    return f"{first}-{first + 1}"


def read_name(text: str) -> tuple[date, date] | None:
    """Return the first and last day of the school year called `2026-2027`, or None."""
    first, _, second = text.partition("-")
    is_year = all(len(part) == 4 and part.isascii() and part.isdigit() for part in (first, second))
    if not is_year or int(second) != int(first) + 1 or not 1900 <= int(first) <= 2199:
        return None
    begins = date(int(first), _FIRST_MONTH, 1)
    return begins, ends_on(begins)


def has_school(calendar: Calendar, first_on: date, last_on: date) -> bool:
    """Tell whether any of the days is a school day."""
    return any(True for _ in calendar.school_days(first_on, last_on))


def in_years(years: Collection[SchoolYear]) -> Calendar:
    """Return the calendar of these years, in their order."""
    return Calendar(years=tuple(sorted(years, key=lambda year: year.first_on)))
