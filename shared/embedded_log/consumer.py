"""Read as a member of a group: poll, commit, leave."""

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import orjson

from shared import ids
from shared.broker import AssignmentLost, Delivery, Partition, Polled
from shared.clock import Clock
from shared.embedded_log.file import LogFile, telling_unavailable, transaction
from shared.embedded_log.membership import Membership
from shared.waking import CommitWatch

# How often a member looks whether others came or went, and how often while it waits for its part.
_LOOK_S = 0.4
_EAGER_LOOK_S = 0.02
# A partition gives so many bytes a poll, whatever the number of records: they are all held in memory.
_MAX_BYTES = 8_000_000


class EmbeddedConsumer:
    """A member of a group on the embedded log; see `shared.broker.Consumer`."""

    def __init__(self, file: LogFile, *, group: str, topics: Collection[str], clock: Clock) -> None:
        self._topics = sorted(topics)
        self._next: dict[Partition, int] = {}
        self._look_at = time.monotonic()
        self._turn = 0
        with telling_unavailable():
            self._membership = Membership(file, group=group, member=ids.new(), topics=topics, clock=clock)
            self._connection = self._membership.connection
            self._watch = CommitWatch(file.connect(is_durable=False))

    def poll(self, *, max_records: int, timeout: float, skip: Collection[Partition] = ()) -> Polled:
        """Return new records of this member's partitions; see `shared.broker.Consumer`."""
        deadline = time.monotonic() + timeout
        gained: set[Partition] = set()
        lost: set[Partition] = set()
        with telling_unavailable():
            while True:
                if time.monotonic() >= self._look_at:
                    new, gone = self._settle()
                    lost |= gone
                    gained = gained - gone | new
                deliveries = self._fetch(max_records, skip)
                if deliveries:
                    self._watch.was_useful()
                now = time.monotonic()
                if deliveries or gained or lost or now >= deadline:
                    return Polled(deliveries=deliveries, gained=frozenset(gained), lost=frozenset(lost))
                self._watch.wait(timeout=max(min(deadline, self._look_at) - now, 0))

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Remember offsets for the group; see `shared.broker.Consumer`."""
        if not offsets:
            return
        with telling_unavailable(), transaction(self._connection):
            mine = self._membership.owned_of(offsets) & self._next.keys()
            self._connection.executemany(
                "INSERT OR REPLACE INTO offsets (consumer_group, topic, partition, offset) VALUES (?, ?, ?, ?)",
                [(self._membership.group, *place, offsets[place]) for place in mine],
            )
        if not_mine := offsets.keys() - mine:
            # The next poll says so too, without waiting for its time to look.
            self._look_at = time.monotonic()
            raise AssignmentLost(not_mine)

    def close(self) -> None:
        """Leave the group."""
        self._watch.close()
        self._membership.leave()

    def _settle(self) -> tuple[set[Partition], set[Partition]]:
        gained, lost, is_settled = self._membership.settle(self._next.keys())
        for place in lost:
            self._next.pop(place, None)
        for place in gained:
            self._next[place] = self._committed(place)
        self._look_at = time.monotonic() + (_LOOK_S if is_settled else _EAGER_LOOK_S)
        return gained, lost

    def _committed(self, place: Partition) -> int:
        row = self._connection.execute(
            "SELECT offset FROM offsets WHERE consumer_group = ? AND topic = ? AND partition = ?",
            (self._membership.group, *place),
        ).fetchone()
        return int(row[0]) if row else 0

    def _fetch(self, max_records: int, skip: Collection[Partition]) -> list[Delivery]:
        marks = ", ".join("?" * len(self._topics))
        ends = self._connection.execute(
            f"SELECT topic, partition, next_offset FROM partitions WHERE topic IN ({marks})",  # noqa: S608 - marks only
            self._topics,
        )
        busy = []
        for topic, number, end in ends:
            place = Partition(topic, number)
            if end > self._next.get(place, end) and place not in skip:
                busy.append(place)
        if not busy:
            return []
        # Everybody in turn, so that a busy partition does not starve the others.
        self._turn += 1
        start = self._turn % len(busy)
        deliveries: list[Delivery] = []
        for index, place in enumerate(busy[start:] + busy[:start]):
            share = -(-(max_records - len(deliveries)) // (len(busy) - index))
            if share > 0:
                deliveries += self._read(place, share)
        return deliveries

    def _read(self, place: Partition, limit: int) -> list[Delivery]:
        rows = self._connection.execute(
            "SELECT offset, key, value, headers, time FROM log WHERE topic = ? AND partition = ? AND offset >= ?"
            " ORDER BY offset LIMIT ?",
            (*place, self._next[place], limit),
        )
        deliveries = []
        size = 0
        for offset, key, value, headers, moment in rows:
            deliveries.append(
                Delivery(
                    topic=place.topic,
                    partition=place.number,
                    offset=offset,
                    key=key,
                    value=value,
                    headers=tuple((name, text.encode("latin-1")) for name, text in orjson.loads(headers)),
                    appended_at=datetime.fromtimestamp(moment / 1000, UTC),
                )
            )
            self._next[place] = offset + 1
            size += len(value or b"")
            if size > _MAX_BYTES:
                break
        rows.close()
        return deliveries
