"""What travels: CloudEvents 1.0 in Kafka's binding, declared by the producer, read field by field by the consumer.

A producer declares an `EventType` in its `events.py` and says `TYPE.about(key=…, data=…)`; `outbox.add` writes the
result beside the fact. A consumer's handler gets an `Event` and takes from it, with `read`, only the fields it needs.
On the wire the value is the JSON data and the attributes are `ce_*` headers (binary mode, `events.md`).

A type that tells the present state of something (`is_state`, for compacted topics) may also say that it ended: its
`ended` makes a tombstone, an event without data, and a record without value that lets the log forget the key.
"""

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, Final, TypeVar

import fastjsonschema
import msgspec
import orjson

from shared import ids

# Apache Kafka's own default for a message is 1 MiB with its headers; ours fits below it with room for them.
MAX_VALUE_BYTES: Final = 900_000
BINARY_TYPE: Final = b"application/json"
STRUCTURED_TYPE: Final = b"application/cloudevents+json"

_TYPE_FORM = re.compile(r"ca\.vitrail\.(?P<service>[a-z][a-z-]*)\.[a-z][a-z0-9-]*\.v[1-9][0-9]*")
# The JSON Schema types of a field that may leave under a pseudonym; a JSON list of types is a Python list.
_PSEUDONYMOUS: Final[tuple[Any, ...]] = ("string", ["string", "null"])
# Wide enough for any bigint, so that the sequences of an aggregate also sort as text (CloudEvents' `sequence`).
_SEQUENCE_DIGITS = 19

# The event that is being handled: what a handler writes to the outbox names it as its cause.
handled_event_id: ContextVar[str | None] = ContextVar("handled_event_id", default=None)
# The trace that the present work belongs to (W3C `traceparent`), carried from event to event.
trace_context: ContextVar[str | None] = ContextVar("trace_context", default=None)

Shape = TypeVar("Shape")


class EventRefused(Exception):
    """A producer's event does not fit its own declaration: a fault of ours, found before anything is committed.

    The text names the place and the rule, never the value.
    """


class UnreadableMessage(Exception):
    """A message that no retry can make readable; `reason` is stable and `where` names a place, never a value."""

    def __init__(self, reason: str, *, where: str = "") -> None:
        super().__init__(f"{reason} at {where}" if where else reason)
        self.reason = reason
        self.where = where


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a log carries: the same fields on the embedded log and on Kafka."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Outside(Enum):
    """How a field may leave to an organisation's subscribers (`events.md`, Outside)."""

    AS_IS = "as_is"
    # An id that each subscriber knows by another name, so that two of them cannot join what they hold.
    PSEUDONYM = "pseudonym"


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


