"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """The present moment as a test decides it: aware, in UTC, and moved by hand; a stand-in for `shared.clock`."""

    def __init__(self, start: datetime = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware moment")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment at which the clock stands."""
        return self._now

    def advance(self, span: timedelta) -> datetime:
        """Move forward by `span` and return the new moment; time does not run backwards."""
        if span < timedelta(0):
            raise ValueError("a clock only moves forward")
        self._now += span
        return self._now

    def move_to(self, moment: datetime) -> datetime:
        """Move forward to `moment` and return it."""
        self.advance(moment - self._now)
        return self._now
