"""What every event log behind the door promises; another door joins by another entry in `DOORS`."""

import os
import signal
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import uuid4

import pytest

from shared import consuming, dead_events, inbox, topics
from shared.broker import (
    AssignmentLost,
    Broker,
    BrokerState,
    Consumer,
    Delivery,
    GroupIsActive,
    Lag,
    Partition,
    Polled,
    Reader,
    RecordRefused,
    UnsuitableBroker,
    open_broker,
)
from shared.database import Database
from shared.messages import Event, Record
from shared.partitioning import partition_of
from shared.problems import NotFound
from shared.topics import Catalogue, OutsideTopics, Replication, Topic, UnknownTopic
from tests.support import events
from tests.support.events import NOTED, PASSED_OVER, StopWhen
from tests.support.log_member import LogMember

PATIENCE_S = 90.0

# Each door with the fixture that gives the address of its log.
DOORS = [
    pytest.param("embedded_url", id="embedded"),
    pytest.param("kafka_url", id="kafka", marks=pytest.mark.kafka),
    pytest.param("oldest_kafka_url", id="oldest-kafka", marks=pytest.mark.kafka),
]


class Ticking:
    """The real time, which can be pushed ahead: a broker of its own process cannot stand still."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


# Kafka takes no record that is more than an hour ahead of its own clock.
AHEAD = timedelta(minutes=30)


class Names:
    """Names that are one test's own: a broker serves them all."""

    def __init__(self) -> None:
        token = uuid4().hex[:12]
        self.topic = f"vitrail.example-{token}.v1"
        self.other = f"vitrail.other-{token}.v1"
        self.states = f"vitrail.states-{token}.v1"
        self.outside = topics.outside_name(code="712000", domain=f"example-{token}", subscriber="bus-lines")
        self.group = f"readers-{token}"

    @property
    def catalogue(self) -> Catalogue:
        declared = [
            Topic(
                name=self.topic,
                partitions=12,
                retention=timedelta(days=30),
                event_types=frozenset({NOTED.type, PASSED_OVER}),
            ),
            Topic(name=self.other, partitions=3, retention=timedelta(days=1), event_types=frozenset()),
            Topic(
                name=self.states,
                partitions=3,
                retention=timedelta(days=1),
                event_types=frozenset(),
                is_compacted=True,
            ),
        ]
        return Catalogue(
            topics={topic.name: topic for topic in declared},
            outside=OutsideTopics(partitions=3, retention=timedelta(days=7)),
            replication=Replication(factor=1, min_insync=1),
        )


@pytest.fixture
def time() -> Ticking:
    return Ticking()


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def embedded_url(tmp_path) -> str:
    return f"embedded://{tmp_path / 'log.db'}"


@pytest.fixture(params=DOORS)
def url(request) -> str:
    return request.getfixturevalue(request.param)


@pytest.fixture
def open_door(url, time, names):
    """Open the same log once more, as another process would."""
    opened = []

    def open_again(catalogue: Catalogue = names.catalogue) -> Broker:
        opened.append(open_broker(url, catalogue=catalogue, clock=time))
        return opened[-1]

    first = open_again()
    first.make_topics()
    yield open_again
    first.delete_topics([*names.catalogue.topics, names.outside])
    for broker in opened:
        broker.close()


@pytest.fixture
def broker(open_door) -> Broker:
    return open_door()


