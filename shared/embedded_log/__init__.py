"""The event log of one machine: topics, partitions, offsets and groups in one SQLite file, for several processes."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from shared import logs
from shared.broker import BrokerState, BrokerUnavailable, GroupIsActive, Lag, Partition
from shared.clock import Clock
from shared.embedded_log import sweeping
from shared.embedded_log.consumer import EmbeddedConsumer
from shared.embedded_log.file import LogFile, transaction
from shared.embedded_log.producer import EmbeddedProducer, to_milliseconds
from shared.embedded_log.reader import EmbeddedReader
from shared.embedded_log.reading import marks
from shared.topics import Catalogue

__all__ = ["EmbeddedLog"]

log = logs.get(__name__)


class EmbeddedLog:
    """The door to the file; see `shared.broker.Broker`."""

    def __init__(self, path: str, *, catalogue: Catalogue, clock: Clock) -> None:
        self.catalogue = catalogue
        self._clock = clock
        self._file = LogFile(path, catalogue=catalogue)
        log.info("embedded_log_opened", suited_to="one machine", use_instead="kafka")

    def producer(self) -> EmbeddedProducer:
        """Return a new writer's connection."""
        return EmbeddedProducer(self._file, clock=self._clock)

    def consumer(self, *, group: str, topics: Collection[str]) -> EmbeddedConsumer:
        """Join `group` and return its new member."""
        self._file.require(topics)
        return EmbeddedConsumer(self._file, group=group, topics=topics, clock=self._clock)

    def reader(self, *, topics: Collection[str], since: datetime | None = None) -> EmbeddedReader:
        """Return a reader of what was appended at `since` or later; see `shared.broker.Broker`."""
        self._file.require(topics)
        return EmbeddedReader(self._file, topics=topics, since=since)

    def lag(self, *, group: str, topics: Collection[str]) -> Mapping[Partition, Lag]:
        """Return what the group has still to commit; see `shared.broker.Broker`."""
        self._file.require(topics)
        with self._file.connected() as connection:
            rows = connection.execute(
                "SELECT p.topic, p.partition, count(l.offset),"  # noqa: S608 - marks only
                # The oldest by its place: a clock that was set back may have given a later record an earlier time.
                " (SELECT f.time FROM log AS f WHERE f.topic = p.topic AND f.partition = p.partition"
                "  AND f.offset >= coalesce(o.offset, 0) ORDER BY f.offset LIMIT 1)"
                " FROM partitions AS p"
                " LEFT JOIN offsets AS o ON o.consumer_group = ? AND o.topic = p.topic AND o.partition = p.partition"
                " LEFT JOIN log AS l ON l.topic = p.topic AND l.partition = p.partition"
                " AND l.offset >= coalesce(o.offset, 0)"
                f" WHERE p.topic IN ({marks(topics)}) GROUP BY p.topic, p.partition",
                (group, *topics),
            ).fetchall()
        return {
            Partition(topic, number): Lag(
                records=count, oldest_at=None if time is None else datetime.fromtimestamp(time / 1000, UTC)
            )
            for topic, number, count, time in rows
        }

    def rewind(self, *, group: str, topics: Collection[str], to: datetime) -> None:
        """Make the group read again what was appended at `to` or later; see `shared.broker.Broker`."""
        self._file.require(topics)
        with self._file.connected(is_durable=True) as connection, transaction(connection):
            now = to_milliseconds(self._clock)
            if connection.execute(
                "SELECT 1 FROM members WHERE consumer_group = ? AND expires_at > ?", (group, now)
            ).fetchone():
                raise GroupIsActive(group)
            connection.execute(
                "INSERT OR REPLACE INTO offsets (consumer_group, topic, partition, offset)"  # noqa: S608 - marks only
                " SELECT ?, p.topic, p.partition, coalesce(min(l.offset), p.next_offset) FROM partitions AS p"
                " LEFT JOIN log AS l ON l.topic = p.topic AND l.partition = p.partition AND l.time >= ?"
                f" WHERE p.topic IN ({marks(topics)}) GROUP BY p.topic, p.partition",
                (group, int(to.timestamp() * 1000), *topics),
            )

    def missing_topics(self, names: Collection[str] | None = None) -> list[str]:
        """Return which of the topics nobody has made yet; see `shared.broker.Broker`."""
        return self._file.missing_topics(self.catalogue.topics if names is None else names)

    def make_topics(self, names: Collection[str] | None = None) -> list[str]:
        """Make what is missing of the topics; the declared ones were made when the file was opened."""
        return self._file.make_topics(self.catalogue.topics if names is None else names)

    def delete_topics(self, names: Collection[str]) -> list[str]:
        """Delete topics with all that was said on them; see `shared.broker.Broker`."""
        return self._file.delete_topics(names)

    def sweep(self, *, limit: int = sweeping.SWEEP_LIMIT) -> int:
        """Delete what is past its retention or replaced, at most `limit` a partition; return how many."""
        with self._file.connected() as connection:
            return sweeping.sweep(self._file, connection, now=self._clock.now(), limit=limit)

    def state(self) -> BrokerState:
        """Tell whether the file can be read."""
        try:
            with self._file.connected() as connection:
                connection.execute("SELECT 1 FROM partitions LIMIT 1")
        except BrokerUnavailable:
            return BrokerState.MISSING
        return BrokerState.READY

    def close(self) -> None:
        """Nothing is kept open between calls; producers, consumers and readers close themselves."""
