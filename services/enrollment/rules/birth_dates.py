"""Dates of birth that a student can have, and what day it is in Québec (EN-10, XC-06, CHD-10)."""

from datetime import date, datetime, timedelta, timezone
from typing import Final

# Eastern standard time the whole year: in summer the day turns an hour late, and no table of time zones is needed.
QUEBEC: Final = timezone(timedelta(hours=-5), "EST")


def today(now: datetime) -> date:
    """Return the day in Québec at a moment."""
    return now.astimezone(QUEBEC).date()


def is_possible(birth_on: date, *, on: date, oldest: int) -> bool:
    """Tell whether somebody born on `birth_on` can be a student on the day `on`: born by then, at most `oldest` years old."""
    # The 29th of February has its birthday on the 1st of March in other years; tuples compare without such a date.
    had_birthday = (birth_on.month, birth_on.day) <= (on.month, on.day)
    age = on.year - birth_on.year - (0 if had_birthday else 1)
    return birth_on <= on and age <= oldest
