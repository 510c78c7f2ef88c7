"""The door to the event log: the same promises from the embedded log on one machine and from Apache Kafka.

What both keep: records of one key stay in the order in which they were published; a record that was acknowledged
outlives a power cut; each partition is read by one member of a group at a time; a group goes on from its last committed
offset, so what was read and not committed is read again. `tests/contracts/test_broker.py` holds every door to it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol

from shared import topics as topic_catalogue
from shared.clock import Clock, SystemClock
from shared.messages import Record
from shared.topics import Catalogue, Topic


class BrokerUnavailable(Exception):
    """The log does not answer now; what was being done may be tried again."""


class AssignmentLost(Exception):
    """A commit came too late: another member reads these partitions now, from the offset committed before."""

    def __init__(self, partitions: Collection["Partition"]) -> None:
        super().__init__(", ".join(f"{partition.topic}/{partition.number}" for partition in sorted(partitions)))
        self.partitions = frozenset(partitions)


class GroupIsActive(Exception):
    """A group cannot be moved while its members read: stop them first."""


class UnsuitableBroker(Exception):
    """This address cannot be used, whatever one tries: the text says why."""


class RecordRefused(Exception):
    """The log never takes such a record: it is too large, or has no key where it needs one."""


class BrokerState(Enum):
    """What a look at the log found."""

    READY = "ready"
    # It takes connections and does not answer in time: wait.
    SLOW = "slow"
    # Nobody listens, or nobody knows its name: see whether it runs, and the address.
    MISSING = "missing"
    # It does not let us in: see the credentials and the certificates.
    REFUSED = "refused"


class Partition(NamedTuple):
    """One ordered part of a topic."""

    topic: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Lag:
    """What a group has still to commit of a partition; `oldest_at` is when the oldest of it was appended."""

    records: int
    oldest_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery(Record):
    """A record as a consumer gets it: with its coordinates."""

    partition: int
    offset: int
    appended_at: datetime

    @property
    def place(self) -> Partition:
        """Return the partition that it came from."""
        return Partition(self.topic, self.partition)


@dataclass(frozen=True, kw_only=True)
class Polled:
    """What a poll brought; take note of `lost` and `gained` (in this order) before using `deliveries`.

    What was read of a lost partition and not committed must be forgotten, even when the partition was gained again.
    """

    deliveries: Sequence[Delivery] = ()
    gained: frozenset[Partition] = frozenset()
    lost: frozenset[Partition] = frozenset()


class Producer(Protocol):
    """One writer's connection."""

    def publish(self, records: Sequence[Record]) -> None:
        """Append records, in order, and return when all are acknowledged for good.

        Raises:
            BrokerUnavailable: some may have been appended and some not; use a new producer.
            UnknownTopic: the catalogue does not name the topic, or nobody has made it.
            RecordRefused: the log never takes one of them.
        """
        ...

    def close(self) -> None: ...


