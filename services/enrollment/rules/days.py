"""Which day it is in Québec, and when a day begins there.

By the clock that people live by, with its changes in March and November: a window that a board sets from a day to a day
opens and closes at their midnight (RR-01).
"""

from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

QUEBEC: Final = ZoneInfo("America/Toronto")


def today(now: datetime) -> date:
    """Return the day in Québec at a moment."""
    return now.astimezone(QUEBEC).date()


def begins_at(day: date) -> datetime:
    """Return the moment at which a day begins in Québec; the clock never changes at midnight, so there is one."""
    return datetime.combine(day, time(), tzinfo=QUEBEC).astimezone(UTC)
