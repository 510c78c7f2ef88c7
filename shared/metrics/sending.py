"""What a scrape is told of the letters that a service mails."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import DBAPIError

from shared import letters
from shared.clock import Clock
from shared.database import Database
from shared.metrics.tallies import LettersTally
from shared.metrics.telling import age


class LettersCollector:
    """What waits for the mail server, and what became of what was sent."""

    def __init__(self, *, database: Database, clock: Clock, tally: LettersTally) -> None:
        self._database = database
        self._clock = clock
        self._tally = tally
        self._waiting: int | None = None
        self._oldest_at: datetime | None = None

    def refresh(self) -> None:
        """Count what waits."""
        try:
            with self._database.read() as session:
                now = self._clock.now()
                self._waiting, oldest = letters.waiting(session, at=now)
                self._oldest_at = now - oldest if self._waiting else None
        except DBAPIError:
            self._waiting = None

    def collect(self) -> Iterator[Metric]:
        """Yield how many letters wait, how long the oldest has, and outcomes by kind."""
        if self._waiting is not None:
            yield GaugeMetricFamily("vitrail_letters_waiting", "Letters written and not yet mailed.", self._waiting)
            yield GaugeMetricFamily(
                "vitrail_letters_oldest_age_seconds",
                "How long the oldest of these has been waiting; 0 when there is none.",
                age(self._oldest_at, self._clock),
            )
        ends = CounterMetricFamily("vitrail_letters", "Letters by what became of them.", labels=["kind", "outcome"])
        for (kind, outcome), count in self._tally.outcomes.copy().items():
            ends.add_metric([kind, outcome], count)
        yield ends