class Consumer(Protocol):
    """A member of a group. One thread uses it."""

    def poll(self, *, max_records: int, timeout: float, skip: Collection[Partition] = ()) -> Polled:
        """Return new records of this member's partitions, waiting up to `timeout` seconds for the first.

        Partitions in `skip` stay this member's but bring nothing. Each record comes once, until the partition is lost.

        Raises:
            BrokerUnavailable: use a new consumer.
        """
        ...

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Remember for the group the offset of the next record to read, for each partition.

        Raises:
            AssignmentLost: for the partitions that are no longer this member's; the others are committed.
            BrokerUnavailable: use a new consumer.
        """
        ...

    def close(self) -> None:
        """Leave the group, so that the others take over at once."""
        ...


class Reader(Protocol):
    """Reads topics from a place on, for itself: it is in no group and leaves no trace. One thread uses it."""

    def read(self, *, max_records: int, timeout: float) -> Sequence[Delivery]:
        """Return the next records, in order within each partition, waiting up to `timeout` seconds for the first.

        Raises:
            BrokerUnavailable: use a new reader.
            UnknownTopic: one was deleted meanwhile.
        """
        ...

    def is_at_end(self) -> bool:
        """Tell whether everything that was there when it was opened has been read."""
        ...

    def remaining(self) -> int:
        """Return how much is left of what was there when it was opened; gaps of a compacted topic count."""
        ...

    def close(self) -> None: ...


class Broker(Protocol):
    """An event log, opened by its address."""

    catalogue: Catalogue

    def producer(self) -> Producer: ...

    def consumer(self, *, group: str, topics: Collection[str]) -> Consumer: ...

    def reader(self, *, topics: Collection[str], since: datetime | None = None) -> Reader:
        """Return a reader of what was appended at `since` or later; of everything when it is left out.

        Raises:
            UnknownTopic: one is not declared, or nobody has made it.
            BrokerUnavailable: it does not answer now.
        """
        ...

    def lag(self, *, group: str, topics: Collection[str]) -> Mapping[Partition, Lag]:
        """Return, for every partition of the topics, what the group has still to commit.

        Raises:
            UnknownTopic: one is not declared, or nobody has made it.
            BrokerUnavailable: it does not answer now.
        """
        ...

    def rewind(self, *, group: str, topics: Collection[str], to: datetime) -> None:
        """Make the group read again everything that was appended at `to` or later.

        Raises:
            GroupIsActive: members of the group are reading.
            UnknownTopic: one is not declared, or nobody has made it.
            BrokerUnavailable: it does not answer now.
        """
        ...

    def missing_topics(self, names: Collection[str] | None = None) -> list[str]:
        """Return which of the topics (all declared ones when left out) nobody has made yet.

        Raises:
            UnknownTopic: one is neither declared nor has the name of a subscriber's topic.
            UnsuitableBroker: one has another number of partitions than the catalogue says.
            BrokerUnavailable: it does not answer now.
        """
        ...

    def make_topics(self, names: Collection[str] | None = None) -> list[str]:
        """Make those of the topics (all declared ones when left out) that are missing, and return their names.

        Raises:
            UnknownTopic: one is neither declared nor has the name of a subscriber's topic.
            UnsuitableBroker: one has another number of partitions than the catalogue says.
            BrokerUnavailable: it does not answer now; some may have been made.
        """
        ...

    def delete_topics(self, names: Collection[str]) -> list[str]:
        """Delete topics with all that was said on them, and return the names of those that were there.

        Raises:
            UnknownTopic: one is neither declared nor has the name of a subscriber's topic.
            BrokerUnavailable: it does not answer now; some may have been deleted.
        """
        ...

    def sweep(self) -> int:
        """Delete some of what is past its topic's retention, where the log does not do so itself; return how many."""
        ...

    def state(self) -> BrokerState:
        """Look whether the log can be used now."""
        ...

    def close(self) -> None: ...


def require_acceptable(record: Record, topic: Topic) -> None:
    """Insist on what every log wants of a record.

    Raises:
        RecordRefused: it has no key on a compacted topic, where the key tells what it replaces, or neither key nor value.
    """
    if record.key is None and (topic.is_compacted or record.value is None):
        raise RecordRefused(f"a record of {topic.name} has no key")


def open_broker(url: str, *, catalogue: Catalogue | None = None, clock: Clock | None = None) -> Broker:
    """Open the event log at `url`: `embedded:///folder/log.db` (an absolute path) or `kafka://…` (`shared.kafka.address`).

    A Kafka cluster is not looked for until it is used, so that a process may start before it.

    Raises:
        UnsuitableBroker: no door for such an address, or the place cannot hold a log.
        BrokerUnavailable: the file of an embedded log cannot be opened now.
    """
    scheme, separator, rest = url.partition("://")
    catalogue = catalogue or topic_catalogue.load()
    clock = clock or SystemClock()
    if scheme == "embedded" and separator:
        from shared.embedded_log import EmbeddedLog

        # As in a `file:` address, the path is absolute: all processes mean the same file wherever they stand.
        path = f"/{rest.lstrip('/')}"
        if not rest.startswith("/") or path == "/":
            raise UnsuitableBroker("an embedded log needs the whole path of its file: embedded:///folder/log.db")
        return EmbeddedLog(path, catalogue=catalogue, clock=clock)
    if scheme == "kafka" and separator:
        try:
            from shared.kafka import KafkaLog
        except ModuleNotFoundError as missing:
            if missing.name is None or missing.name.split(".")[0] not in ("kafka", "lz4", "crc32c"):
                raise
            raise UnsuitableBroker(
                "the door to Kafka needs the extra of its name: pip install 'vitrail[kafka]'"
            ) from None
        return KafkaLog(url, catalogue=catalogue, clock=clock)
    raise UnsuitableBroker("the address of an event log starts with embedded:// or kafka://")
