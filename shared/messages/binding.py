"""CloudEvents 1.0 in Kafka's binding: an event written as a record, a record read as an event."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, TypeVar

import msgspec
import orjson

from shared.messages.events import MAX_VALUE_BYTES, Event, Record

BINARY_TYPE: Final = b"application/json"
STRUCTURED_TYPE: Final = b"application/cloudevents+json"

# Wide enough for any bigint, so that the sequences of an aggregate also sort as text (CloudEvents' `sequence`).
_SEQUENCE_DIGITS: Final = 19
# No database takes a larger one, and trying again would not make it smaller.
_HIGHEST_SEQUENCE: Final = 2**63 - 1

# Of an attribute or a key, in characters or bytes: four bytes a character still fit into an index of PostgreSQL.
MAX_ATTRIBUTE_LENGTH: Final = 512
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# The fields of an event that `record_of` takes after the data and the moment, in its order.
ENVELOPE: Final = (
    "id",
    "type",
    "source",
    "topic",
    "key",
    "subject",
    "organisation_id",
    "version",
    "correlation_id",
    "causation_id",
    "trace_context",
    "classification",
)
_envelope = attrgetter(*ENVELOPE)

Shape = TypeVar("Shape")


class UnreadableMessage(Exception):
    """A message that no retry can make readable; `reason` is stable and `where` names a place, never a value."""

    def __init__(self, reason: str, *, where: str = "") -> None:
        super().__init__(f"{reason} at {where}" if where else reason)
        self.reason = reason
        self.where = where


def encode(event: Event) -> Record:
    """Return the record that carries `event`, in binary mode."""
    if event.occurred_at is None or event.version is None:
        raise ValueError("only an event from the outbox, with its moment and version, can be encoded")
    time = event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return record_of(None if event.data is None else orjson.dumps(event.data), time, *_envelope(event))


def type_of(record: Record) -> str:
    """Return the type of an event of ours by its record, without reading the rest; empty when it says none."""
    return next((value.decode() for name, value in record.headers if name == "ce_type"), "")


def record_of(
    value: bytes | None,
    time: str,
    id: str,
    type: str,
    source: str,
    topic: str,
    key: str,
    subject: str | None,
    organisation_id: str | None,
    version: int,
    correlation_id: str | None,
    causation_id: str | None,
    trace_context: str | None,
    classification: str | None,
) -> Record:
    """Return the record of an event's JSON data (None: a tombstone), its moment (RFC 3339, in UTC) and `ENVELOPE`.

    For the relay, which has a row and not an `Event`.
    """
    record_key = key.encode()
    headers = [
        *_headers_of_type(type, source, classification, value is None),
        ("ce_id", id.encode()),
        ("ce_time", time.encode()),
        ("ce_partitionkey", record_key),
        ("ce_sequence", b"%019d" % version),
    ]
    if subject is not None:
        headers.append(("ce_subject", subject.encode()))
    if organisation_id is not None:
        headers.append(("ce_organisation", organisation_id.encode()))
    if correlation_id is not None:
        headers.append(("ce_correlationid", correlation_id.encode()))
    if causation_id is not None:
        headers.append(("ce_causationid", causation_id.encode()))
    if trace_context is not None:
        headers.append(("traceparent", trace_context.encode()))
    return Record(topic=topic, key=record_key, value=value, headers=tuple(headers))


@lru_cache(maxsize=1000)
def _headers_of_type(
    type: str, source: str, classification: str | None, is_tombstone: bool
) -> tuple[tuple[str, bytes], ...]:
    """Return what the headers of every event of one type begin with."""
    headers = {
        # What describes the data goes when there is none.
        "content-type": None if is_tombstone else BINARY_TYPE,
        "ce_specversion": b"1.0",
        "ce_source": source.encode(),
        "ce_type": type.encode(),
        "ce_dataschema": None if is_tombstone else schema_uri(type).encode(),
        "ce_dataclassification": classification.encode() if classification is not None else None,
    }
    return tuple((name, value) for name, value in headers.items() if value is not None)


def decode(record: Record) -> Event:
    """Return the event that `record` carries, in binary or structured mode; a tombstone has no data.

    Raises:
        UnreadableMessage: it or its key is too large, it has neither a value nor attributes, is not JSON, or is not a
            CloudEvent of version 1.0.
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
        if name in _ATTRIBUTES and not (isinstance(value, str) and _is_word(value)):
            raise UnreadableMessage("message_not_cloudevents", where=name)
    if record.key is not None and len(record.key) > MAX_ATTRIBUTE_LENGTH:
        raise UnreadableMessage("message_key_too_long")
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


def _is_word(value: str) -> bool:
    """Tell whether an attribute can be kept: CloudEvents allows no control characters, and PostgreSQL indexes no novel."""
    return len(value) <= MAX_ATTRIBUTE_LENGTH and (value.isprintable() or not _CONTROL.search(value))


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
        # A header that we do not know has whatever name its sender chose.
        where = name if name.removeprefix("ce_") in _ATTRIBUTES or name == "key" else "headers"
        raise UnreadableMessage("message_not_cloudevents", where=where) from None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        # The calendar's first and last days may be outside it in UTC.
        utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableMessage("message_not_cloudevents", where="time") from None
    if moment.tzinfo is None:
        raise UnreadableMessage("message_not_cloudevents", where="time")
    return utc


def _version(text: str | None) -> int | None:
    if text is None:
        return None
    # `int` also takes signs, spaces and other scripts' digits.
    is_number = text.isascii() and text.isdigit() and len(text) <= _SEQUENCE_DIGITS
    if not is_number or int(text) > _HIGHEST_SEQUENCE:
        raise UnreadableMessage("message_not_cloudevents", where="sequence")
    return int(text)
