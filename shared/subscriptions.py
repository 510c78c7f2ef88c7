"""Who outside may read what: every live subscription, read from the compacted topic on which its owner tells them.

The topic itself is the table: it keeps the last word on each subscription for ever, so whoever exports reads it from its
start, whenever it begins and whatever it missed, and keeps no copy that could be late or differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared import logs, messages
from shared.broker import Broker, BrokerUnavailable, Delivery
from shared.messages import UnreadableMessage

log = logs.get(__name__)

TOPIC: Final = "vitrail.subscriptions.v1"
# Without data: the subscription has ended.
CHANGED: Final = "ca.vitrail.enrollment.subscription-changed.v1"

_RECORDS_A_READ: Final = 500
_PATIENCE_S: Final = 2.0


@dataclass(frozen=True)
class FieldsOfType:
    """One type of event and the fields that a subscriber gets of it."""

    type: str
    fields: tuple[str, ...]
    # Since when, where they were granted later than the subscription began.
    started_at: datetime | None = None


@dataclass(frozen=True)
class Subscription:
    """What one subscriber gets of one organisation's events: these fields of these types, and nothing else."""

    subscriber_id: str
    # The part of its topics' names that is its own.
    subscriber: str
    organisation_id: str
    organisation_code: str
    root_key_id: str
    types: tuple[FieldsOfType, ...]
    # What happened before is not for it.
    started_at: datetime

    def fields_of(self, type: str, *, at: datetime) -> tuple[str, ...]:
        """Return the fields that it gets of an event of a type that happened at `at`; none: the event is not for it."""
        if at < self.started_at:
            return ()
        return tuple(
            field
            for each in self.types
            if each.type == type and (each.started_at is None or at >= each.started_at)
            for field in each.fields
        )


def list_live(broker: Broker) -> list[Subscription]:
    """Return every subscription that has not ended, as the log tells it now.

    Raises:
        BrokerUnavailable: it does not answer now.
        UnknownTopic: nobody has made the topic.
    """
    live: dict[bytes | None, Subscription] = {}
    heard: dict[bytes | None, int] = {}
    for delivery in _everything(broker):
        try:
            event = messages.decode(delivery)
            if event.type != CHANGED:
                continue
            # A relay that lost its seat while it published may be heard again after its successor: no old word counts.
            if (event.version or 0) < heard.get(delivery.key, 0):
                continue
            heard[delivery.key] = event.version or 0
            if event.data is None:
                live.pop(delivery.key, None)
            else:
                live[delivery.key] = messages.read(event, Subscription)
        except UnreadableMessage as unreadable:
            # The subscriber keeps what it had; nobody but the owner writes here, and everybody must go on.
            log.error("subscription_unreadable", offset=delivery.offset, reason=unreadable.reason)
    return list(live.values())


def _everything(broker: Broker) -> Iterator[Delivery]:
    reader = broker.reader(topics=[TOPIC])
    try:
        while not reader.is_at_end():
            deliveries = reader.read(max_records=_RECORDS_A_READ, timeout=_PATIENCE_S)
            if not deliveries and not reader.is_at_end():
                raise BrokerUnavailable("the subscriptions cannot be read")
            yield from deliveries
    finally:
        reader.close()
