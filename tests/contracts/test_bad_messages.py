"""What strangers and faults put on a topic: put aside with a reason, and nothing else is lost, stopped or out of order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import MessageSizeTooLargeError

from shared import consuming, dead_events, inbox, messages, reviving
from shared.broker import Broker, open_broker
from shared.clock import SystemClock
from shared.database import Database
from shared.dead_events import DeadEvent
from shared.messages import Event, Record
from shared.partitioning import partition_of
from shared.problems import NotFound, Unavailable
from shared.topics import Catalogue, Replication, Topic
from tests.support import events
from tests.support.events import NOTED, PASSED_OVER, StopWhen, prepare

ONE = "student:1"
# Another key of the same partition: what must go on.
NEXT = next(
    name
    for name in (f"student:{number}" for number in range(2, 500))
    if partition_of(name.encode(), 12) == partition_of(ONE.encode(), 12)
)
LARGE = 5_000_000


@pytest.fixture
def topic():
    return f"vitrail.example-{uuid4().hex[:12]}.v1"


@pytest.fixture
def embedded_url(tmp_path):
    return f"embedded://{tmp_path / 'log.db'}"


@pytest.fixture(
    params=[
        pytest.param("embedded_url", id="embedded"),
        pytest.param("kafka_url", id="kafka", marks=pytest.mark.kafka),
    ]
)
def broker(request, topic):
    declared = Topic(
        name=topic,
        partitions=12,
        retention=timedelta(days=30),
        event_types=frozenset({NOTED.type, PASSED_OVER}),
    )
    catalogue = Catalogue(topics={topic: declared}, replication=Replication(factor=1, min_insync=1))
    broker = open_broker(request.getfixturevalue(request.param), catalogue=catalogue)
    broker.make_topics()
    yield broker
    broker.close()


@pytest.fixture
def database(databases):
    database = Database(databases.create(prepare), pool_size=6)
    yield database
    database.close()


@dataclass
class Consumer:
    """The real consume loop over one topic, with a handler that may be told to refuse or to stumble."""

    broker: Broker
    database: Database
    topic: str
    refuses: set[int] = field(default_factory=set)
    stumbles: dict[int, int] = field(default_factory=dict)
    fault: Exception = field(default_factory=NotFound)
    heard: list[tuple[str, int | None]] = field(default_factory=list)

    @property
    def group(self) -> str:
        return f"readers-{self.topic}"

    @property
    def handlers(self) -> Mapping[str, Callable[[Event], None]]:
        return {NOTED.type: self.on_fact_noted}

    def on_fact_noted(self, event: Event) -> None:
        self.heard.append((event.key, event.version))
        if event.version in self.refuses:
            raise self.fault
        if self.stumbles.get(event.version or 0, 0) > 0:
            self.stumbles[event.version or 0] -= 1
            raise self.fault
        with self.database.transaction() as session:
            if inbox.first_time(session, event.id):
                events.apply(session, event)

    def publish(self, *records: Record) -> None:
        producer = self.broker.producer()
        producer.publish(records)
        producer.close()

    def run(self) -> None:
        """Consume until everything is committed."""
        stop = StopWhen(
            lambda: sum(lag.records for lag in self.broker.lag(group=self.group, topics=[self.topic]).values()) == 0,
            patience=60,
        )
        consuming.run(
            broker=self.broker,
            group=self.group,
            topics=[self.topic],
            handlers=self.handlers,
            database=self.database,
            clock=SystemClock(),
            stop=stop,
        )
        assert stop.came_true

    def settle(self, act: Callable[..., reviving.Revived], dead: DeadEvent) -> reviving.Revived:
        known_types = self.broker.catalogue.event_types([self.topic])
        return act(database=self.database, handlers=self.handlers, known_types=known_types, position=dead.position)

    def dead(self) -> list[DeadEvent]:
        with self.database.read() as session:
            return dead_events.list_dead(session)

    def applied(self) -> list[tuple[str, int]]:
        return events.list_applied(self.database)

    def waiting(self) -> int:
        with self.database.read() as session:
            return dead_events.measure_burden(session).waiting


@pytest.fixture
def consumer(broker, database, topic):
    return Consumer(broker, database, topic)


@pytest.fixture
def make(topic):
    def make_record(version: int, *, key: str = ONE, type: str = NOTED.type) -> Record:
        return replace(events.record(version, key=key, clock=SystemClock(), type=type), topic=topic)

    return make_record


def with_headers(record: Record, **headers: bytes) -> Record:
    """Replace headers by name (with `_` for `-`), or add them."""
    changed = {name.replace("content_type", "content-type"): value for name, value in headers.items()}
    kept = [(name, value) for name, value in record.headers if name not in changed]
    return replace(record, headers=(*kept, *changed.items()))


def structured(record: Record, **document: object) -> Record:
    whole = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/services/example",
        "type": NOTED.type,
        "data": {"number": 1},
    }
    return replace(
        record,
        value=orjson.dumps({name: value for name, value in (whole | document).items() if value is not None}),
        headers=(("content-type", b"application/cloudevents+json; charset=utf-8"),),
    )


BAD: dict[str, tuple[Callable[[Record], Record], str]] = {
    "not JSON": (lambda good: replace(good, value=b"not json"), "message_not_json"),
    "cut off": (lambda good: replace(good, value=(good.value or b"")[:-1]), "message_not_json"),
    "JSON, no object": (lambda good: replace(good, value=b"[1, 2]"), "message_data_not_object"),
    "not CloudEvents": (lambda good: replace(good, headers=()), "message_not_cloudevents"),
    "another CloudEvents": (lambda good: with_headers(good, ce_specversion=b"2.0"), "message_not_cloudevents"),
    "no value": (lambda good: replace(good, value=None, headers=()), "message_without_value"),
    "unknown type": (
        lambda good: with_headers(good, ce_type=b"ca.vitrail.example.nobody-knows.v1"),
        "message_type_unknown",
    ),
    "unknown version": (
        lambda good: with_headers(good, ce_type=b"ca.vitrail.example.fact-noted.v9"),
        "message_type_unknown",
    ),
    "header not UTF-8": (lambda good: with_headers(good, ce_id=b"\xff\xfe"), "message_not_cloudevents"),
    "stranger's header not UTF-8": (lambda good: with_headers(good, ce_tremblay=b"\xff"), "message_not_cloudevents"),
    "header without text": (lambda good: with_headers(good, ce_type=b""), "message_not_cloudevents"),
    "header with a NUL": (lambda good: with_headers(good, ce_id=b"e-1\x00"), "message_not_cloudevents"),
    "header like a novel": (lambda good: with_headers(good, ce_id=b"e" * 100_000), "message_not_cloudevents"),
    "time without zone": (lambda good: with_headers(good, ce_time=b"2026-01-15T14:30:00"), "message_not_cloudevents"),
    "sequence no number": (lambda good: with_headers(good, ce_sequence=b"-1"), "message_not_cloudevents"),
    "structured, not JSON": (
        lambda good: with_headers(replace(good, value=b"{"), content_type=b"application/cloudevents+json"),
        "message_not_json",
    ),
    "structured, without id": (lambda good: structured(good, id=None), "message_not_cloudevents"),
    "structured, without data": (lambda good: structured(good, data=None), "message_data_not_object"),
    "structured, id no text": (lambda good: structured(good, id=7), "message_not_cloudevents"),
    "structured, NUL in the id": (lambda good: structured(good, id="e\0"), "message_not_cloudevents"),
}


# One by one on the quickest pair of log and database; all of them at once, below, on every pair.
@pytest.mark.requirement("EVT-6")
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("broker", ["embedded_url"], indirect=True)
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_message_is_put_aside_as_it_came_and_the_rest_goes_on(consumer, make, bad):
    spoil, reason = BAD[bad]
    sent = spoil(make(1))
    consumer.publish(sent, make(2), make(1, key=NEXT), make(3))
    consumer.run()
    (dead,) = consumer.dead()
    assert dead.reason == reason
    assert "tremblay" not in (dead.place or "")
    assert (dead.delivery.key, dead.delivery.value, dead.delivery.headers) == (sent.key, sent.value, sent.headers)
    # What follows of its key waits in order; another key of its partition does not.
    assert (consumer.applied(), consumer.waiting()) == ([(NEXT, 1)], 2)
    dropped = consumer.settle(reviving.drop, dead)
    assert (dropped.handled, consumer.dead(), consumer.waiting()) == (2, [], 0)
    assert consumer.applied() == [(NEXT, 1), (ONE, 2), (ONE, 3)]


def publish_large(broker: Broker, request: pytest.FixtureRequest, record: Record) -> None:
    """Put a record on Kafka as a stranger would whom somebody has allowed more than we allow ourselves."""
    url = request.getfixturevalue("kafka_url").removeprefix("kafka://").partition("?")[0]
    admin = KafkaAdminClient(bootstrap_servers=url)
    admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, record.topic, configs={"max.message.bytes": str(2 * LARGE)})]
    )
    admin.close()
    producer = KafkaProducer(bootstrap_servers=url, max_request_size=2 * LARGE)

    def is_taken() -> bool:
        try:
            producer.send(record.topic, key=record.key, value=record.value, headers=list(record.headers)).get(60)
        except MessageSizeTooLargeError:
            # The broker hears of its new setting in its own time.
            return False
        return True

    assert StopWhen(is_taken, patience=60).wait_until_set()
    producer.close()


@pytest.fixture
def publish_stranger(broker, request, consumer):
    """Publish a record that our own producer would refuse."""
    is_kafka = "kafka" in request.node.callspec.id
    return {True: lambda record: publish_large(broker, request, record), False: consumer.publish}[is_kafka]


def test_a_message_of_five_megabytes_is_put_aside_and_listed_without_its_bytes(consumer, make, publish_stranger):
    large = replace(make(1), value=b'{"number":"' + b"x" * LARGE + b'"}')
    publish_stranger(large)
    consumer.publish(make(2), make(1, key=NEXT))
    consumer.run()
    (dead,) = consumer.dead()
    assert (dead.reason, dead.delivery.value) == ("message_too_large", large.value)
    assert (consumer.applied(), consumer.waiting()) == ([(NEXT, 1)], 1)
    with consumer.database.read() as session:
        (head,) = dead_events.list_heads(session, consumers=[consumer.group])
    assert (head.size, head.waiting) == (len(large.value), 1)
    assert max(len(value) for value in vars(head).values() if isinstance(value, bytes | str)) < 200
    assert consumer.settle(reviving.drop, dead).handled == 1


@pytest.mark.parametrize("key", [None, b"student:1 \xff", b"k" * 100_000], ids=["none", "not UTF-8", "like a novel"])
def test_a_bad_message_with_no_key_or_a_bad_one_holds_nobody_up(consumer, make, key):
    bad = replace(make(1), key=key, value=b"not json")
    consumer.publish(bad, replace(bad, value=b"not json either"), make(1), make(2), make(1, key=NEXT))
    consumer.run()
    assert [dead.delivery.key for dead in consumer.dead()] == [key] * (1 if key == b"student:1 \xff" else 2)
    assert sorted(consumer.applied()) == [(ONE, 1), (ONE, 2), (NEXT, 1)]


def test_a_dead_message_with_an_endless_key_can_be_dropped(consumer, make):
    sent = replace(make(1), key=b"k" * 100_000)
    consumer.publish(sent)
    consumer.run()
    (dead,) = consumer.dead()
    assert dead.reason == "message_key_too_long"
    assert (dead.delivery.key, dead.delivery.value, dead.delivery.headers) == (sent.key, sent.value, sent.headers)
    assert consumer.settle(reviving.drop, dead).handled == 0
    assert consumer.dead() == []


def test_data_that_its_handler_cannot_read_is_put_aside_with_the_place(consumer, make):
    @dataclass
    class Noted:
        number: str

    consumer.on_fact_noted = lambda event: messages.read(event, Noted)
    consumer.publish(make(1))
    consumer.run()
    (dead,) = consumer.dead()
    assert (dead.reason, dead.place, dead.type) == ("message_data_unexpected", "$.number", NOTED.type)


def test_a_refused_effect_is_put_aside_and_applied_in_order_after_the_fix(consumer, make):
    consumer.refuses.add(2)
    consumer.publish(*(make(version) for version in (1, 2, 3, 4)), make(1, key=NEXT))
    consumer.run()
    (dead,) = consumer.dead()
    assert (dead.reason, consumer.waiting()) == ("not_found", 2)
    assert sorted(consumer.applied()) == [(ONE, 1), (NEXT, 1)]
    assert consumer.settle(reviving.retry, dead).still_dead.attempts == 2
    consumer.refuses.clear()
    assert consumer.settle(reviving.retry, dead).handled == 3
    consumer.publish(make(5))
    consumer.run()
    assert [version for key, version in consumer.applied() if key == ONE] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("fault", [Unavailable(), OSError("away")], ids=["a problem of 5xx", "a fault"])
def test_bad_luck_is_tried_again_in_order_and_never_dead(consumer, make, fault):
    consumer.fault = fault
    consumer.stumbles[2] = 3
    consumer.publish(*(make(version) for version in (1, 2, 3)))
    consumer.run()
    assert [version for key, version in consumer.heard if key == ONE] == [1, 2, 2, 2, 2, 3]
    assert consumer.applied() == [(ONE, 1), (ONE, 2), (ONE, 3)]
    assert consumer.dead() == []


def test_every_bad_message_at_once_loses_nothing(consumer, make):
    keys = [f"student:{number}" for number in range(len(BAD))]
    sent = [spoil(make(1, key=key)) for key, (spoil, _) in zip(keys, BAD.values(), strict=True)]
    consumer.publish(*sent, *(make(2, key=key) for key in keys))
    consumer.run()
    by_key = {dead.delivery.key: dead for dead in consumer.dead()}
    assert [by_key[key.encode()].reason for key in keys] == [reason for _, reason in BAD.values()]
    for record in sent:
        kept = by_key[record.key].delivery
        assert (kept.value, kept.headers) == (record.value, record.headers)
    assert (consumer.applied(), consumer.waiting()) == ([], len(BAD))
    for dead in consumer.dead():
        consumer.settle(reviving.drop, dead)
    assert sorted(consumer.applied()) == sorted((key, 2) for key in keys)