@dataclass(frozen=True, kw_only=True, eq=False)
class EventType:
    """A producer's declaration of one type of event: name, topic, JSON Schema (draft 7) and a sample.

    `summary` and the schema's descriptions are "français | English". `key_form` says what the order is kept for
    (`account:<id>/student:<id>`): a promise to readers, to which every key is held; without one, any key will do.
    `outside` says which fields of the data may leave to subscribers, and how; a field that it does not name never leaves,
    and a type without any is never exported. `is_state` is for compacted topics: the last event of a key is all there is
    to know of it, and `ended` takes it back.

    Raises ValueError when the name is not `ca.vitrail.<service>.<what-happened>.v<number>`, an object of the schema
    is left open (a closed schema is what keeps a field from leaking unnoticed), or `outside` names what the schema does
    not declare, or a pseudonym of what is no text.
    """

    type: str
    topic: str
    summary: str
    schema: Mapping[str, Any]
    sample: Mapping[str, Any]
    key_form: str = ""
    classification: str = "confidential"
    outside: Mapping[str, Outside] = field(default_factory=dict)
    is_state: bool = False

    def __post_init__(self) -> None:
        if not _TYPE_FORM.fullmatch(self.type):
            raise ValueError(f"not the name of an event type: {self.type}")
        if self.schema.get("type") != "object":
            raise ValueError(f"the data of {self.type} is not declared to be an object")
        for pointer in _open_objects(self.schema, "#"):
            raise ValueError(f"{self.type}: {pointer} does not say additionalProperties: false")
        declared = self.schema.get("properties", {})
        for name, how in self.outside.items():
            if name not in declared:
                raise ValueError(f"{self.type}: {name} may leave and is not declared")
            if how is Outside.PSEUDONYM and declared[name].get("type") not in _PSEUDONYMOUS:
                raise ValueError(f"{self.type}: {name} is no text, so it can have no pseudonym")

    @property
    def source(self) -> str:
        """Return who speaks, as a CloudEvents `source`."""
        match = _TYPE_FORM.fullmatch(self.type)
        assert match is not None
        return f"/services/{match['service']}"

    def about(
        self, *, key: str, data: Mapping[str, Any], subject: str | None = None, organisation_id: str | None = None
    ) -> Event:
        """Return a new event of this type.

        `key` names what the order is kept for (`student:<id>`, `account:<id>`). Moments and days in `data` may be
        given as such; they are kept as JSON.

        Raises:
            EventRefused: `data` or `key` does not fit the declaration, or the data is too large to be published.
        """
        return self._event(key=key, data=self.checked(data), subject=subject, organisation_id=organisation_id)

    def ended(self, *, key: str, subject: str | None = None, organisation_id: str | None = None) -> Event:
        """Return the tombstone of `key`: what this type told of it is so no more, and the log may forget it.

        Raises:
            EventRefused: the type does not tell a state, or `key` does not fit the declaration.
        """
        if not self.is_state:
            raise EventRefused(f"{self.type}: only a type that tells a state can tell its end")
        return self._event(key=key, data=None, subject=subject, organisation_id=organisation_id)

    def _event(
        self, *, key: str, data: Mapping[str, Any] | None, subject: str | None, organisation_id: str | None
    ) -> Event:
        if not self._key_pattern.fullmatch(key):
            raise EventRefused(f"{self.type}: the key is not {self.key_form}")
        return Event(
            id=ids.new(),
            type=self.type,
            source=self.source,
            topic=self.topic,
            key=key,
            data=data,
            subject=subject,
            organisation_id=organisation_id,
            classification=self.classification,
            declared_as=self,
        )

    def checked(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `data` as its readers will see it, detached from the caller's objects.

        Raises:
            EventRefused: see `about`.
        """
        try:
            value = orjson.dumps(data)
        except TypeError as fault:
            raise EventRefused(f"{self.type}: the data is not JSON") from fault
        if len(value) > MAX_VALUE_BYTES:
            raise EventRefused(f"{self.type}: the data is larger than {MAX_VALUE_BYTES} bytes")
        as_read: Mapping[str, Any] = orjson.loads(value)
        try:
            self._validate(as_read)
        except fastjsonschema.JsonSchemaValueException as fault:
            # Its message carries the value, and the traceback would show it: neither leaves this block.
            place, rule = fault.name, fault.rule
        else:
            return as_read
        raise EventRefused(f"{self.type}: {place} breaks the rule {rule}")

    @cached_property
    def _key_pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"<[a-z_]+>", "[^:/]+", re.escape(self.key_form)) or ".*")

    @cached_property
    def _validate(self) -> Callable[[Any], Any]:
        compiled: Callable[[Any], Any] = fastjsonschema.compile(dict(self.schema), use_default=False)
        return compiled


def encode(event: Event) -> Record:
    """Return the record that carries `event`, in binary mode."""
    if event.occurred_at is None or event.version is None:
        raise ValueError("only an event from the outbox, with its moment and version, can be encoded")
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": event.id,
        "ce_source": event.source,
        "ce_type": event.type,
        "ce_subject": event.subject,
        "ce_time": event.occurred_at.isoformat().replace("+00:00", "Z"),
        "ce_dataschema": schema_uri(event.type) if event.data is not None else None,
        "ce_partitionkey": event.key,
        "ce_sequence": str(event.version).zfill(_SEQUENCE_DIGITS),
        "ce_organisation": event.organisation_id,
        "ce_correlationid": event.correlation_id,
        "ce_causationid": event.causation_id,
        "ce_dataclassification": event.classification,
        "traceparent": event.trace_context,
    }
    headers = [(name, text.encode()) for name, text in attributes.items() if text is not None]
    if event.data is None:
        return Record(topic=event.topic, key=event.key.encode(), value=None, headers=tuple(headers))
    headers.insert(0, ("content-type", BINARY_TYPE))
    return Record(topic=event.topic, key=event.key.encode(), value=orjson.dumps(event.data), headers=tuple(headers))


def decode(record: Record) -> Event:
    """Return the event that `record` carries, in binary or structured mode; a tombstone has no data.

    Raises:
        UnreadableMessage: it is too large, has neither a value nor attributes, is not JSON, or is not a CloudEvent of
            version 1.0.
    """
    headers = dict(record.headers)
    is_structured = headers.get("content-type", b"").partition(b";")[0].strip().lower() == STRUCTURED_TYPE
    if record.value is None and (is_structured or "ce_specversion" not in headers):
        raise UnreadableMessage("message_without_value")
    if record.value is not None and len(record.value) > MAX_VALUE_BYTES:
        raise UnreadableMessage("message_too_large")
    data = _json_object(record.value) if record.value is not None else None
    if is_structured and data is not None:
        document, data = data, _object(data.pop("data", None))
        attributes = {name: value for name, value in document.items() if value is not None}
    else:
        attributes = {name[3:]: _text(name, value) for name, value in record.headers if name.startswith("ce_")}
    if "traceparent" not in attributes and "traceparent" in headers:
        attributes["traceparent"] = _text("traceparent", headers["traceparent"])
    return _event(record, attributes, data)


def read(event: Event, shape: type[Shape]) -> Shape:
    """Return the fields of `event.data` that the dataclass `shape` declares; others are ignored.

    Raises:
        UnreadableMessage: a declared field is missing or of another type, or the event is a tombstone: the handler of a
            state looks at `event.data is None` first.
    """
    if event.data is None:
        raise UnreadableMessage("message_without_value")
    try:
        return msgspec.convert(event.data, shape)
    except msgspec.ValidationError as fault:
        # The message may carry a value; its last part is the path.
        _, at, path = str(fault).rpartition(" - at ")
        where = path.strip("`") if at else "$"
    raise UnreadableMessage("message_data_unexpected", where=where)


def schema_uri(event_type: str) -> str:
    """Return the absolute name of a type's schema (CloudEvents' `dataschema`)."""
    return f"urn:vitrail:schema:{event_type}"


def _event(record: Record, attributes: Mapping[str, Any], data: dict[str, Any] | None) -> Event:
    if attributes.get("specversion") != "1.0":
        raise UnreadableMessage("message_not_cloudevents", where="specversion")
    for name, value in attributes.items():
        if not isinstance(value, str) and name in _ATTRIBUTES:
            raise UnreadableMessage("message_not_cloudevents", where=name)
    for name in ("id", "source", "type"):
        if not attributes.get(name):
            raise UnreadableMessage("message_not_cloudevents", where=name)
    return Event(
        id=attributes["id"],
        type=attributes["type"],
        source=attributes["source"],
        topic=record.topic,
        key=_text("key", record.key) if record.key is not None else attributes.get("partitionkey", ""),
        data=data,
        subject=attributes.get("subject"),
        organisation_id=attributes.get("organisation"),
        occurred_at=_moment(attributes.get("time")),
        version=_version(attributes.get("sequence")),
        correlation_id=attributes.get("correlationid"),
        causation_id=attributes.get("causationid"),
        trace_context=attributes.get("traceparent"),
        classification=attributes.get("dataclassification"),
    )


# What must be text when it is there; other attributes are extensions that we do not read.
_ATTRIBUTES = frozenset(
    {
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "partitionkey",
        "sequence",
        "organisation",
        "correlationid",
        "causationid",
        "dataclassification",
        "traceparent",
    }
)


def _json_object(value: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise UnreadableMessage("message_not_json") from None
    return _object(document)


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise UnreadableMessage("message_data_not_object")
    return data


def _text(name: str, value: bytes | None) -> str:
    try:
        return (value or b"").decode()
    except UnicodeDecodeError:
        raise UnreadableMessage("message_not_cloudevents", where=name) from None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableMessage("message_not_cloudevents", where="time") from None
    if moment.tzinfo is None:
        raise UnreadableMessage("message_not_cloudevents", where="time")
    return moment


def _version(text: str | None) -> int | None:
    if text is None:
        return None
    # `int` also takes signs, spaces and other scripts' digits.
    if not (text.isascii() and text.isdigit() and len(text) <= _SEQUENCE_DIGITS):
        raise UnreadableMessage("message_not_cloudevents", where="sequence")
    return int(text)


def _open_objects(schema: Any, pointer: str) -> list[str]:
    """Return the places in `schema` that describe an object without closing it."""
    if isinstance(schema, list):
        return [found for index, part in enumerate(schema) for found in _open_objects(part, f"{pointer}/{index}")]
    if not isinstance(schema, Mapping):
        return []
    describes_object = schema.get("type") == "object" or "properties" in schema
    found = [pointer] if describes_object and schema.get("additionalProperties") is not False else []
    for name, part in schema.items():
        if name not in ("enum", "const", "default", "examples"):
            found += _open_objects(part, f"{pointer}/{name}")
    return found
