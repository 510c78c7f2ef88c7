"""The days of invented schools around a day, so that a demonstration is as fresh as the day on which it is made."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

CONTENT: Final = Path(__file__).parent / "content"
# The last days of the three terms, and until when report cards are out (Régime pédagogique, a. 29.1: 20 November, 15 March, 10 July).
_TERM_ENDS: Final = ((11, 13), (2, 26), (6, 18))
_ISSUED_AFTER: Final = timedelta(days=7)
_SCHOOL_YEAR_BEGINS_IN: Final = 7
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A term that is over: which of the three, of which school year, and its days."""

    number: int
    school_year: str
    ends_on: date
    issued_on: date


class SchoolCalendar:
    """School days around `today`."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._years: list[dict[str, Any]] = tomllib.loads((CONTENT / "calendar.toml").read_text("utf-8"))["years"]
        begun = today.year if today.month >= _SCHOOL_YEAR_BEGINS_IN else today.year - 1
        # The year that is shown is one with a report card: this one, or in its first months the one before.
        self.begins_in = begun if _term(begun, 1).issued_on <= today else begun - 1

    @property
    def school_year(self) -> str:
        """Return the school year that is shown, as people call it."""
        return _name(self.begins_in)

    @property
    def days(self) -> list[dict[str, Any]]:
        """Return the school years whose days are known: the first and last school day of each, and its days off."""
        return self._years

    def terms(self) -> list[Term]:
        """Return the terms of the year that is shown whose report cards are out."""
        return [each for each in _terms(self.begins_in) if each.issued_on <= self.today]

    def terms_before(self) -> list[Term]:
        """Return the terms of the year before the one that is shown."""
        return _terms(self.begins_in - 1)

    def school_day(self, distance: int) -> date:
        """Return the school day so many school days after today, or before it; 0: today, or the next one."""
        step = -_DAY if distance < 0 else _DAY
        day, left = self.today, abs(distance)
        while not self._is_school_day(day) and distance >= 0:
            day += step
        while left:
            day += step
            left -= self._is_school_day(day)
        return day

    def day_off(self) -> date:
        """Return the next weekday without school."""
        off = [day for year in self._years for day in year["days_off"] if day > self.today]
        return min(off, default=self.school_day(15))

    def _is_school_day(self, day: date) -> bool:
        if day.weekday() > 4:
            return False
        known = [year for year in self._years if year["first_day"].year == day.year - (day.month < 7)]
        return all(year["first_day"] <= day <= year["last_day"] and day not in year["days_off"] for year in known)


def _terms(begins_in: int) -> list[Term]:
    return [_term(begins_in, number) for number in (1, 2, 3)]


def _term(begins_in: int, number: int) -> Term:
    month, day = _TERM_ENDS[number - 1]
    ends_on = date(begins_in + (month < _SCHOOL_YEAR_BEGINS_IN), month, day)
    return Term(number=number, school_year=_name(begins_in), ends_on=ends_on, issued_on=ends_on + _ISSUED_AFTER)


def _name(begins_in: int) -> str:
    return f"{begins_in}-{begins_in + 1}"
