"""Read as a member of a group: poll, commit, leave.

kafka-python renews the membership from a thread of its own, however long a handler takes; it takes part in rebalances
only while it is polled. Records are kept here, partition by partition, so that each partition has its share of every
poll, and one that must wait (a handler that is to be retried) holds up no other.
"""

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from kafka import ConsumerRebalanceListener, TopicPartition, errors
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.structs import MemberState, OffsetAndMetadata

from shared import logs
from shared.broker import AssignmentLost, Delivery, Partition, Polled
from shared.kafka.clients import Clients
from shared.kafka.faults import telling_unavailable
from shared.kafka.records import delivery, place_of
from shared.kafka.watchdog import Watchdog
from shared.turns import Turns

log = logs.get(__name__)

# A killed member's partitions stand still for this long: the shortest that a broker allows unless told otherwise.
SESSION_TIMEOUT_S: Final = 6.0
# How soon a member hears that others came or went.
_HEARTBEAT_S: Final = 1.0
# A handler may hold the thread that polls for so long.
_LONGEST_HANDLING_S: Final = 300.0
# While the group is being arranged anew no sign of life is sent: a poll waits for the end of it, for as long as the
# others may need to come by, rather than let a long handler begin.
_REBALANCE_PATIENCE_S: Final = 1.0
# Whoever shares the partitions out does so by what it knows of the topics: what it does not know of yet is nobody's, and
# the library would ask again after five minutes.
_METADATA_AGE_S: Final = 5.0
_COMMIT_TIMEOUT_S: Final = 5.0
_CLOSE_TIMEOUT_S: Final = 2.0
# A partition with so many records in hand is asked for no more of them until some have been taken.
_KEPT_RECORDS: Final = 500
# Of one partition, compressed, at a time: some hundreds of ours. A single record that is larger comes all the same.
_FETCH_BYTES: Final = 65_536
_ALL: Final = 1_000_000


