"""What travels: CloudEvents 1.0 in Kafka's binding, declared by the producer, read field by field by the consumer.

A producer declares an `EventType` in its `events.py` and says `TYPE.about(key=…, data=…)`; `outbox.add` writes the
result beside the fact. A consumer's handler gets an `Event` and takes from it, with `read`, only the fields it needs.
On the wire the value is the JSON data and the attributes are `ce_*` headers (binary mode, `events.md`).

A type that tells the present state of something (`is_state`, for compacted topics) may also say that it ended: its
`ended` makes a tombstone, an event without data, and a record without value that lets the log forget the key.
"""

from shared.messages.binding import (
    BINARY_TYPE,
    ENVELOPE,
    MAX_ATTRIBUTE_LENGTH,
    STRUCTURED_TYPE,
    UnreadableMessage,
    decode,
    encode,
    read,
    record_of,
    schema_uri,
    type_of,
)
from shared.messages.declarations import EventRefused, EventType, Outside
from shared.messages.events import MAX_VALUE_BYTES, Event, Record, handled_event_id

__all__ = (
    "BINARY_TYPE",
    "ENVELOPE",
    "MAX_ATTRIBUTE_LENGTH",
    "MAX_VALUE_BYTES",
    "STRUCTURED_TYPE",
    "Event",
    "EventRefused",
    "EventType",
    "Outside",
    "Record",
    "UnreadableMessage",
    "decode",
    "encode",
    "handled_event_id",
    "read",
    "record_of",
    "schema_uri",
    "type_of",
)
