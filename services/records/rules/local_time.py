"""Days where the schools are: America/Toronto, with its changes of the clock."""

from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("America/Toronto")


def day_of(moment: datetime) -> date:
    """Return the day that it is at school at `moment`."""
    return moment.astimezone(ZONE).date()


def begins_at(day: date) -> datetime:
    """Return the moment, in UTC, at which `day` begins at school."""
    return datetime.combine(day, time(), tzinfo=ZONE).astimezone(UTC)
