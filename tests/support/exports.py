"""A small service whose events leave to subscribers, for the tests of export."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from shared import exporting, ids, inbox, messages, subscriptions
from shared.broker import Broker, Delivery
from shared.database import Database, new_metadata
from shared.embedded_log import EmbeddedLog
from shared.event_shapes import closed_object
from shared.exporting import Exporter
from shared.messages import Event, EventType, Outside, Record
from shared.pseudonyms import RootKeys
from shared.topics import Catalogue, OutsideTopics, Topic
from tests.support.clock import FakeClock
from tests.support.events import StopWhen

SERVICE = "example"
TOPIC = "vitrail.example.v1"
ROOT_KEY = "root-key-of-the-tests-0123456789012345"
OLDER_ROOT_KEY = "older-root-key-of-the-tests-01234567890"
ORGANISATION = "01980a40-2c55-7a90-8a11-6e1c7f20b3d4"
OTHER_ORGANISATION = "01980a40-2c55-7a90-8a11-6e1c7f20b3d5"

_TEXT = {"type": "string"}
SEEN = EventType(
    type="ca.vitrail.example.child-seen.v1",
    topic=TOPIC,
    summary="Un enfant a été vu. | A child was seen.",
    schema=closed_object(
        optional=["escort_id"],
        child_id=_TEXT,
        place_id=_TEXT,
        escort_id={"type": ["string", "null"]},
        mood=_TEXT,
        seen_at=_TEXT,
    ),
    sample={"child_id": "c", "place_id": "p", "mood": "calm", "seen_at": "2026-01-15T14:30:00+00:00"},
    outside={
        "child_id": Outside.PSEUDONYM,
        "escort_id": Outside.PSEUDONYM,
        "mood": Outside.AS_IS,
        "seen_at": Outside.AS_IS,
    },
)
# Known to the catalogue, and nobody's business outside.
KEPT = replace(SEEN, type="ca.vitrail.example.child-missed.v1", outside={})
EVENT_TYPES = (SEEN, KEPT)

CATALOGUE = Catalogue(
    topics={
        TOPIC: Topic(
            name=TOPIC,
            partitions=4,
            retention=timedelta(days=30),
            event_types=frozenset(each.type for each in EVENT_TYPES),
        ),
        subscriptions.TOPIC: Topic(
            name=subscriptions.TOPIC,
            partitions=1,
            retention=timedelta(days=30),
            event_types=frozenset({subscriptions.CHANGED}),
            is_compacted=True,
        ),
    },
    outside=OutsideTopics(partitions=3, retention=timedelta(days=7)),
)

metadata = new_metadata()
inbox.copy_to(metadata)


def prepare(url: str) -> None:
    """Make the tables in a new database."""
    database = Database(url)
    metadata.create_all(database.engine)
    database.close()


def open_log(folder: Path, clock: FakeClock) -> EmbeddedLog:
    """Open an embedded log with the service's topics."""
    return EmbeddedLog(str(folder / "log.db"), catalogue=CATALOGUE, clock=clock)


