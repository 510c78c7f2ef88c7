"""Read from a place on, without a group."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from kafka import TopicPartition

from shared.broker import Delivery, Partition
from shared.kafka.administration import Administration
from shared.kafka.clients import Clients
from shared.kafka.faults import telling_unavailable
from shared.kafka.records import delivery

# Of a topic that was deleted the library says nothing, and looks for it for ever.
_LOOK_EVERY_S: Final = 2.0


class KafkaLogReader:
    """A reader of a cluster; see `shared.broker.Reader`."""

    def __init__(
        self,
        clients: Clients,
        *,
        administration: Administration,
        starts: Mapping[Partition, int],
        ends: Mapping[Partition, int],
    ) -> None:
        self._administration = administration
        self._look_at = time.monotonic() + _LOOK_EVERY_S
        self._ends = dict(ends)
        self._next = dict(starts)
        self._consumer = clients.consumer()
        with telling_unavailable():
            self._consumer.assign([TopicPartition(*place) for place in starts])
            for place, offset in starts.items():
                self._consumer.seek(TopicPartition(*place), offset)

    def read(self, *, max_records: int, timeout: float) -> Sequence[Delivery]:
        """Return the next records; see `shared.broker.Reader`."""
        with telling_unavailable():
            fetched = self._consumer.poll(timeout_ms=int(timeout * 1000), max_records=max_records)
            deliveries = [delivery(record) for records in fetched.values() for record in records]
            for each in deliveries:
                self._next[each.place] = each.offset + 1
            if not deliveries:
                # What compaction took from the end will not come: the library has gone past it.
                for place in self._unfinished():
                    self._next[place] = (
                        self._consumer.position(TopicPartition(*place), timeout_ms=0) or self._next[place]
                    )
                self._look_when_due()
        return deliveries

    def is_at_end(self) -> bool:
        """Tell whether everything that was there when it was opened has been read."""
        return not self._unfinished()

    def remaining(self) -> int:
        """Return how much is left of what was there when it was opened; see `shared.broker.Reader`."""
        return sum(self._ends[place] - self._next[place] for place in self._unfinished())

    def close(self) -> None:
        """Close the connection."""
        with telling_unavailable():
            self._consumer.close(autocommit=False)

    def _look_when_due(self) -> None:
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + _LOOK_EVERY_S
            self._administration.require({place.topic for place in self._next})

    def _unfinished(self) -> Collection[Partition]:
        return [place for place, end in self._ends.items() if self._next[place] < end]
