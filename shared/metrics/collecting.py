"""What a scrape is told of the outbox, the event log, a consumer's lag and its dead events.

`refresh` asks the database and the log, every few seconds in a thread of its own, so that a scrape is answered at once
however slow they are; what could not be asked is left out rather than told as it was. `collect` adds the tallies.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import DBAPIError

from shared import dead_events, outbox
from shared.broker import Broker, BrokerState, BrokerUnavailable, Lag, UnsuitableBroker
from shared.clock import Clock
from shared.database import Database
from shared.metrics.lags import by_topic
from shared.metrics.tallies import ConsumerTally, RelayTally
from shared.metrics.telling import add_histogram, age
from shared.topics import UnknownTopic

_NOT_NOW = (DBAPIError, BrokerUnavailable, OSError)


class LogCollector:
    """Whether the event log can be used now. It opens a door of its own: a broker is one thread's."""

    def __init__(self, open_broker: Callable[[], Broker]) -> None:
        self._open = open_broker
        self._broker: Broker | None = None
        self._state: BrokerState | None = None

    def refresh(self) -> None:
        """Look at the log."""
        try:
            self._state = self.broker().state()
        except BrokerUnavailable:
            self._state = BrokerState.MISSING
        except UnsuitableBroker:
            self._state = None

    def broker(self) -> Broker:
        """Return the door, which the refreshing thread alone uses."""
        if self._broker is None:
            self._broker = self._open()
        return self._broker

    def collect(self) -> Iterator[Metric]:
        """Yield one gauge for each state, 1 for the present one."""
        if self._state is None:
            return
        states = GaugeMetricFamily("vitrail_log_state", "1 for what a look at the event log found.", labels=["state"])
        for state in BrokerState:
            states.add_metric([state.value], float(state is self._state))
        yield states


class OutboxCollector:
    """What waits for the relay, and what the relay has done."""

    def __init__(self, *, database: Database, clock: Clock, tally: RelayTally) -> None:
        self._database = database
        self._clock = clock
        self._tally = tally
        self._waiting: int | None = None
        self._oldest_at: datetime | None = None

    def refresh(self) -> None:
        """Count what waits."""
        try:
            with self._database.read() as session:
                self._waiting = outbox.count_unpublished(session)
                now = self._clock.now()
                self._oldest_at = now - outbox.age_of_oldest(session, now=now) if self._waiting else None
        except _NOT_NOW:
            self._waiting = None

    def collect(self) -> Iterator[Metric]:
        """Yield depth and age of the outbox, and the relay's counts."""
        if self._waiting is not None:
            yield GaugeMetricFamily(
                "vitrail_outbox_waiting_events", "Events committed and not yet published.", self._waiting
            )
            yield GaugeMetricFamily(
                "vitrail_outbox_oldest_age_seconds",
                "How long the oldest unpublished event has been waiting; 0 when none waits.",
                age(self._oldest_at, self._clock),
            )
        published = CounterMetricFamily(
            "vitrail_outbox_published_events", "Events that the event log has acknowledged.", labels=["type"]
        )
        # A copy, because the loop may add a key meanwhile; copying a dict is one step of the interpreter.
        for type_, count in self._tally.published_by_type.copy().items():
            published.add_metric([type_], count)
        yield published
        yield CounterMetricFamily(
            "vitrail_outbox_publish_failures",
            "Publications that failed and are tried again.",
            self._tally.failed_publishes,
        )
        yield GaugeMetricFamily(
            "vitrail_relay_leads", "1 while this relay publishes, 0 while it stands by.", float(self._tally.is_leader)
        )


class ConsumerCollector:
    """How far a group is behind, what its member has done, and what it could not take."""

    def __init__(
        self,
        *,
        group: str,
        topics: Collection[str],
        log: LogCollector,
        database: Database,
        clock: Clock,
        tally: ConsumerTally,
    ) -> None:
        self._group = group
        self._topics = topics
        self._log = log
        self._database = database
        self._clock = clock
        self._tally = tally
        self._lag: Mapping[str, Lag] = {}
        self._dead: dead_events.Burden | None = None

    def refresh(self) -> None:
        """Ask the log for the lag and the database for what is dead."""
        try:
            self._lag = by_topic(self._log.broker(), group=self._group, topics=self._topics)
        except (*_NOT_NOW, UnknownTopic, UnsuitableBroker):
            self._lag = {}
        try:
            with self._database.read() as session:
                self._dead = dead_events.measure_burden(session, consumer=self._group)
        except _NOT_NOW:
            self._dead = None

    def collect(self) -> Iterator[Metric]:
        """Yield lag by topic, outcomes by type, handling times, and dead events by reason."""
        yield from self._behind()
        yield from self._done()
        yield from self._burden()

    def _behind(self) -> Iterator[Metric]:
        events = GaugeMetricFamily(
            "vitrail_consumer_lag_events", "Events that the group has still to commit.", labels=["group", "topic"]
        )
        ages = GaugeMetricFamily(
            "vitrail_consumer_lag_oldest_age_seconds",
            "How long ago the oldest of these was appended; 0 when the group has read everything.",
            labels=["group", "topic"],
        )
        for topic, lag in self._lag.items():
            events.add_metric([self._group, topic], lag.records)
            ages.add_metric([self._group, topic], age(lag.oldest_at, self._clock))
        yield events
        yield ages

    def _done(self) -> Iterator[Metric]:
        tally, group = self._tally, self._group
        outcomes = CounterMetricFamily(
            "vitrail_consumer_events", "Deliveries by what became of them.", labels=["group", "type", "outcome"]
        )
        for (type_, outcome), count in tally.outcomes.copy().items():
            outcomes.add_metric([group, type_, outcome], count)
        yield outcomes
        seconds = HistogramMetricFamily(
            "vitrail_consumer_handling_seconds", "How long a delivery took, however it ended.", labels=["group"]
        )
        add_histogram(seconds, [group], tally.handling)
        yield seconds
        for name, text, value in (
            ("vitrail_consumer_rebalances", "How often partitions came or went.", tally.rebalances),
            ("vitrail_consumer_interruptions", "How often the log or the database was away.", tally.interruptions),
        ):
            counter = CounterMetricFamily(name, text, labels=["group"])
            counter.add_metric([group], value)
            yield counter
        standing = GaugeMetricFamily(
            "vitrail_consumer_standing_partitions",
            "Partitions whose next event is tried again and again; nothing of theirs moves.",
            labels=["group"],
        )
        standing.add_metric([group], tally.standing_partitions)
        yield standing

    def _burden(self) -> Iterator[Metric]:
        if self._dead is None:
            return
        dead = GaugeMetricFamily(
            "vitrail_consumer_dead_events", "Events put aside, by reason.", labels=["group", "reason"]
        )
        for reason, count in self._dead.dead_by_reason.items():
            dead.add_metric([self._group, reason], count)
        yield dead
        for name, text, value in (
            (
                "vitrail_consumer_dead_events_oldest_age_seconds",
                "How long the oldest dead event has been waiting for an operator; 0 when there is none.",
                age(self._dead.oldest_at, self._clock),
            ),
            (
                "vitrail_consumer_waiting_events",
                "Events that wait behind a dead one of their key.",
                float(self._dead.waiting),
            ),
        ):
            gauge = GaugeMetricFamily(name, text, labels=["group"])
            gauge.add_metric([self._group], value)
            yield gauge
