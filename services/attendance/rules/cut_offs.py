"""Until when an absence can be motivated, and when its guardians are reminded (domain-facts C4, Deadlines)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from services.attendance.rules import local_time
from services.attendance.rules.calendars import Calendar


@dataclass(frozen=True, kw_only=True)
class CutOff:
    """So many school days after the day, at this hour; 0: the same day."""

    school_days: int
    at: time


# « Le lendemain matin, 10 h 40 »: the most exact of the public deadlines, and within the 24 hours of the others.
DEFAULT: Final = CutOff(school_days=1, at=time(10, 40))
# The evening before, for the default.
REMINDER_LEAD: Final = timedelta(hours=16)


def closes_at(moment: datetime, *, cut_off: CutOff, calendar: Calendar) -> datetime:
    """Return until when something that its guardians learned of at `moment` can be motivated.

    Where the hour has passed already on that very day, it is that of the next school day: nobody gets no time at all.
    """
    day = local_time.day_of(moment)
    closes = local_time.moment_of(calendar.after(day, school_days=cut_off.school_days), cut_off.at)
    if closes <= moment:
        closes = local_time.moment_of(calendar.after(day, school_days=cut_off.school_days + 1), cut_off.at)
    return closes


def reminder_at(closes: datetime) -> datetime:
    """Return from when on guardians are reminded of an absence that nobody has motivated."""
    return closes - REMINDER_LEAD
