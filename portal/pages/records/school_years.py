"""School years, as people call them: `2026-2027`, from the first of July (Loi sur l'instruction publique, a. 13)."""

import re
from datetime import date, timedelta

from portal.languages import SCHOOLS
from portal.showing import now

_FIRST_MONTH = 7
_NAME = re.compile(r"(19[0-9]{2}|2[01][0-9]{2})-([12][0-9]{3})", re.ASCII)


def today() -> date:
    """Return this day where the schools are."""
    return now().astimezone(SCHOOLS).date()


def present() -> str:
    """Return this school year."""
    return of(today())


def of(day: date) -> str:
    """Return the school year of a day."""
    first = day.year if day.month >= _FIRST_MONTH else day.year - 1
    return f"{first}-{first + 1}"


def is_name(text: str) -> bool:
    """Tell whether `text` calls a school year."""
    found = _NAME.fullmatch(text)
    return found is not None and int(found[2]) == int(found[1]) + 1


def next_of(name: str) -> str:
    """Return the school year after one."""
    first = int(name[:4]) + 1
    return f"{first}-{first + 1}"


def day_before(name: str) -> date:
    """Return the last day before a school year."""
    return date(int(name[:4]), _FIRST_MONTH, 1) - timedelta(days=1)