class KafkaLogConsumer:
    """A member of a group on a cluster; see `shared.broker.Consumer`."""

    def __init__(self, clients: Clients, *, group: str, topics: Collection[str]) -> None:
        self._group = group
        self._held: set[Partition] = set()
        # Fetched, and not yet given to our caller.
        self._kept: dict[Partition, deque[Any]] = {}
        # Committed by our caller, and not yet by the group, which was being arranged anew.
        self._owed: dict[Partition, int] = {}
        # What has changed since the last poll returned.
        self._gained: set[Partition] = set()
        self._lost: set[Partition] = set()
        self._turns = Turns()
        self._changes = _Changes()
        self._consumer = clients.consumer(
            group_id=group,
            partition_assignment_strategy=[CooperativeStickyAssignor],
            session_timeout_ms=int(SESSION_TIMEOUT_S * 1000),
            heartbeat_interval_ms=int(_HEARTBEAT_S * 1000),
            max_poll_interval_ms=int(_LONGEST_HANDLING_S * 1000),
            max_partition_fetch_bytes=_FETCH_BYTES,
            metadata_max_age_ms=int(_METADATA_AGE_S * 1000),
        )
        self._watchdog = Watchdog(self._consumer, group=group)
        with telling_unavailable():
            self._consumer.subscribe(topics=sorted(topics), listener=self._changes)
            for topic in topics:
                # Known before it joins, so that the first to come shares out what is there.
                self._consumer.partitions_for_topic(topic)

    def poll(self, *, max_records: int, timeout: float, skip: Collection[Partition] = ()) -> Polled:
        """Return new records of this member's partitions; see `shared.broker.Consumer`."""
        deadline = time.monotonic() + timeout
        with telling_unavailable():
            while True:
                has_some = any(self._kept[place] for place in self._kept.keys() - set(skip))
                self._take_in(timeout=0 if has_some else max(deadline - time.monotonic(), 0))
                self._settle()
                self._pay()
                self._watchdog.look(place for place in self._held if not self._is_full(place))
                deliveries = self._turns.take(
                    [place for place, kept in self._kept.items() if kept and place not in skip],
                    limit=max_records,
                    take=self._hand_out,
                )
                if deliveries or self._gained or self._lost or time.monotonic() >= deadline:
                    polled = Polled(deliveries=deliveries, gained=frozenset(self._gained), lost=frozenset(self._lost))
                    self._gained, self._lost = set(), set()
                    return polled

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Remember offsets for the group; see `shared.broker.Consumer`.

        While the group is being arranged anew nothing can be committed. That is waited for; when it takes long, what is
        still this member's afterwards is committed then.
        """
        if not offsets:
            return
        not_mine = offsets.keys() - self._held
        self._owed |= {place: offset for place, offset in offsets.items() if place in self._held}
        with telling_unavailable():
            self._pay()
            if self._owed:
                self._settle()
                self._pay()
        if not_mine := not_mine | (offsets.keys() & self._lost):
            raise AssignmentLost(not_mine)

    def close(self) -> None:
        """Leave the group."""
        try:
            with telling_unavailable():
                try:
                    self._pay()
                finally:
                    self._consumer.close(autocommit=False, timeout_ms=int(_CLOSE_TIMEOUT_S * 1000))
        except Exception as fault:  # noqa: BLE001 - leaving is a courtesy: the group will notice by itself
            log.info("kafka_group_not_left", group=self._group, fault=type(fault).__name__)

    def _take_in(self, *, timeout: float) -> None:
        """Let the library work, keep what it brings, and note what has changed in the group."""
        self._pause_the_full()
        # All that it has: a partition that is paused while it holds unpacked records of it never goes on (3.0.12).
        fetched = self._consumer.poll(timeout_ms=int(timeout * 1000), max_records=_ALL)
        for is_gain, places in self._changes.drain():
            if is_gain:
                self._held |= places
                self._gained |= places
            else:
                # Those that we were put out of already have been told.
                self._lost |= places & self._held
                self._gained -= places
                self._forget(places)
        for partition, records in fetched.items():
            self._kept.setdefault(place_of(partition), deque()).extend(records)

    def _settle(self) -> None:
        """While the group is being arranged anew, wait for the end of it, within reason."""
        patience = time.monotonic() + _REBALANCE_PATIENCE_S
        while self._is_rebalancing() and (left := patience - time.monotonic()) > 0:
            self._take_in(timeout=min(left, 0.1))

    def _pause_the_full(self) -> None:
        """Ask for no more of a partition that has enough; what is on its way the library keeps for later."""
        full = {TopicPartition(*place) for place in self._held if self._is_full(place)}
        paused = self._consumer.paused()
        assigned = self._consumer.assignment()
        if start := full & assigned - paused:
            self._consumer.pause(*start)
        if end := paused - full:
            self._consumer.resume(*end)

    def _is_full(self, place: Partition) -> bool:
        return len(self._kept.get(place, ())) >= _KEPT_RECORDS

    def _hand_out(self, place: Partition, limit: int) -> list[Delivery]:
        kept = self._kept[place]
        return [delivery(kept.popleft()) for _ in range(min(limit, len(kept)))]

    def _is_rebalancing(self) -> bool:
        return bool(self._consumer.group_metadata().state == MemberState.REBALANCING)

    def _pay(self) -> None:
        """Commit what is owed, unless the group is being arranged anew."""
        if not self._owed or self._is_rebalancing():
            return
        offsets = {TopicPartition(*place): OffsetAndMetadata(offset, "", -1) for place, offset in self._owed.items()}
        try:
            self._consumer.commit(offsets, timeout_ms=int(_COMMIT_TIMEOUT_S * 1000))
        except errors.RebalanceInProgressError:
            return
        except errors.CommitFailedError as fault:
            if not any(isinstance(reason, errors.RebalanceInProgressError) for reason in fault.args):
                # The group has gone on without us: others read from what was committed before.
                self._lost |= self._held
                self._gained.clear()
                self._forget(set(self._held))
            return
        self._owed.clear()

    def _forget(self, places: Collection[Partition]) -> None:
        self._held.difference_update(places)
        for place in places:
            self._kept.pop(place, None)
            self._owed.pop(place, None)


class _Changes(ConsumerRebalanceListener):
    """What the library tells of the group, from its own thread while ours waits for it."""

    def __init__(self) -> None:
        self._changes: deque[tuple[bool, set[Partition]]] = deque()

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._changes.append((True, set(map(place_of, assigned))))

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self._changes.append((False, set(map(place_of, revoked))))

    def on_partitions_lost(self, lost: Iterable[Any]) -> None:
        self.on_partitions_revoked(lost)

    def drain(self) -> Iterator[tuple[bool, set[Partition]]]:
        """Return the changes since the last time, in their order: whether it was a gain, and of what."""
        while self._changes:
            yield self._changes.popleft()