class Member:
    """A consumer that remembers which partitions are its own."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer
        self.held: frozenset[Partition] = frozenset()
        self.commit = consumer.commit
        self.close = consumer.close

    def poll(self, *, max_records: int, timeout: float, skip: Collection[Partition] = ()) -> Polled:
        polled = self.consumer.poll(max_records=max_records, timeout=timeout, skip=skip)
        self.held = self.held - polled.lost | polled.gained
        return polled


@pytest.fixture
def join(open_door, names):
    """Join a group; who is still there at the end leaves."""
    members: list[Member] = []

    def join_group(group: str = names.group, topic: str = names.topic) -> Member:
        members.append(Member(open_door().consumer(group=group, topics=[topic])))
        return members[-1]

    yield join_group
    for member in members:
        member.close()


@pytest.fixture
def open_reader(broker, names):
    """Read without a group."""
    readers: list[Reader] = []

    def open_one(*, topic: str = names.topic, since: datetime | None = None) -> Reader:
        readers.append(broker.reader(topics=[topic], since=since))
        return readers[-1]

    yield open_one
    for reader in readers:
        reader.close()


@pytest.fixture
def make_record(names):
    def make(number: int, *, key: str | None = "student:1", topic: str = names.topic) -> Record:
        return Record(
            topic=topic,
            key=None if key is None else key.encode(),
            value=value_of(number),
            headers=(("ce_id", str(number).encode()), ("bytes", bytes(range(256)))),
        )

    return make


def value_of(number: int) -> bytes:
    return f'{{"n":{number}}}'.encode()


def publish(broker: Broker, *records: Record) -> None:
    producer = broker.producer()
    producer.publish(records)
    producer.close()


def receive(consumer: Member, count: int, *, max_records: int = 500) -> list[Delivery]:
    """Poll until so many records have come."""
    received: list[Delivery] = []
    deadline = monotonic() + PATIENCE_S
    while len(received) < count:
        assert monotonic() < deadline, f"{len(received)} of {count} records came"
        received += consumer.poll(max_records=max_records, timeout=0.5).deliveries
    return received


def commit(consumer: Member, *deliveries: Delivery) -> None:
    consumer.commit({each.place: each.offset + 1 for each in deliveries})


def poll_all(*members: Member) -> list[list[Delivery]]:
    """Poll members side by side, as processes would: to arrange a group takes all of them."""
    with ThreadPoolExecutor(len(members)) as pool:
        return [
            [*polled.deliveries]
            for polled in pool.map(lambda member: member.poll(max_records=500, timeout=0.05), members)
        ]


def settle(*members: Member) -> None:
    """Poll until each partition has its reader and all have a fair part; what comes meanwhile is dropped."""
    deadline = monotonic() + PATIENCE_S
    while not (
        len(frozenset().union(*(member.held for member in members))) == 12
        and sum(len(member.held) for member in members) == 12
        and max(len(member.held) for member in members) - min(len(member.held) for member in members) <= 1
    ):
        assert monotonic() < deadline, f"held: {[len(member.held) for member in members]}"
        poll_all(*members)


def test_a_record_arrives_as_it_was_published(broker, join, make_record):
    sent = make_record(1)
    publish(broker, sent)
    (received,) = receive(join(), 1)
    assert (received.topic, received.key, received.value, received.headers) == (
        sent.topic,
        sent.key,
        sent.value,
        sent.headers,
    )
    assert abs(received.appended_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_record_without_key_or_value_arrives(broker, join, names):
    publish(broker, Record(topic=names.topic, key=None, value=b"{}"), Record(topic=names.topic, key=b"k", value=None))
    received = receive(join(), 2)
    assert {(each.key, each.value) for each in received} == {(None, b"{}"), (b"k", None)}


def test_records_of_one_key_keep_their_order_and_their_partition(broker, join, make_record):
    keys = [f"student:{number}" for number in range(30)]
    for start in range(0, 20, 4):
        publish(broker, *(make_record(number, key=key) for number in range(start, start + 4) for key in keys))
    received = receive(join(), 600, max_records=50)
    for key in keys:
        of_key = [each for each in received if each.key == key.encode()]
        assert [each.value for each in of_key] == [value_of(number) for number in range(20)]
        assert len({each.partition for each in of_key}) == 1
    assert len({each.partition for each in received}) > 6


def test_a_group_that_is_new_reads_from_the_start(broker, join, make_record, names):
    publish(broker, make_record(1), make_record(2))
    assert [each.offset for each in receive(join(f"late-{names.group}"), 2)] == [0, 1]


def test_each_group_reads_everything(broker, join, make_record, names):
    publish(broker, *(make_record(number) for number in range(3)))
    assert len(receive(join(f"a-{names.group}"), 3)) == len(receive(join(f"b-{names.group}"), 3)) == 3


def test_a_consumer_gets_its_topics_alone(broker, join, make_record, names):
    publish(broker, make_record(1, topic=names.other), make_record(2))
    assert [each.topic for each in receive(join(), 1)] == [names.topic]


def test_what_was_committed_does_not_come_again(broker, join, make_record):
    publish(broker, *(make_record(number) for number in range(5)))
    first = join()
    commit(first, *receive(first, 5)[:3])
    first.close()
    assert [each.offset for each in receive(join(), 2)] == [3, 4]


def test_what_was_not_committed_comes_again(broker, join, make_record):
    publish(broker, make_record(1))
    first = join()
    receive(first, 1)
    first.close()
    assert len(receive(join(), 1)) == 1


def test_a_skipped_partition_brings_nothing_until_it_is_asked_for_again(broker, join, make_record):
    consumer = join()
    settle(consumer)
    publish(broker, make_record(1), make_record(2, key="student:2"))
    first, second = receive(consumer, 2)
    publish(broker, make_record(3), make_record(4, key="student:2"))
    polled = consumer.poll(max_records=500, timeout=1, skip={first.place})
    assert {each.place for each in polled.deliveries} == {second.place}
    assert [each.place for each in receive(consumer, 1)] == [first.place]


def test_members_of_a_group_share_the_partitions_and_each_record_comes_once(broker, join, make_record):
    members = [join(), join(), join()]
    settle(*members)
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(120)))
    received: list[Delivery] = []
    deadline = monotonic() + PATIENCE_S
    while len(received) < 120:
        assert monotonic() < deadline
        for member, deliveries in zip(members, poll_all(*members), strict=True):
            assert {each.place for each in deliveries} <= member.held
            received += deliveries
    assert len({each.value for each in received}) == 120


def test_a_member_that_joins_gets_its_part_and_goes_on_from_what_was_committed(broker, join, make_record):
    first = join()
    settle(first)
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(60)))
    commit(first, *receive(first, 60))
    second = join()
    settle(first, second)
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(60, 120)))
    received = receive(second, 1) + receive(first, 1)
    assert {each.value for each in received} <= {value_of(number) for number in range(60, 120)}
    assert len(second.held) == 6


# How soon, `make bench` tells.
def test_a_member_that_leaves_hands_its_partitions_over(broker, join):
    first, second = join(), join()
    settle(first, second)
    kept = len(second.held)
    first.close()
    settle(second)
    assert (kept, len(second.held)) == (6, 12)


def test_commit_is_refused_for_a_partition_that_was_lost(broker, join, make_record, names):
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(60)))
    first = join()
    deliveries = receive(first, 60)
    second = join()
    settle(first, second)
    with pytest.raises(AssignmentLost) as refusal:
        commit(first, *deliveries)
    assert refusal.value.partitions == {each.place for each in deliveries} - first.held
    # What it still holds was committed all the same.
    lag = broker.lag(group=names.group, topics=[names.topic])
    assert {place for place, behind in lag.items() if behind.records} == refusal.value.partitions


def test_lag_counts_what_the_group_has_still_to_commit(broker, join, make_record, names):
    publish(broker, *(make_record(number) for number in range(5)))
    consumer = join()
    deliveries = receive(consumer, 5)
    assert sum(each.records for each in broker.lag(group=names.group, topics=[names.topic]).values()) == 5
    commit(consumer, deliveries[1])
    assert sum(each.records for each in broker.lag(group=names.group, topics=[names.topic]).values()) == 3


def test_rewind_replays_from_a_time(broker, join, time, make_record, names):
    publish(broker, make_record(1), make_record(2, key="student:2"))
    time.ahead += AHEAD
    moment = time.now()
    publish(broker, make_record(3), make_record(4))
    consumer = join()
    commit(consumer, *receive(consumer, 4))
    consumer.close()
    broker.rewind(group=names.group, topics=[names.topic], to=moment)
    again = join()
    assert [each.value for each in receive(again, 2)] == [value_of(3), value_of(4)]
    again.close()
    broker.rewind(group=names.group, topics=[names.topic], to=moment - timedelta(days=1))
    assert len(receive(join(), 4)) == 4


def test_rewind_after_the_last_record_reads_only_what_comes(broker, join, time, make_record, names):
    publish(broker, make_record(1))
    broker.rewind(group=names.group, topics=[names.topic], to=time.now() + AHEAD)
    publish(broker, make_record(2))
    assert [each.value for each in receive(join(), 1)] == [value_of(2)]


def test_rewind_is_refused_while_members_read(broker, join, names):
    settle(join())
    with pytest.raises(GroupIsActive):
        broker.rewind(group=names.group, topics=[names.topic], to=datetime.now(UTC))


def test_an_undeclared_topic_is_refused(broker, make_record, names):
    with pytest.raises(UnknownTopic):
        broker.consumer(group=names.group, topics=["vitrail.nowhere.v1"])
    with pytest.raises(UnknownTopic):
        publish(broker, make_record(1, topic="vitrail.nowhere.v1"))
    with pytest.raises(UnknownTopic):
        broker.lag(group=names.group, topics=["vitrail.nowhere.v1"])


def test_a_silent_member_is_replaced_and_told_so_when_it_comes_back(broker, join, make_record, names, url):
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(60)))
    with LogMember(url, topic=names.topic, group=names.group) as silent:
        received = silent.do("receive 60")
        os.kill(silent.process.pid, signal.SIGSTOP)
        assert len(receive(join(), 60)) == 60
        os.kill(silent.process.pid, signal.SIGCONT)
        assert silent.do("commit") == received
        assert set(received) <= set(silent.do("poll"))


def test_lag_tells_when_the_oldest_of_it_was_appended(broker, join, time, make_record, names):
    publish(broker, make_record(1))
    time.ahead += AHEAD
    moment = time.now()
    publish(broker, make_record(2))
    consumer = join()
    first, second = receive(consumer, 2)
    lag = broker.lag(group=names.group, topics=[names.topic])
    assert lag[first.place] == Lag(records=2, oldest_at=first.appended_at)
    assert lag[Partition(names.topic, (first.partition + 1) % 12)] == Lag(records=0)
    commit(consumer, first)
    assert broker.lag(group=names.group, topics=[names.topic])[second.place] == Lag(
        records=1, oldest_at=second.appended_at
    )
    assert abs(second.appended_at - moment) < timedelta(minutes=1)
    commit(consumer, second)
    assert broker.lag(group=names.group, topics=[names.topic])[second.place] == Lag(records=0)


def read_to_the_end(reader: Reader) -> list[Delivery]:
    read: list[Delivery] = []
    deadline = monotonic() + PATIENCE_S
    while not reader.is_at_end():
        assert monotonic() < deadline, f"{reader.remaining()} remain"
        read += reader.read(max_records=7, timeout=0.5)
    return read


def test_reader_reads_everything_that_was_there_without_a_group(broker, open_reader, make_record):
    keys = [f"student:{number}" for number in range(5)]
    publish(broker, *(make_record(number, key=key) for number in range(10) for key in keys))
    reader = open_reader()
    assert reader.remaining() == 50
    read = read_to_the_end(reader)
    assert reader.remaining() == 0
    for key in keys:
        assert [each.value for each in read if each.key == key.encode()] == [value_of(number) for number in range(10)]
    assert len(read_to_the_end(open_reader())) == 50


def test_reader_goes_on_with_what_comes(broker, open_reader, make_record):
    reader = open_reader()
    assert reader.is_at_end()
    publish(broker, make_record(1))
    deadline = monotonic() + PATIENCE_S
    read: list[Delivery] = []
    while not read:
        assert monotonic() < deadline
        read += reader.read(max_records=10, timeout=0.5)
    assert [each.value for each in read] == [value_of(1)]
    assert reader.is_at_end()


def test_reader_starts_at_a_time(broker, open_reader, time, make_record):
    publish(broker, make_record(1), make_record(2, key="student:2"))
    time.ahead += AHEAD
    moment = time.now()
    publish(broker, make_record(3), make_record(4))
    reader = open_reader(since=moment)
    assert [each.value for each in read_to_the_end(reader)] == [value_of(3), value_of(4)]
    assert open_reader(since=moment + AHEAD).is_at_end()


def test_topics_of_subscribers_are_made_when_they_are_asked_for(broker, open_door, make_record, names):
    assert broker.missing_topics() == []
    assert broker.missing_topics([names.topic, names.outside]) == [names.outside]
    assert broker.make_topics([names.topic, names.outside]) == [names.outside]
    assert open_door().missing_topics([names.outside]) == []
    assert broker.make_topics([names.outside]) == []
    publish(broker, *(make_record(number, topic=names.outside, key=f"k{number}") for number in range(20)))
    assert set(broker.lag(group=names.group, topics=[names.outside])) == {
        Partition(names.outside, number) for number in range(3)
    }


def test_delete_topics_takes_what_was_said_with_them(broker, open_reader, make_record, names):
    broker.make_topics([names.outside])
    publish(broker, make_record(1, topic=names.outside))
    assert broker.delete_topics([names.outside]) == [names.outside]
    assert broker.delete_topics([names.outside]) == []
    assert broker.missing_topics([names.outside]) == [names.outside]
    broker.make_topics([names.outside])
    assert open_reader(topic=names.outside).is_at_end()


def test_a_reader_says_that_its_topic_was_deleted_meanwhile(broker, open_reader, make_record, names):
    broker.make_topics([names.outside])
    publish(broker, make_record(1, topic=names.outside))
    reader = open_reader(topic=names.outside)
    broker.delete_topics([names.outside])

    def read_for_long() -> None:
        for _ in range(int(PATIENCE_S / 0.5)):
            reader.read(max_records=10, timeout=0.5)

    with pytest.raises(UnknownTopic):
        read_for_long()


def test_a_topic_that_nobody_made_is_refused(broker, make_record, names):
    with pytest.raises(UnknownTopic):
        publish(broker, make_record(1, topic=names.outside))
    with pytest.raises(UnknownTopic):
        broker.consumer(group=names.group, topics=[names.outside])
    with pytest.raises(UnknownTopic):
        broker.reader(topics=[names.outside])
    with pytest.raises(UnknownTopic):
        broker.lag(group=names.group, topics=[names.outside])
    with pytest.raises(UnknownTopic):
        broker.rewind(group=names.group, topics=[names.outside], to=datetime.now(UTC))
    assert broker.missing_topics([names.outside]) == [names.outside]


def test_an_undeclared_topic_cannot_be_made(broker):
    for operation in (broker.make_topics, broker.missing_topics, broker.delete_topics):
        with pytest.raises(UnknownTopic):
            operation(["vitrail.nowhere.v1"])


def test_a_compacted_topic_takes_no_record_without_key(broker, make_record, names):
    with pytest.raises(RecordRefused):
        publish(broker, make_record(1, topic=names.states, key=None))
    publish(broker, make_record(1, topic=names.states))


def test_a_log_that_answers_is_ready(broker):
    assert broker.state() is BrokerState.READY


def test_make_topics_refuses_a_topic_that_has_another_number_of_partitions(broker, open_door, names):
    broker.make_topics([names.outside])
    many = replace(names.catalogue, outside=OutsideTopics(partitions=4, retention=timedelta(days=7)))
    with pytest.raises(UnsuitableBroker, match=names.outside):
        open_door(many).make_topics([names.outside])


def test_a_key_has_its_partition_on_every_log(broker, join, make_record):
    keys = [f"student:{number}" for number in range(100)]
    publish(broker, *(make_record(number, key=key) for number, key in enumerate(keys)))
    for each in receive(join(), 100):
        assert each.partition == partition_of(each.key, 12)


def test_a_busy_partition_leaves_the_others_their_share(broker, join, make_record):
    consumer = join()
    settle(consumer)
    publish(broker, *(make_record(number) for number in range(2000)))
    publish(broker, make_record(1, key="student:2"))
    received = receive(consumer, 700, max_records=10)
    assert [each.key for each in received].count(b"student:2") == 1


def test_a_partition_that_waited_for_long_goes_on_where_it_was(broker, join, make_record):
    consumer = join()
    settle(consumer)
    publish(broker, *(make_record(number) for number in range(1200)))
    first = receive(consumer, 1, max_records=10)
    waiting = {first[0].place}
    others: list[Delivery] = []
    deadline = monotonic() + PATIENCE_S
    while len(others) < 300:
        assert monotonic() < deadline
        publish(broker, *(make_record(number, key="student:2") for number in range(20)))
        others += consumer.poll(max_records=500, timeout=0.2, skip=waiting).deliveries
    assert {each.place for each in others}.isdisjoint(waiting)
    publish(broker, *(make_record(number) for number in range(1200, 2000)))
    received = first + [each for each in receive(consumer, 2000 - len(first)) if each.place in waiting]
    assert [each.offset for each in received] == list(range(2000))


def test_a_reader_sees_where_it_left_off_whatever_it_is_asked_for(broker, open_reader, make_record):
    publish(broker, *(make_record(number) for number in range(30)))
    reader = open_reader()
    read: list[Delivery] = []
    while len(read) < 30:
        read += reader.read(max_records=4, timeout=0.5)
    assert [each.offset for each in read] == list(range(30))


@pytest.fixture
def database(tmp_path):
    url = f"sqlite:///{tmp_path / 'service.db'}"
    events.prepare(url)
    database = Database(url, pool_size=4)
    yield database
    database.close()


@pytest.fixture
def consume(broker, database, names, time):
    """Consume until everything is read, applying each event once, and refusing number 13."""

    def on_fact_noted(event: Event) -> None:
        with database.transaction() as session:
            if inbox.first_time(session, event.id, consumer=names.group):
                events.apply(session, event)
            if event.data["number"] == 13:
                raise NotFound

    def is_read() -> bool:
        return not any(each.records for each in broker.lag(group=names.group, topics=[names.topic]).values())

    def consume_all() -> None:
        stop = StopWhen(is_read, patience=PATIENCE_S)
        consuming.run(
            broker=broker,
            group=names.group,
            topics=[names.topic],
            handlers={NOTED.type: on_fact_noted},
            database=database,
            clock=time,
            stop=stop,
        )
        assert stop.came_true

    return consume_all


@pytest.fixture
def fact(names, time):
    def make(number: int, *, key: str = "student:1", type: str = NOTED.type) -> Record:
        return replace(events.record(number, key=key, clock=time, type=type), topic=names.topic)

    return make


def test_what_is_refused_is_put_aside_with_what_follows_of_its_key_and_the_rest_goes_on(
    broker, consume, database, fact, names
):
    same, *_ = (f"s:{n}" for n in range(500) if partition_of(f"s:{n}".encode(), 12) == partition_of(b"student:1", 12))
    broken = replace(fact(2, key="student:9"), value=b"{")
    publish(broker, fact(1), fact(13), fact(14), broken, fact(1, key=same), fact(3, key="student:8"))
    publish(broker, fact(4, key="student:7", type="ca.vitrail.example.unheard-of.v1"))
    consume()
    assert sorted(events.list_applied(database)) == sorted([("student:1", 1), (same, 1), ("student:8", 3)])
    with database.read() as session:
        dead = dead_events.list_dead(session, consumer=names.group)
        states = dead_events.count_by_state(session)
    assert sorted(each.reason for each in dead) == ["message_not_json", "message_type_unknown", "not_found"]
    assert {each.delivery.topic for each in dead} == {names.topic}
    assert sum(states.values()) == 4


@pytest.mark.requirement("EVT-4")
def test_replaying_everything_changes_nothing(broker, consume, database, fact, names, time):
    publish(broker, *(fact(number, key=f"student:{number % 5}") for number in range(20, 60)))
    consume()
    before = events.list_applied(database)
    broker.rewind(group=names.group, topics=[names.topic], to=time.now() - timedelta(days=1))
    assert sum(each.records for each in broker.lag(group=names.group, topics=[names.topic]).values()) == 40
    consume()
    assert events.list_applied(database) == before
    assert len(before) == 40
