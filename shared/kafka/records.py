"""A record as kafka-python gives it, and as the door does."""

from datetime import UTC, datetime
from typing import Any, Final

from shared.broker import Delivery, Partition

# A foreign client may count in microseconds, and the year is then past what a datetime holds.
_LATEST_MS: Final = int(datetime.max.replace(tzinfo=UTC).timestamp() * 1000) - 1


def delivery(record: Any) -> Delivery:
    """Return a consumed record in the door's own form."""
    return Delivery(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        # Kafka lets a header have no value; ours never do.
        headers=tuple((name, value or b"") for name, value in record.headers),
        appended_at=datetime.fromtimestamp(min(max(record.timestamp, 0), _LATEST_MS) / 1000, UTC),
    )


def place_of(record_or_partition: Any) -> Partition:
    """Return the partition of a record, or a partition of kafka-python, in the door's own form."""
    return Partition(record_or_partition.topic, record_or_partition.partition)
