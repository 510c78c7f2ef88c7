"""School years, as people call them: `2026-2027`, from the first of July (Loi sur l'instruction publique, a. 13)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

import flask

from portal.languages import SCHOOLS
from portal.showing import now

FIRST_MONTH = 7
_NAME = re.compile(r"(19[0-9]{2}|2[01][0-9]{2})-([12][0-9]{3})", re.ASCII)


@dataclass(frozen=True)
class SchoolYears:
    """Which school year is shown, and those on either side that may be; empty: there is none."""

    shown: str
    earlier: str
    later: str


def today() -> date:
    """Return this day where the schools are."""
    return now().astimezone(SCHOOLS).date()


def present() -> str:
    """Return this school year."""
    return of(today())


def of(day: date) -> str:
    """Return the school year of a day."""
    first = day.year if day.month >= FIRST_MONTH else day.year - 1
    return f"{first}-{first + 1}"


def is_name(text: str) -> bool:
    """Tell whether `text` calls a school year."""
    found = _NAME.fullmatch(text)
    return found is not None and int(found[2]) == int(found[1]) + 1


def asked() -> str:
    """Return the school year that the address names, else this one."""
    named = flask.request.args.get("year", "")
    return named if is_name(named) else present()


def before(name: str) -> str:
    """Return the school year before one."""
    return of(day_before(name))


def next_of(name: str) -> str:
    """Return the school year after one."""
    first = int(name[:4]) + 1
    return f"{first}-{first + 1}"


def day_before(name: str) -> date:
    """Return the last day before a school year."""
    return date(int(name[:4]), FIRST_MONTH, 1) - timedelta(days=1)
