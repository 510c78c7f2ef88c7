"""An event and the record that carries it, and the work that an event belongs to."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from shared.messages.declarations import EventType

# Apache Kafka's own default for a message is 1 MiB with its headers; ours fits below it with room for them.
MAX_VALUE_BYTES: Final = 900_000

# The event that is being handled: what a handler writes to the outbox names it as its cause.
handled_event_id: ContextVar[str | None] = ContextVar("handled_event_id", default=None)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a log carries: the same fields on the embedded log and on Kafka."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, told once and perhaps heard twice.

    `occurred_at` and `version` (CloudEvents' `sequence`: contiguous within `topic` and `key`) are given by `outbox.add`.
    `data` is None in a tombstone alone: what the key stands for has ended (`EventType.ended`).
    """

    id: str
    type: str
    source: str
    topic: str
    key: str
    data: Mapping[str, Any] | None
    subject: str | None = None
    organisation_id: str | None = None
    occurred_at: datetime | None = None
    version: int | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    trace_context: str | None = None
    classification: str | None = None
    # Only what its declaration made (`about`, `ended`) may be published; a message that was heard has none.
    declared_as: "EventType | None" = field(default=None, repr=False, compare=False)
