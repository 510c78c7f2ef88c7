"""Read as a member of a group: poll, commit, leave."""

import time
from collections.abc import Collection, Mapping

from shared import ids
from shared.broker import AssignmentLost, Delivery, Partition, Polled
from shared.clock import Clock
from shared.embedded_log.file import LogFile, telling_unavailable, transaction
from shared.embedded_log.membership import Membership
from shared.embedded_log.reading import list_ends, read
from shared.turns import Turns
from shared.waking import CommitWatch

# How often a member looks whether others came or went, and how often while it waits for its part.
_LOOK_S = 0.4
_EAGER_LOOK_S = 0.02


class EmbeddedConsumer:
    """A member of a group on the embedded log; see `shared.broker.Consumer`."""

    def __init__(self, file: LogFile, *, group: str, topics: Collection[str], clock: Clock) -> None:
        self._topics = sorted(topics)
        self._next: dict[Partition, int] = {}
        self._look_at = time.monotonic()
        self._turns = Turns()
        with telling_unavailable():
            # Before the membership, which a thread keeps alive: a member that nobody polls would keep its part for ever.
            self._watch = CommitWatch(file.connect(is_durable=False))
            self._membership = Membership(file, group=group, member=ids.new(), topics=topics, clock=clock)
            self._connection = self._membership.connection

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
        starts = {
            place: self._next[place]
            for place, end in list_ends(self._connection, self._topics).items()
            if end > self._next.get(place, end) and place not in skip
        }
        deliveries = self._turns.take(starts, limit=max_records, take=self._read)
        for delivery in deliveries:
            self._next[delivery.place] = delivery.offset + 1
        return deliveries

    def _read(self, place: Partition, limit: int) -> list[Delivery]:
        return read(self._connection, place, start=self._next[place], limit=limit)