class Exports:
    """The service's topic, the subscriptions, and an exporter between them and the subscribers' topics."""

    def __init__(self, *, broker: Broker, database: Database, clock: FakeClock) -> None:
        self.broker = broker
        self.database = database
        self.clock = clock
        self._versions: dict[str, itertools.count[int]] = {}

    def publish(self, *records: Record) -> None:
        producer = self.broker.producer()
        producer.publish(records)
        producer.close()

    def event(self, child_id: str, *, type: EventType = SEEN, **overrides: Any) -> Event:
        """Return an event about a child, as it comes from the outbox."""
        key = f"student:{child_id}"
        envelope: dict[str, Any] = {"organisation_id": ORGANISATION, "occurred_at": self.clock.now()}
        envelope |= {name: overrides.pop(name) for name in ("organisation_id", "occurred_at") if name in overrides}
        data = {
            "child_id": child_id,
            "place_id": ids.new(),
            "mood": "calm",
            "seen_at": "2026-01-15T14:30:00+00:00",
            **overrides,
        }
        return replace(
            type.about(key=key, subject=child_id, data=data, organisation_id=envelope["organisation_id"]),
            occurred_at=envelope["occurred_at"],
            version=self.next_version(key),
            correlation_id=ids.new(),
            causation_id=ids.new(),
            trace_context="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )

    def tell(self, child_id: str, **overrides: Any) -> Event:
        """Publish an event about a child, as the relay would."""
        event = self.event(child_id, **overrides)
        self.publish(messages.encode(event))
        return event

    def subscribe(self, name: str, *, fields: Sequence[str] = ("child_id", "mood"), **overrides: Any) -> str:
        """Make a subscriber's topic and tell its subscription; return its id."""
        facts = {
            "subscriber_id": ids.new(),
            "subscriber": name,
            "organisation_id": ORGANISATION,
            "organisation_code": "712000",
            "root_key_id": RootKeys([ROOT_KEY]).newest_id,
            "types": [{"type": SEEN.type, "fields": list(fields)}],
            "started_at": self.clock.now().isoformat(),
            **overrides,
        }
        self.broker.make_topics([self.topic(name, code=facts["organisation_code"])])
        self._say_subscription(facts["subscriber_id"], facts)
        return str(facts["subscriber_id"])

    def unsubscribe(self, subscriber_id: str) -> None:
        """Tell the end of a subscription."""
        self._say_subscription(subscriber_id, None)

    def exporter(
        self, *, broker: Broker | None = None, root_keys: Sequence[str] = (OLDER_ROOT_KEY, ROOT_KEY)
    ) -> Exporter:
        """Return an exporter that nobody runs yet."""
        return Exporter(
            service=SERVICE, event_types=EVENT_TYPES, broker=broker or self.broker, root_keys=RootKeys(root_keys)
        )

    def export(self, **doors: Any) -> bool:
        """Export until nothing waits; return whether it came to that."""
        broker = doors.pop("broker", self.broker)
        exporter = self.exporter(broker=broker, root_keys=doors.pop("root_keys", (OLDER_ROOT_KEY, ROOT_KEY)))
        stop = StopWhen(_now_and_then(lambda: self.lag(exporter) == 0), **doors)
        exporting.run(
            service=SERVICE, exporter=exporter, broker=broker, database=self.database, clock=self.clock, stop=stop
        )
        return stop.came_true

    def lag(self, exporter: Exporter) -> int:
        """Return how many messages the exporter has still to commit."""
        lags = self.broker.lag(group=exporting.group(SERVICE), topics=exporter.topics)
        return sum(lag.records for lag in lags.values())

    def topic(self, name: str, *, code: str = "712000") -> str:
        return f"org.{code}.{SERVICE}.{name}.v1"

    def received(self, name: str, *, code: str = "712000") -> list[Delivery]:
        """Return everything on a subscriber's topic."""
        reader = self.broker.reader(topics=[self.topic(name, code=code)])
        found: list[Delivery] = []
        while not reader.is_at_end():
            found += reader.read(max_records=1000, timeout=1.0)
        reader.close()
        return found

    def data(self, name: str) -> list[dict[str, Any]]:
        return [orjson.loads(each.value or b"null") for each in self.received(name)]

    def next_version(self, key: str) -> int:
        return next(self._versions.setdefault(key, itertools.count(1)))

    def _say_subscription(self, subscriber_id: str, data: dict[str, Any] | None) -> None:
        key = f"subscriber:{subscriber_id}"
        event = Event(
            id=ids.new(),
            type=subscriptions.CHANGED,
            source="/services/enrollment",
            topic=subscriptions.TOPIC,
            key=key,
            subject=subscriber_id,
            data=data,
            occurred_at=self.clock.now(),
            version=self.next_version(key),
        )
        self.publish(messages.encode(event))


def _now_and_then(condition: Callable[[], bool]) -> Callable[[], bool]:
    """Return a condition that asks at most ten times a second: a broker's answer costs more than an event."""
    ask_at = monotonic()

    def asked() -> bool:
        nonlocal ask_at
        if monotonic() < ask_at:
            return False
        is_so = condition()
        ask_at = monotonic() + 0.1
        return is_so

    return asked


def header(delivery: Record, name: str) -> str:
    """Return one header's text."""
    return dict(delivery.headers)[name].decode()


def everything(delivery: Record) -> bytes:
    """Return all the bytes of a record, to search for what must not be there."""
    parts = [delivery.key or b"", delivery.value or b""]
    return b"\n".join([*parts, *(name.encode() + b"=" + value for name, value in delivery.headers)])
