"""One event as one subscriber may see it: pure, and the only place that decides what leaves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from shared import messages
from shared.messages import Event, Outside, Record, UnreadableMessage
from shared.pseudonyms import Pseudonyms
from shared.subscriptions import Subscription

_SCHEMA_HEADER: Final = "ce_dataschema"
# Of an event that does not say; a pseudonym is still about a person.
_CLASSIFICATION: Final = "confidential"


def outside(
    event: Event, *, subscription: Subscription, topic: str, declared: Mapping[str, Outside], pseudonyms: Pseudonyms
) -> Record | None:
    """Return the record that tells `event` to a subscriber, or None where nothing of it is for that one.

    Of the data go the fields that are both subscribed and `declared`. Whatever names something of ours goes under the
    subscriber's pseudonyms: ids in the data, the subject, the key, and the event's own id (so that an event that is
    exported twice can be known by its `ce_id`). The organisation goes by its public code. What else could join two
    subscribers stays: correlation, causation, trace. The sequence stays too: it counts within one key.

    Raises:
        UnreadableMessage: the event lacks its moment or its sequence, or an id in its data is no text.
    """
    at, version = _told_at(event)
    # What happened before its beginning, heard late or read anew, is not for it.
    fields = subscription.fields_of(event.type, at=at)
    if not fields:
        return None
    data = _data(event.data, fields=fields, declared=declared, pseudonyms=pseudonyms)
    record = messages.record_of(
        None if data is None else orjson.dumps(data),
        at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        id=pseudonyms.of(event.id),
        type=event.type,
        source=event.source,
        topic=topic,
        key=pseudonyms.of(event.key),
        subject=pseudonyms.of(event.subject) if event.subject is not None else None,
        organisation_id=subscription.organisation_code,
        version=version,
        correlation_id=None,
        causation_id=None,
        trace_context=None,
        classification=event.classification or _CLASSIFICATION,
    )
    # The schema describes all of the data; a part of it would not fit.
    return replace(record, headers=tuple([header for header in record.headers if header[0] != _SCHEMA_HEADER]))


def _told_at(event: Event) -> tuple[datetime, int]:
    if event.occurred_at is None:
        raise UnreadableMessage("message_not_cloudevents", where="time")
    if event.version is None:
        raise UnreadableMessage("message_not_cloudevents", where="sequence")
    return event.occurred_at, event.version


def _data(
    data: Mapping[str, Any] | None,
    *,
    fields: tuple[str, ...],
    declared: Mapping[str, Outside],
    pseudonyms: Pseudonyms,
) -> dict[str, Any] | None:
    if data is None:
        return None
    told: dict[str, Any] = {}
    for name in fields:
        how = declared.get(name)
        # What was subscribed when it might leave, and may no more, stays here.
        if how is None or name not in data:
            continue
        value = data[name]
        if how is Outside.PSEUDONYM and value is not None:
            if not isinstance(value, str):
                raise UnreadableMessage("message_data_unexpected", where=f"$.{name}")
            value = pseudonyms.of(value)
        told[name] = value
    return told
