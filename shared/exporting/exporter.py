"""The exporter of one service: hears its events and the subscriptions, and publishes what may leave, a slice at a time.

At least once and in order per key: offsets are committed after the subscribers' topics have acknowledged. Subscriptions
are read anew every few seconds, before the events that they are applied to, and begin some seconds after they are told:
so everything that happens from a subscription's beginning on is exported, also by an exporter that was away, and
nothing that happened before, however often the topic is read. Its end counts within the same few seconds. Where the
relay told a subscription only after its beginning, what was passed over meanwhile is said in the log, and a replay
exports it.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event as Stop
from typing import Any, Final

from shared import consuming, logs, stopping, subscriptions, topics
from shared.broker import Broker, Producer
from shared.clock import Clock
from shared.database import Database
from shared.exporting import records
from shared.handling import Handlers
from shared.messages import Event, EventType, Outside, Record
from shared.metrics import ConsumerTally
from shared.pseudonyms import Pseudonyms, RootKeys
from shared.subscriptions import Subscription
from shared.topics import UnknownTopic

log = logs.get(__name__)

# Less than the time between a subscription's being told and its beginning, with room for a relay that is a little behind.
_BELIEVED_FOR_S: Final = 2.0


@dataclass(frozen=True)
class _Reader:
    """A live subscription, ready to be served."""

    subscription: Subscription
    topic: str
    pseudonyms: Pseudonyms


def group(service: str) -> str:
    """Return the consumer group in which a service exports."""
    return f"{service}.export"


class Exporter:
    """Collects what may leave of the events that it is handed, and publishes it at each `flush`."""

    def __init__(
        self,
        *,
        service: str,
        event_types: Sequence[EventType],
        broker: Broker,
        root_keys: RootKeys,
    ) -> None:
        """`event_types` are all that the service tells; those that declare what may leave are exported."""
        self._service = service
        self._outside: Mapping[str, Mapping[str, Outside]] = {
            each.type: each.outside for each in event_types if each.outside
        }
        self._broker = broker
        self._root_keys = root_keys
        self._producer: Producer | None = None
        self._collected: list[Record] = []
        # Who reads what, by organisation and type, and until when that is believed.
        self._readers: dict[tuple[str, str], list[_Reader]] = {}
        self._read_again_at = -math.inf
        # When the newest event happened that was settled by what was believed.
        self._settled_until: datetime | None = None
        # A subscriber's key costs more to derive than an event to export.
        self._known: dict[str, _Reader] = {}
        self.topics = sorted({each.topic for each in event_types if each.outside})
        self.handlers: Handlers = dict.fromkeys(self._outside, self._collect)
        # For the catalogue of events: what it passes on, and what tells it to whom.
        self.heard_types = frozenset({*self._outside, subscriptions.CHANGED})

    def flush(self) -> None:
        """Publish what was collected and wait for its acknowledgement.

        Raises:
            BrokerUnavailable: it is not known to be there; the events must come again.
        """
        collected, self._collected = self._collected, []
        if not collected:
            return
        try:
            self._publish(collected)
        except UnknownTopic:
            self._publish(self._without_missing_topics(collected))

    def close(self) -> None:
        """Close the connection to the log."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close()

    def _publish(self, collected: Sequence[Record]) -> None:
        if self._producer is None:
            self._producer = self._broker.producer()
        try:
            self._producer.publish(collected)
        except Exception:
            # What a failed producer still has in flight is unknown: a new one begins afresh.
            self.close()
            raise

    def _without_missing_topics(self, collected: Sequence[Record]) -> list[Record]:
        """Return what can be published: a topic that was taken away must not hold the other subscribers up.

        It is one whose subscriber has just been taken off board, and whose end we shall hear; or it was deleted by
        mistake, and what was in it is gone as well. Once made again, the group can be rewound.
        """
        missing = set(self._broker.missing_topics(sorted({record.topic for record in collected})))
        for topic in sorted(missing):
            log.error(
                "export_topic_missing",
                topic=topic,
                events=sum(record.topic == topic for record in collected),
            )
        return [record for record in collected if record.topic not in missing]

    def _collect(self, event: Event) -> None:
        if event.organisation_id is None:
            return
        # All of them or none: an event that is dead for one is retried for all.
        for_each = [
            records.outside(
                event,
                subscription=reader.subscription,
                topic=reader.topic,
                declared=self._outside[event.type],
                pseudonyms=reader.pseudonyms,
            )
            for reader in self._readers_of(event.organisation_id, event.type)
        ]
        self._collected += [record for record in for_each if record is not None]
        if event.occurred_at is not None:
            self._settled_until = max(self._settled_until or event.occurred_at, event.occurred_at)

    def _readers_of(self, organisation_id: str, type: str) -> Sequence[_Reader]:
        now = time.monotonic()
        if now >= self._read_again_at:
            self._readers = {}
            for subscription in subscriptions.list_live(self._broker):
                for name in {each.type for each in subscription.types} & self._outside.keys():
                    of_type = self._readers.setdefault((subscription.organisation_id, name), [])
                    of_type.append(self._reader(subscription))
            self._read_again_at = now + _BELIEVED_FOR_S
        return self._readers.get((organisation_id, type), ())

    def _reader(self, subscription: Subscription) -> _Reader:
        known = self._known.get(subscription.subscriber_id)
        if known is None or known.subscription != subscription:
            self._warn_when_late(subscription, known=known.subscription if known else None)
            known = self._known[subscription.subscriber_id] = _Reader(
                subscription,
                topics.outside_name(
                    code=subscription.organisation_code, domain=self._service, subscriber=subscription.subscriber
                ),
                self._root_keys.pseudonyms(root_key_id=subscription.root_key_id, reader=subscription.subscriber_id),
            )
        return known

    def _warn_when_late(self, subscription: Subscription, *, known: Subscription | None) -> None:
        """Say of a subscription, or a part of it, that events have been settled without it since it began."""
        started_at = min(_starts(subscription) - (_starts(known) if known else set()), default=None)
        if started_at is None or self._settled_until is None or started_at > self._settled_until:
            return
        log.error(
            "subscription_heard_late",
            subscriber_id=subscription.subscriber_id,
            replay_group=group(self._service),
            replay_since=started_at.isoformat(),
        )


