"""Dates of birth that a student can have (EN-10, XC-06, CHD-10)."""

from datetime import date


def is_possible(birth_on: date, *, on: date, oldest: int) -> bool:
    """Tell whether somebody born on `birth_on` can be a student on the day `on`: born by then, at most `oldest` years old."""
    # The 29th of February has its birthday on the 1st of March in other years; tuples compare without such a date.
    had_birthday = (birth_on.month, birth_on.day) <= (on.month, on.day)
    age = on.year - birth_on.year - (0 if had_birthday else 1)
    return birth_on <= on and age <= oldest
