"""Days and times of day where the schools are: America/Toronto, with its changes of the clock.

Nearly all of Québec keeps this zone; the Magdalen Islands and the Lower North Shore keep another, and no school system
says so. A time of day is counted in minutes from midnight as the school's clock shows it.
"""

import re
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("America/Toronto")
# « 12h30 » and « 12 h 30 » are how a parent writes it, 12:30 how a form sends it.
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3])[ \u00a0\u202f]?[:hH][ \u00a0\u202f]?([0-5][0-9])", re.ASCII)


def day_of(moment: datetime) -> date:
    """Return the day that it is at school at `moment`."""
    return moment.astimezone(ZONE).date()


def moment_of(day: date, at: time) -> datetime:
    """Return the moment, in UTC, at which the school's clock shows `at` on `day`.

    A time that the clocks skip in March is the moment as long after the change; one that comes twice in November is the
    first.
    """
    return datetime.combine(day, at, tzinfo=ZONE).astimezone(UTC)


def minutes(at: time) -> int:
    """Return the minutes from midnight; what is below a minute is cut off."""
    return at.hour * 60 + at.minute


def read_time(text: str) -> time | None:
    """Return the time of day that `text` says (`12:30`, `12h30`), or None."""
    found = _TIME.fullmatch(text.strip())
    return time(int(found[1]), int(found[2])) if found else None