def _starts(subscription: Subscription) -> set[datetime]:
    return {each.started_at or subscription.started_at for each in subscription.types}


def run(
    *,
    service: str,
    exporter: Exporter,
    database: Database,
    broker: Broker,
    clock: Clock,
    stop: Stop,
    tally: ConsumerTally | None = None,
) -> None:
    """Export until `stop` is set, then commit what was passed on and leave the group."""
    try:
        consuming.run(
            broker=broker,
            group=group(service),
            topics=exporter.topics,
            handlers=exporter.handlers,
            flush=exporter.flush,
            database=database,
            clock=clock,
            stop=stop,
            tally=tally,
        )
    finally:
        exporter.close()


def run_command(
    *,
    service: str,
    event_types: Sequence[EventType],
    settings: Any,
    database: Database,
    broker: Broker,
    clock: Clock,
    tally: ConsumerTally | None = None,
) -> None:
    """Export until SIGTERM or Ctrl-C: the body of `python -m services.<name> export`.

    `settings` are the service's own; their `pseudonym_keys` are the same in every service that exports.
    """
    exporter = Exporter(
        service=service,
        event_types=event_types,
        broker=broker,
        root_keys=RootKeys(settings.pseudonym_keys),
    )
    stop = stopping.on_signals()
    log.info("exporter_started", group=group(service), topics=len(exporter.topics))
    run(
        service=service,
        exporter=exporter,
        database=database,
        broker=broker,
        clock=clock,
        stop=stop,
        tally=tally,
    )
    log.info("exporter_stopped", group=group(service))
