"""Days in the words of a language: « 1er mars 2027 », "March 1, 2027"."""

from datetime import date
from typing import Final

NO_BREAK: Final = "\u00a0"
_MONTHS: Final = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


def say(day: date, *, language: str) -> str:
    """Return a day as people write it in `language`, without an article; the day and the month are not torn apart."""
    month = _MONTHS[language][day.month - 1]
    if language == "fr":
        number = "1er" if day.day == 1 else str(day.day)
        return f"{number}{NO_BREAK}{month} {day.year}"
    return f"{month}{NO_BREAK}{day.day}, {day.year}"
