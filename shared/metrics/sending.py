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
        self._waiting: letters.Waiting | None = None
        self._oldest_at: datetime | None = None

    def refresh(self) -> None:
        """Count what waits."""
        try:
            with self._database.read() as session:
                now = self._clock.now()
                self._waiting = letters.waiting(session, at=now)
                self._oldest_at = now - self._waiting.oldest
        except DBAPIError:
            self._waiting = None

    def collect(self) -> Iterator[Metric]:
        """Yield how many letters wait, how long the oldest has, and outcomes by kind."""
        if self._waiting is not None:
            yield from self._told(self._waiting)
        ends = CounterMetricFamily("vitrail_letters", "Letters by what became of them.", labels=["kind", "outcome"])
        for (kind, outcome), count in self._tally.outcomes.copy().items():
            ends.add_metric([kind, outcome], count)
        yield ends

    def _told(self, waiting: letters.Waiting) -> Iterator[Metric]:
        yield GaugeMetricFamily("vitrail_letters_waiting", "Letters written and not yet mailed.", waiting.count)
        # What did not wait when it was counted does not grow older until it is counted again.
        oldest = age(self._oldest_at, self._clock) if waiting.oldest else 0.0
        yield GaugeMetricFamily(
            "vitrail_letters_oldest_age_seconds",
            "How long the oldest of these has been waiting that no mail server has put off; 0 when there is none.",
            oldest,
        )
        recent = GaugeMetricFamily(
            "vitrail_letters_recent",
            "Letters of the last half hour: all that were written, and those that a mail server has put off.",
            labels=["state"],
        )
        recent.add_metric(["written"], waiting.recent)
        recent.add_metric(["put_off"], waiting.recent_put_off)
        yield recent
