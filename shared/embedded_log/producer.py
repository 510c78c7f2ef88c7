"""Append records: one durable transaction a batch."""

import random
from collections.abc import Sequence

import orjson

from shared.broker import Partition, require_acceptable
from shared.clock import Clock
from shared.embedded_log.file import LogFile, telling_unavailable, transaction
from shared.messages import Record
from shared.partitioning import partition_of
from shared.topics import UnknownTopic


class EmbeddedProducer:
    """One writer's connection to the file."""

    def __init__(self, file: LogFile, *, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        with telling_unavailable():
            self._connection = file.connect(is_durable=True)

    def publish(self, records: Sequence[Record]) -> None:
        """Append all records, or none; see `shared.broker.Producer`."""
        placed = [(self._place(record), record) for record in records]
        time = to_milliseconds(self._clock)
        with telling_unavailable(), transaction(self._connection):
            ends = {place: self._end(place) for place in {place for place, _ in placed}}
            rows = []
            for place, record in placed:
                headers = orjson.dumps([[name, value.decode("latin-1")] for name, value in record.headers])
                rows.append((*place, ends[place], record.key, record.value, headers, time))
                ends[place] += 1
            self._connection.executemany(
                "INSERT INTO log (topic, partition, offset, key, value, headers, time) VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._connection.executemany(
                "UPDATE partitions SET next_offset = ? WHERE topic = ? AND partition = ?",
                [(end, *place) for place, end in ends.items()],
            )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _place(self, record: Record) -> Partition:
        topic = self._file.catalogue.get_topic(record.topic)
        require_acceptable(record, topic)
        count = topic.partitions
        # A record without a key has no order to keep, and goes anywhere.
        number = random.randrange(count) if record.key is None else partition_of(record.key, count)  # noqa: S311
        return Partition(record.topic, number)

    def _end(self, place: Partition) -> int:
        row = self._connection.execute(
            "SELECT next_offset FROM partitions WHERE topic = ? AND partition = ?", place
        ).fetchone()
        if row is None:
            raise UnknownTopic(place.topic)
        return int(row[0])


def to_milliseconds(clock: Clock) -> int:
    """Return the present moment as the log keeps it: milliseconds since 1970."""
    return int(clock.now().timestamp() * 1000)
