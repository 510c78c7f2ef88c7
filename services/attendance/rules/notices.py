"""What a parent announces: an absence, a late arrival or an early departure, on a day or on each of several (AT-04 to AT-06)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from services.attendance.rules import local_time
from services.attendance.rules.calendars import Calendar
from services.attendance.rules.timetables import Span, Timetable

FULL_DAY: Final = "full_day"
# « Arrivera en retard », « quittera plus tôt ».
LATE_ARRIVAL: Final = "late_arrival"
EARLY_DEPARTURE: Final = "early_departure"
TYPES: Final = (FULL_DAY, LATE_ARRIVAL, EARLY_DEPARTURE)

MORNING: Final = "morning"
AFTERNOON: Final = "afternoon"

# « Vers 12h30 » (AT-06): how far from the break a time may be and still mean it.
_ABOUT: Final = 15


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """A notice's type and days; `at` is when the child arrives or leaves, None for full days."""

    type: str
    first_on: date
    last_on: date
    at: time | None = None


def needs_time(type: str) -> bool:
    """Tell whether a notice of this type says a time of day."""
    return type != FULL_DAY


def half_day(announced: Announcement, timetable: Timetable) -> str | None:
    """Return which half of the day is missed, when it is just one: arriving, or leaving, around midday (AT-06)."""
    if announced.at is None:
        return None
    since, until = timetable.midday
    if not since - _ABOUT <= local_time.minutes(announced.at) <= until + _ABOUT:
        return None
    return MORNING if announced.type == LATE_ARRIVAL else AFTERNOON


def span(announced: Announcement, timetable: Timetable) -> Span:
    """Return which part of each of its days is announced to be missed.

    A half day is the whole half, whatever the minute that was given for it.
    """
    day, midday = timetable.day, timetable.midday
    if announced.at is None:
        return day
    at, is_half = local_time.minutes(announced.at), half_day(announced, timetable) is not None
    if announced.type == LATE_ARRIVAL:
        return Span(day.since, max(at, midday.since) if is_half else at)
    return Span(min(at, midday.until) if is_half else at, day.until)


def is_within_day(announced: Announcement, timetable: Timetable) -> bool:
    """Tell whether something of the school day is missed, and something of it attended unless whole days are announced."""
    if announced.at is None:
        return True
    day = timetable.day
    return day.since < local_time.minutes(announced.at) < day.until


def overlap(one: Announcement, other: Announcement, *, timetable: Timetable, calendar: Calendar) -> bool:
    """Tell whether both announce the same minute of a school day."""
    first_on, last_on = max(one.first_on, other.first_on), min(one.last_on, other.last_on)
    if first_on > last_on or not span(one, timetable).meets(span(other, timetable)):
        return False
    return next(calendar.school_days(first_on, last_on), None) is not None


def begins_at(announced: Announcement, *, timetable: Timetable, calendar: Calendar) -> datetime:
    """Return the moment at which what is announced begins; from then on a notice cannot be withdrawn."""
    leaves_at = announced.at if announced.type == EARLY_DEPARTURE else None
    return local_time.moment_of(_first_day(announced, calendar), leaves_at or timetable.starts_at)


def deadline(
    announced: Announcement, *, timetable: Timetable, calendar: Calendar, same_day_until: time | None
) -> datetime:
    """Return the moment from which it is too late to announce it.

    Nobody announces an arrival or a departure that has been, nor a day that is over; `same_day_until` is the hour after which
    a school takes nothing more for the day itself.
    """
    day = _first_day(announced, calendar)
    latest = announced.at or timetable.ends_at
    if same_day_until is not None:
        latest = min(latest, same_day_until)
    return local_time.moment_of(day, latest)


def _first_day(announced: Announcement, calendar: Calendar) -> date:
    return next(calendar.school_days(announced.first_on, announced.last_on), announced.first_on)
