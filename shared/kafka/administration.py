"""Topics and groups: what exists, what is missing, where a group stands."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient, TopicPartition, errors
from kafka.admin import OffsetSpec
from kafka.structs import OffsetAndMetadata

from shared import logs
from shared.broker import BrokerUnavailable, GroupIsActive, Partition, UnsuitableBroker
from shared.kafka.clients import Clients
from shared.kafka.faults import telling_unavailable
from shared.topics import Catalogue, Replication, Topic, UnknownTopic

log = logs.get(__name__)

# A cluster that starts, or moves a leader, answers "not now" for a while.
_PATIENCE_S: Final = 8.0
_PAUSE_S: Final = 0.1
# A cluster answers after so long that it is not done yet, before the connection counts as broken; old ones delete slowly.
_ANSWER_MS: Final = 2000
_TOPICS_PATIENCE_S: Final = 30.0
_DAY_MS: Final = 24 * 60 * 60 * 1000
# Ours are at most 900 kB with their headers (`shared.messages`); this is Kafka's own default, said aloud.
_MAX_MESSAGE_BYTES: Final = 1_048_588
# Brokers from this version on can be told to compact in time.
_KNOWS_COMPACTION_LAG: Final = (2, 3)

Answer = TypeVar("Answer")


class Administration:
    """Asks and tells a cluster, by one connection for all threads, made anew after a fault."""

    def __init__(self, clients: Clients, *, catalogue: Catalogue, replication: int | None) -> None:
        self._clients = clients
        self._catalogue = catalogue
        wanted = catalogue.replication
        self._copies = (
            wanted
            if replication is None
            else Replication(factor=replication, min_insync=min(wanted.min_insync, replication))
        )
        self._lock = threading.Lock()
        self._client: KafkaAdminClient | None = None
        self._closed = threading.Event()

    def require(self, names: Collection[str]) -> None:
        """Insist that topics are declared, and made as they are declared.

        Raises:
            UnknownTopic: one is not.
            UnsuitableBroker: one has another number of partitions.
        """
        if missing := self.missing_topics(names):
            raise UnknownTopic(missing[0])

    def missing_topics(self, names: Collection[str]) -> list[str]:
        """Return which of the topics nobody has made; raises as `shared.broker.Broker.missing_topics`."""
        topics = [self._catalogue.get_topic(name) for name in names]
        present = self._count_partitions(names)
        if changed := [each.name for each in topics if present.get(each.name, each.partitions) != each.partitions]:
            raise UnsuitableBroker(f"the cluster has these topics with another number of partitions: {sorted(changed)}")
        return [each.name for each in topics if each.name not in present]

    def make_topics(self, names: Collection[str]) -> list[str]:
        """Make what is missing, with the settings of the catalogue."""
        missing = self.missing_topics(names)
        made: set[str] = set()

        def are_there() -> bool:
            # Asked again while one is missing: an old cluster forgets a deleted topic before its name is free.
            left = self.missing_topics(missing)
            made.update(self._ask(lambda client: self._make(client, left)) if left else [])
            return not left

        self._wait_until(are_there)
        return [name for name in missing if name in made]

    def _make(self, client: KafkaAdminClient, names: Collection[str]) -> list[str]:
        """Ask for topics; return those that this made."""
        machine = _number(client.describe_cluster()["brokers"][0])
        has_lag = client.get_broker_version_data(machine).broker_version >= _KNOWS_COMPACTION_LAG
        topics = [self._catalogue.get_topic(name) for name in names]
        wanted = {
            topic.name: {
                "num_partitions": topic.partitions,
                "replication_factor": self._copies.factor,
                "configs": topic_settings(topic, copies=self._copies, has_lag=has_lag),
            }
            for topic in topics
        }
        answer = client.create_topics(wanted, timeout_ms=_ANSWER_MS, raise_errors=False)
        return [each["name"] for each in answer["topics"] if _is_made(each, copies=self._copies)]

    def delete_topics(self, names: Collection[str]) -> list[str]:
        """Delete topics, and wait until they are gone."""
        for name in names:
            self._catalogue.get_topic(name)
        present = [name for name in self._count_partitions(names) if name in names]
        if not present:
            return []

        def delete(client: KafkaAdminClient) -> None:
            answer = client.delete_topics(present, timeout_ms=_ANSWER_MS, raise_errors=False)
            for each in answer["topics"]:
                fault = errors.for_code(each["error_code"])
                if fault not in (errors.NoError, errors.RequestTimedOutError, errors.UnknownTopicOrPartitionError):
                    raise fault

        self._ask(delete)
        self._wait_until(lambda: not self._count_partitions(present))
        return present

    def offsets(self, places: Collection[Partition], at: OffsetSpec | int) -> dict[Partition, int]:
        """Return an offset of each partition: the first, the next, or that of the first record since a moment.

        `at` is OffsetSpec.EARLIEST, OffsetSpec.LATEST, or milliseconds since 1970 (the next one where no record is that
        young).
        """
        wanted = {TopicPartition(*place): at for place in places}
        found = self._ask(lambda client: client.list_partition_offsets(wanted))
        return {Partition(each.topic, each.partition): answer.offset for each, answer in found.items()}

    def committed(self, group: str, places: Collection[Partition]) -> dict[Partition, int]:
        """Return what a group has committed; partitions without a commit are left out."""
        wanted = {group: [TopicPartition(*place) for place in places]}
        found = self._ask(lambda client: client.list_group_offsets(wanted))[group]
        return {
            Partition(each.topic, each.partition): answer.offset for each, answer in found.items() if answer.offset >= 0
        }

    def move(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Commit offsets for a group that has no members.

        Raises:
            GroupIsActive: it has.
        """
        wanted = {TopicPartition(*place): OffsetAndMetadata(offset, "", -1) for place, offset in offsets.items()}

        def alter(client: KafkaAdminClient) -> None:
            for fault in client.alter_group_offsets(group, wanted).values():
                if fault in (
                    errors.UnknownMemberIdError,
                    errors.RebalanceInProgressError,
                    errors.IllegalGenerationError,
                ):
                    raise GroupIsActive(group)
                if fault is not errors.NoError:
                    raise fault

        self._ask(alter)

    def close(self) -> None:
        """Let go of the connection; nothing can be asked any more."""
        self._closed.set()
        with self._lock:
            self._drop()

    def _count_partitions(self, names: Collection[str]) -> dict[str, int]:
        if not names:
            return {}
        answer = self._ask(lambda client: client.describe_topics(list(names)))
        present = {}
        for topic in answer:
            fault = errors.for_code(topic["error_code"])
            if fault in (errors.NoError, errors.LeaderNotAvailableError):
                present[topic["name"]] = len(topic["partitions"])
            elif fault is not errors.UnknownTopicOrPartitionError:
                raise BrokerUnavailable(f"Kafka says nothing of a topic ({fault.__name__})")
        return present

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait for what the controller has decided to reach the machine that we ask."""
        deadline = time.monotonic() + _TOPICS_PATIENCE_S
        while not is_so():
            if time.monotonic() > deadline or self._closed.wait(_PAUSE_S):
                raise BrokerUnavailable("the cluster takes too long to make or delete topics")

    def _ask(self, question: Callable[[KafkaAdminClient], Answer]) -> Answer:
        deadline = time.monotonic() + _PATIENCE_S
        with telling_unavailable():
            while True:
                with self._lock:
                    try:
                        if self._client is None:
                            self._client = self._clients.admin()
                        return question(self._client)
                    except (UnsuitableBroker, GroupIsActive):
                        raise
                    except errors.RetriableError:
                        if time.monotonic() > deadline:
                            self._drop()
                            raise
                    except BaseException:
                        self._drop()
                        raise
                if self._closed.wait(_PAUSE_S):
                    raise BrokerUnavailable("the log was closed")

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _is_made(answer: Mapping[str, Any], *, copies: Replication) -> bool:
    fault = errors.for_code(answer["error_code"])
    if fault in (errors.NoError, errors.RequestTimedOutError):
        log.info("topic_made", topic=answer["name"], copies=copies.factor)
    elif fault is errors.InvalidReplicationFactorError:
        raise UnsuitableBroker(
            f"the cluster has fewer than {copies.factor} machines to keep copies on:"
            " a cluster of one machine says ?replication=1 in its address"
        )
    elif issubclass(fault, errors.AuthorizationError):
        raise UnsuitableBroker(f"the cluster does not let us make {answer['name']}: its user needs Create on topics")
    elif fault is not errors.TopicAlreadyExistsError:
        raise fault
    return fault is not errors.TopicAlreadyExistsError


def topic_settings(topic: Topic, *, copies: Replication, has_lag: bool) -> dict[str, str]:
    """Return how a cluster is to keep a topic; `has_lag`: whether it can be told to compact in time."""
    kept_ms = int(topic.retention.total_seconds() * 1000)
    # Records go by whole segments, when the youngest of one is past its time: so that none stays longer than declared,
    # that time is shorter by what a segment spans.
    segment_ms = min(_DAY_MS, kept_ms // 10)
    settings = {
        "min.insync.replicas": str(copies.min_insync),
        "max.message.bytes": str(_MAX_MESSAGE_BYTES),
        # Times are the producers' own: a replay from a time means the time of the fact's publication.
        "message.timestamp.type": "CreateTime",
        # Whoever publishes by hand in a way that we cannot unpack would block a partition for good.
        "compression.type": "lz4",
        "segment.ms": str(segment_ms),
    }
    if not topic.is_compacted:
        return settings | {"cleanup.policy": "delete", "retention.ms": str(kept_ms - segment_ms)}
    settings |= {"cleanup.policy": "compact", "delete.retention.ms": str(kept_ms)}
    # What a newer record replaces, or a tombstone ends, is personal data: it is not left to how full a segment is.
    return settings | ({"max.compaction.lag.ms": str(_DAY_MS)} if has_lag else {})


def _number(machine: Mapping[str, Any]) -> int:
    # Called by the name of the answer's own version.
    return int(machine["broker_id"] if "broker_id" in machine else machine["node_id"])
