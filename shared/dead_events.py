"""Messages that no retry can help, kept with their reason, and those of the same aggregate that wait behind them.

Skipping one event would break its aggregate, and a retry topic would lose the order (`events.md`, Failures). So a dead
event stays in its consumer's own database, later events with its key queue behind it, and the partition goes on.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from shared.database import UtcDateTime, new_metadata

_metadata = new_metadata()

dead_events = Table(
    "dead_events",
    _metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True),
    # The consumer group that could not take it.
    Column("consumer", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    # Original bytes: what could not be read must be looked at as it came.
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", LargeBinary, nullable=False),
    # What could be read of it.
    Column("event_id", Text),
    Column("type", Text),
    # `dead`, or `waiting` behind an earlier one of the same key.
    Column("state", Text, nullable=False),
    # Why it is dead: a stable code, and the place that it names, never a value.
    Column("reason", Text),
    Column("place", Text),
    Column("attempts", Integer, nullable=False),
    Column("buried_at", UtcDateTime, nullable=False),
    UniqueConstraint("consumer", "topic", "partition", "offset"),
    Index("ix_dead_events_consumer_topic_key", "consumer", "topic", "key"),
    sqlite_autoincrement=True,
)


def copy_to(metadata: MetaData) -> None:
    """Add the table `dead_events` to a service's own metadata."""
    dead_events.to_metadata(metadata)
