"""Read from a place on, without a group."""

import time
from collections.abc import Collection, Sequence
from datetime import datetime

from shared.broker import Delivery, Partition
from shared.embedded_log.file import LogFile, telling_unavailable
from shared.embedded_log.reading import list_ends, marks, read
from shared.topics import UnknownTopic
from shared.turns import Turns
from shared.waking import CommitWatch


class EmbeddedReader:
    """A reader of the embedded log; see `shared.broker.Reader`."""

    def __init__(self, file: LogFile, *, topics: Collection[str], since: datetime | None) -> None:
        self._topics = sorted(topics)
        self._turns = Turns()
        with telling_unavailable():
            self._connection = file.connect(is_durable=False)
            # One moment for both: what is appended between them would else be neither skipped nor counted.
            self._connection.execute("BEGIN")
            self._ends = list_ends(self._connection, self._topics)
            moment = 0 if since is None else int(since.timestamp() * 1000)
            rows = self._connection.execute(
                "SELECT p.topic, p.partition, coalesce((SELECT min(l.offset) FROM log AS l"  # noqa: S608 - marks only
                " WHERE l.topic = p.topic"
                " AND l.partition = p.partition AND l.time >= ?), p.next_offset) FROM partitions AS p"
                f" WHERE p.topic IN ({marks(self._topics)})",
                (moment, *self._topics),
            )
            starts = {(topic, number): start for topic, number, start in rows}
            self._connection.execute("COMMIT")
            self._next = {place: starts[place] for place in self._ends}
            self._watch = CommitWatch(file.connect(is_durable=False))

    def read(self, *, max_records: int, timeout: float) -> Sequence[Delivery]:
        """Return the next records; see `shared.broker.Reader`."""
        deadline = time.monotonic() + timeout
        with telling_unavailable():
            while True:
                ends = list_ends(self._connection, self._topics)
                if gone := self._next.keys() - ends.keys():
                    raise UnknownTopic(min(gone).topic)
                starts = {place: start for place, start in self._next.items() if ends[place] > start}
                deliveries = self._turns.take(starts, limit=max_records, take=self._read)
                for delivery in deliveries:
                    self._next[delivery.place] = delivery.offset + 1
                if deliveries:
                    self._watch.was_useful()
                else:
                    # What compaction or the retention took from the end will not come.
                    self._next.update({place: ends[place] for place in starts})
                now = time.monotonic()
                if deliveries or now >= deadline:
                    return deliveries
                self._watch.wait(timeout=deadline - now)

    def is_at_end(self) -> bool:
        """Tell whether everything that was there when it was opened has been read."""
        return self.remaining() == 0

    def remaining(self) -> int:
        """Return how much is left of what was there when it was opened; see `shared.broker.Reader`."""
        return sum(max(end - self._next[place], 0) for place, end in self._ends.items())

    def close(self) -> None:
        """Close the file."""
        self._watch.close()
        self._connection.close()

    def _read(self, place: Partition, limit: int) -> Sequence[Delivery]:
        return read(self._connection, place, start=self._next[place], limit=limit)
