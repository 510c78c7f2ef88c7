"""One whole record of each type, made by the code that makes the real ones from the declared sample."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from event_catalogue.declarations import Declared
from shared import messages
from shared.exporting import records
from shared.messages import Event, Outside, Record
from shared.pseudonyms import Pseudonyms
from shared.subscriptions import FieldsOfType, Subscription

Example = dict[str, Any]

_AT: Final = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
_EVENT_ID: Final = "01980a5c-71f4-7e2b-a1c0-5d6e7f809102"
_REQUEST_ID: Final = "01980a5c-71e0-7a11-b2d3-4e5f60718293"
# Names in the form of a key what the sample does not know.
_ANOTHER_ID: Final = "01980a5b-0d1e-7b61-9c0b-52a6c9d8e701"
_ORGANISATION_CODE: Final = "712000"
# A subscriber that exists in samples alone: its key is no secret.
_PSEUDONYMS: Final = Pseudonyms(b"the key of the samples")


def inside(declared: Declared) -> Example:
    """Return a message as the services hear it."""
    return _example(messages.encode(_event(declared)))


def tombstone(declared: Declared) -> Example:
    """Return the message that takes a state back."""
    return _example(messages.encode(replace(_event(declared), data=None, version=2)))


def outside(declared: Declared) -> Example:
    """Return a message as a subscriber to every field hears it."""
    return _example(outside_record(declared))


def outside_record(declared: Declared) -> Record:
    """Return what the exporter makes of the sample for a subscriber to every field that may leave."""
    event_type = declared.event_type
    subscription = Subscription(
        subscriber_id=_ANOTHER_ID,
        subscriber="transport",
        organisation_id=_ANOTHER_ID,
        organisation_code=_ORGANISATION_CODE,
        root_key_id="",
        types=(FieldsOfType(event_type.type, tuple(event_type.outside)),),
        started_at=_AT,
    )
    record = records.outside(
        _event(declared),
        subscription=subscription,
        topic=f"org.{_ORGANISATION_CODE}.{declared.producer}.transport.v1",
        declared=event_type.outside,
        pseudonyms=_PSEUDONYMS,
    )
    assert record is not None
    return record


def ids_inside(declared: Declared) -> frozenset[str]:
    """Return the ids of the sample that no subscriber may see: those of the pseudonyms, and of the envelope."""
    sample, outside = declared.event_type.sample, declared.event_type.outside
    event = _event(declared)
    hidden = {sample[name] for name, how in outside.items() if how is Outside.PSEUDONYM}
    return frozenset({*hidden, event.id, event.key, _REQUEST_ID, _organisation(declared)})


def _event(declared: Declared) -> Event:
    event_type = declared.event_type
    event = event_type.about(
        key=re.sub(r"([a-z]+):<[a-z_]+>", lambda part: f"{part[1]}:{_id(declared, part[1])}", event_type.key_form),
        data=event_type.sample,
        subject=_id(declared, re.findall(r"([a-z]+):<", event_type.key_form)[-1]),
        organisation_id=_organisation(declared),
    )
    return replace(event, id=_EVENT_ID, occurred_at=_AT, version=1, correlation_id=_REQUEST_ID)


def _organisation(declared: Declared) -> str:
    return str(declared.event_type.sample.get("organisation_id", _ANOTHER_ID))


def _id(declared: Declared, noun: str) -> str:
    return str(declared.event_type.sample.get(f"{noun}_id", _ANOTHER_ID))


def _example(record: Record) -> Example:
    return {
        "name": "sample",
        "headers": {name: value.decode() for name, value in sorted(record.headers)},
        "payload": orjson.loads(record.value) if record.value is not None else None,
    }
