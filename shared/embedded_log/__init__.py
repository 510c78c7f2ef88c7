"""The event log of one machine: topics, partitions, offsets and groups in one SQLite file, for several processes."""

from collections.abc import Collection, Mapping
from datetime import datetime

from shared import logs
from shared.broker import BrokerUnavailable, GroupIsActive, Partition
from shared.clock import Clock
from shared.embedded_log.consumer import EmbeddedConsumer
from shared.embedded_log.file import LogFile, telling_unavailable, transaction
from shared.embedded_log.producer import EmbeddedProducer, to_milliseconds
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
        return EmbeddedConsumer(self._file, group=group, topics=topics, clock=self._clock)

    def lag(self, *, group: str, topics: Collection[str]) -> Mapping[Partition, int]:
        """Return how many records of each partition the group has still to commit."""
        marks = self._marks(topics)
        with telling_unavailable():
            connection = self._file.connect(is_durable=False)
            try:
                rows = connection.execute(
                    "SELECT p.topic, p.partition, count(l.offset) FROM partitions AS p"  # noqa: S608 - marks only
                    " LEFT JOIN offsets AS o ON o.consumer_group = ? AND o.topic = p.topic AND o.partition = p.partition"
                    " LEFT JOIN log AS l ON l.topic = p.topic AND l.partition = p.partition"
                    " AND l.offset >= coalesce(o.offset, 0)"
                    f" WHERE p.topic IN ({marks}) GROUP BY p.topic, p.partition",
                    (group, *topics),
                ).fetchall()
            finally:
                connection.close()
        return {Partition(topic, number): count for topic, number, count in rows}

    def rewind(self, *, group: str, topics: Collection[str], to: datetime) -> None:
        """Make the group read again what was appended at `to` or later; see `shared.broker.Broker`."""
        marks = self._marks(topics)
        with telling_unavailable():
            connection = self._file.connect(is_durable=True)
            try:
                with transaction(connection):
                    now = to_milliseconds(self._clock)
                    if connection.execute(
                        "SELECT 1 FROM members WHERE consumer_group = ? AND expires_at > ?", (group, now)
                    ).fetchone():
                        raise GroupIsActive(group)
                    connection.execute(
                        "INSERT OR REPLACE INTO offsets (consumer_group, topic, partition, offset)"  # noqa: S608
                        " SELECT ?, p.topic, p.partition, coalesce(min(l.offset), p.next_offset) FROM partitions AS p"
                        " LEFT JOIN log AS l ON l.topic = p.topic AND l.partition = p.partition AND l.time >= ?"
                        f" WHERE p.topic IN ({marks}) GROUP BY p.topic, p.partition",
                        (group, int(to.timestamp() * 1000), *topics),
                    )
            finally:
                connection.close()

    def sweep(self, *, limit: int = 10_000) -> int:
        """Delete records older than their topic's retention, at most `limit` a topic; return how many."""
        swept = 0
        with telling_unavailable():
            connection = self._file.connect(is_durable=False)
            try:
                for topic in self.catalogue.topics.values():
                    before = int((self._clock.now() - topic.retention).timestamp() * 1000)
                    for number in range(topic.partitions):
                        # The oldest first, and only as far as they are too old: a sweep must not read the whole log.
                        deleted = connection.execute(
                            "DELETE FROM log WHERE topic = ? AND partition = ? AND offset < coalesce("
                            " (SELECT min(offset) FROM (SELECT offset, time FROM log WHERE topic = ? AND partition = ?"
                            " ORDER BY offset LIMIT ?) WHERE time >= ?),"
                            " (SELECT min(offset) + ? FROM log WHERE topic = ? AND partition = ?))",
                            (topic.name, number, topic.name, number, limit, before, limit, topic.name, number),
                        )
                        swept += deleted.rowcount
            finally:
                connection.close()
        return swept

    def is_reachable(self) -> bool:
        """Tell whether the file answers."""
        try:
            with telling_unavailable():
                connection = self._file.connect(is_durable=False)
                connection.execute("SELECT 1 FROM partitions LIMIT 1")
                connection.close()
        except BrokerUnavailable:
            return False
        return True

    def close(self) -> None:
        """Nothing is kept open between calls; producers and consumers close themselves."""

    def _marks(self, topics: Collection[str]) -> str:
        for topic in topics:
            self.catalogue.get_topic(topic)
        return ", ".join("?" * len(topics))
