"""What every event log behind the door promises; another door joins by another entry in `DOORS`."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from shared import topics
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
    open_broker,
)
from shared.embedded_log.membership import LEASE
from shared.messages import Record
from shared.topics import Catalogue, OutsideTopics, Replication, Topic, UnknownTopic
from tests.support.events import CATALOGUE as EXAMPLES, OTHER_TOPIC, TOPIC

PATIENCE_S = 20.0

STATES_TOPIC = "vitrail.states.v1"
STATES = Topic(name=STATES_TOPIC, partitions=3, retention=timedelta(days=1), event_types=frozenset(), is_compacted=True)
CATALOGUE = Catalogue(
    topics={**EXAMPLES.topics, STATES_TOPIC: STATES},
    outside=OutsideTopics(partitions=3, retention=timedelta(days=7)),
    replication=Replication(factor=1, min_insync=1),
)


class Ticking:
    """The real time, which can be pushed ahead: a broker of its own process cannot stand still."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def open_embedded(folder: Path, clock: Ticking) -> Broker:
    return open_broker(f"embedded://{folder / 'log.db'}", catalogue=CATALOGUE, clock=clock)


DOORS: dict[str, Callable[[Path, Ticking], Broker]] = {"embedded": open_embedded}


@pytest.fixture
def time() -> Ticking:
    return Ticking()


@pytest.fixture(params=DOORS)
def open_door(request, tmp_path, time):
    """Open the same log once more, as another process would."""
    opened = []

    def open_again() -> Broker:
        opened.append(DOORS[request.param](tmp_path, time))
        return opened[-1]

    yield open_again
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
def join(open_door):
    """Join a group; who is still there at the end leaves."""
    members: list[Member] = []

    def join_group(group: str = "readers", topic: str = TOPIC) -> Member:
        members.append(Member(open_door().consumer(group=group, topics=[topic])))
        return members[-1]

    yield join_group
    for member in members:
        member.close()


@pytest.fixture
def open_reader(broker):
    """Read without a group."""
    readers: list[Reader] = []

    def open_one(*, topic: str = TOPIC, since: datetime | None = None) -> Reader:
        readers.append(broker.reader(topics=[topic], since=since))
        return readers[-1]

    yield open_one
    for reader in readers:
        reader.close()


def make_record(number: int, *, key: str | None = "student:1", topic: str = TOPIC) -> Record:
    headers = (("ce_id", str(number).encode()), ("bytes", bytes(range(256))))
    return Record(
        topic=topic, key=None if key is None else key.encode(), value=f'{{"n":{number}}}'.encode(), headers=headers
    )


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


def settle(*members: Member) -> None:
    """Let members poll by turns until each partition has its reader and all have a fair part."""
    deadline = monotonic() + PATIENCE_S
    while not (
        len(frozenset().union(*(member.held for member in members))) == 12
        and sum(len(member.held) for member in members) == 12
        and max(len(member.held) for member in members) - min(len(member.held) for member in members) <= 1
    ):
        assert monotonic() < deadline, f"held: {[len(member.held) for member in members]}"
        for member in members:
            member.poll(max_records=500, timeout=0.05)


def test_a_record_arrives_as_it_was_published(broker, join):
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


def test_a_record_without_key_or_value_arrives(broker, join):
    publish(broker, Record(topic=TOPIC, key=None, value=b"{}"), Record(topic=TOPIC, key=b"k", value=None))
    received = receive(join(), 2)
    assert {(each.key, each.value) for each in received} == {(None, b"{}"), (b"k", None)}


def test_records_of_one_key_keep_their_order_and_their_partition(broker, join):
    keys = [f"student:{number}" for number in range(30)]
    for start in range(0, 20, 4):
        publish(broker, *(make_record(number, key=key) for number in range(start, start + 4) for key in keys))
    received = receive(join(), 600, max_records=50)
    for key in keys:
        of_key = [each for each in received if each.key == key.encode()]
        assert [each.value for each in of_key] == [f'{{"n":{number}}}'.encode() for number in range(20)]
        assert len({each.partition for each in of_key}) == 1
    assert len({each.partition for each in received}) > 6


def test_a_group_that_is_new_reads_from_the_start(broker, join):
    publish(broker, make_record(1), make_record(2))
    assert [each.offset for each in receive(join("late"), 2)] == [0, 1]


def test_each_group_reads_everything(broker, join):
    publish(broker, *(make_record(number) for number in range(3)))
    assert len(receive(join("a"), 3)) == len(receive(join("b"), 3)) == 3


def test_a_consumer_gets_its_topics_alone(broker, join):
    publish(broker, make_record(1, topic=OTHER_TOPIC), make_record(2))
    assert [each.topic for each in receive(join(), 1)] == [TOPIC]


def test_what_was_committed_does_not_come_again(broker, join):
    publish(broker, *(make_record(number) for number in range(5)))
    first = join()
    commit(first, *receive(first, 5)[:3])
    first.close()
    assert [each.offset for each in receive(join(), 2)] == [3, 4]


def test_what_was_not_committed_comes_again(broker, join):
    publish(broker, make_record(1))
    first = join()
    receive(first, 1)
    first.close()
    assert len(receive(join(), 1)) == 1


def test_a_skipped_partition_brings_nothing_until_it_is_asked_for_again(broker, join):
    consumer = join()
    settle(consumer)
    publish(broker, make_record(1), make_record(2, key="student:2"))
    first, second = receive(consumer, 2)
    publish(broker, make_record(3), make_record(4, key="student:2"))
    polled = consumer.poll(max_records=500, timeout=1, skip={first.place})
    assert {each.place for each in polled.deliveries} == {second.place}
    assert [each.place for each in receive(consumer, 1)] == [first.place]


def test_members_of_a_group_share_the_partitions_and_each_record_comes_once(broker, join):
    members = [join(), join(), join()]
    settle(*members)
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(120)))
    received: list[Delivery] = []
    deadline = monotonic() + PATIENCE_S
    while len(received) < 120:
        assert monotonic() < deadline
        for member in members:
            deliveries = member.poll(max_records=500, timeout=0.05).deliveries
            assert {each.place for each in deliveries} <= member.held
            received += deliveries
    assert len({each.value for each in received}) == 120


def test_a_member_that_joins_gets_its_part_and_goes_on_from_what_was_committed(broker, join):
    first = join()
    settle(first)
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(60)))
    commit(first, *receive(first, 60))
    second = join()
    settle(first, second)
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(60, 120)))
    received = receive(second, 1) + receive(first, 1)
    assert {each.value for each in received} <= {f'{{"n":{number}}}'.encode() for number in range(60, 120)}
    assert len(second.held) == 6


def test_a_member_that_leaves_hands_its_partitions_over_within_three_seconds(broker, join):
    first, second = join(), join()
    settle(first, second)
    first.close()
    started = monotonic()
    settle(second)
    assert monotonic() - started < 3


def test_commit_is_refused_for_a_partition_that_was_lost(broker, join):
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(60)))
    first = join()
    deliveries = receive(first, 60)
    second = join()
    settle(first, second)
    with pytest.raises(AssignmentLost) as refusal:
        commit(first, *deliveries)
    assert refusal.value.partitions == {each.place for each in deliveries} - first.held
    # What it still holds was committed all the same.
    lag = broker.lag(group="readers", topics=[TOPIC])
    assert {place for place, behind in lag.items() if behind.records} == refusal.value.partitions


def test_lag_counts_what_the_group_has_still_to_commit(broker, join):
    publish(broker, *(make_record(number) for number in range(5)))
    consumer = join()
    deliveries = receive(consumer, 5)
    assert sum(each.records for each in broker.lag(group="readers", topics=[TOPIC]).values()) == 5
    commit(consumer, deliveries[1])
    assert sum(each.records for each in broker.lag(group="readers", topics=[TOPIC]).values()) == 3


def test_rewind_replays_from_a_time(broker, join, time):
    publish(broker, make_record(1), make_record(2, key="student:2"))
    time.ahead += timedelta(hours=1)
    moment = time.now()
    publish(broker, make_record(3), make_record(4))
    consumer = join()
    commit(consumer, *receive(consumer, 4))
    consumer.close()
    broker.rewind(group="readers", topics=[TOPIC], to=moment)
    again = join()
    assert [each.value for each in receive(again, 2)] == [b'{"n":3}', b'{"n":4}']
    again.close()
    broker.rewind(group="readers", topics=[TOPIC], to=moment - timedelta(days=1))
    assert len(receive(join(), 4)) == 4


def test_rewind_after_the_last_record_reads_only_what_comes(broker, join, time):
    publish(broker, make_record(1))
    broker.rewind(group="readers", topics=[TOPIC], to=time.now() + timedelta(hours=1))
    publish(broker, make_record(2))
    assert [each.value for each in receive(join(), 1)] == [b'{"n":2}']


def test_rewind_is_refused_while_members_read(broker, join):
    settle(join())
    with pytest.raises(GroupIsActive):
        broker.rewind(group="readers", topics=[TOPIC], to=datetime.now(UTC))


def test_an_undeclared_topic_is_refused(broker):
    with pytest.raises(UnknownTopic):
        broker.consumer(group="g", topics=["vitrail.nowhere.v1"])
    with pytest.raises(UnknownTopic):
        publish(broker, make_record(1, topic="vitrail.nowhere.v1"))
    with pytest.raises(UnknownTopic):
        broker.lag(group="g", topics=["vitrail.nowhere.v1"])


def test_a_silent_member_is_replaced_and_told_so_when_it_comes_back(broker, join, time):
    silent, other = join(), join()
    settle(silent, other)
    publish(broker, *(make_record(number, key=f"student:{number}") for number in range(60)))
    deliveries = receive(silent, 1)
    silent.consumer._membership._left.set()
    silent.consumer._membership._renewer.join()
    time.ahead += LEASE
    settle(other)
    with pytest.raises(AssignmentLost):
        commit(silent, *deliveries)
    polled = silent.poll(max_records=500, timeout=0.1)
    assert {each.place for each in deliveries} <= polled.lost


def test_lag_tells_when_the_oldest_of_it_was_appended(broker, join, time):
    publish(broker, make_record(1))
    time.ahead += timedelta(hours=1)
    moment = time.now()
    publish(broker, make_record(2))
    consumer = join()
    first, second = receive(consumer, 2)
    lag = broker.lag(group="readers", topics=[TOPIC])
    assert lag[first.place] == Lag(records=2, oldest_at=first.appended_at)
    assert lag[Partition(TOPIC, (first.partition + 1) % 12)] == Lag(records=0)
    commit(consumer, first)
    assert broker.lag(group="readers", topics=[TOPIC])[second.place] == Lag(records=1, oldest_at=second.appended_at)
    assert abs(second.appended_at - moment) < timedelta(minutes=1)
    commit(consumer, second)
    assert broker.lag(group="readers", topics=[TOPIC])[second.place] == Lag(records=0)


def read_to_the_end(reader: Reader) -> list[Delivery]:
    read: list[Delivery] = []
    deadline = monotonic() + PATIENCE_S
    while not reader.is_at_end():
        assert monotonic() < deadline, f"{reader.remaining()} remain"
        read += reader.read(max_records=7, timeout=0.5)
    return read


def test_reader_reads_everything_that_was_there_without_a_group(broker, open_reader):
    keys = [f"student:{number}" for number in range(5)]
    publish(broker, *(make_record(number, key=key) for number in range(10) for key in keys))
    reader = open_reader()
    assert reader.remaining() == 50
    read = read_to_the_end(reader)
    assert reader.remaining() == 0
    for key in keys:
        assert [each.value for each in read if each.key == key.encode()] == [
            f'{{"n":{number}}}'.encode() for number in range(10)
        ]
    assert len(read_to_the_end(open_reader())) == 50


def test_reader_goes_on_with_what_comes(broker, open_reader):
    reader = open_reader()
    assert reader.is_at_end()
    publish(broker, make_record(1))
    deadline = monotonic() + PATIENCE_S
    read: list[Delivery] = []
    while not read:
        assert monotonic() < deadline
        read += reader.read(max_records=10, timeout=0.5)
    assert [each.value for each in read] == [b'{"n":1}']
    assert reader.is_at_end()


def test_reader_starts_at_a_time(broker, open_reader, time):
    publish(broker, make_record(1), make_record(2, key="student:2"))
    time.ahead += timedelta(hours=1)
    moment = time.now()
    publish(broker, make_record(3), make_record(4))
    reader = open_reader(since=moment)
    assert [each.value for each in read_to_the_end(reader)] == [b'{"n":3}', b'{"n":4}']
    assert open_reader(since=moment + timedelta(hours=1)).is_at_end()


OUTSIDE = topics.outside_name(code="712000", domain="example", subscriber="bus-lines")


def test_topics_of_subscribers_are_made_when_they_are_asked_for(broker, open_door):
    assert broker.missing_topics() == []
    assert broker.missing_topics([TOPIC, OUTSIDE]) == [OUTSIDE]
    assert broker.make_topics([TOPIC, OUTSIDE]) == [OUTSIDE]
    assert open_door().missing_topics([OUTSIDE]) == []
    assert broker.make_topics([OUTSIDE]) == []
    publish(broker, *(make_record(number, topic=OUTSIDE, key=f"k{number}") for number in range(20)))
    assert set(broker.lag(group="g", topics=[OUTSIDE])) == {Partition(OUTSIDE, number) for number in range(3)}


def test_delete_topics_takes_what_was_said_with_them(broker, open_reader):
    broker.make_topics([OUTSIDE])
    publish(broker, make_record(1, topic=OUTSIDE))
    assert broker.delete_topics([OUTSIDE]) == [OUTSIDE]
    assert broker.delete_topics([OUTSIDE]) == []
    assert broker.missing_topics([OUTSIDE]) == [OUTSIDE]
    broker.make_topics([OUTSIDE])
    assert open_reader(topic=OUTSIDE).is_at_end()


def test_a_topic_that_nobody_made_is_refused(broker):
    with pytest.raises(UnknownTopic):
        publish(broker, make_record(1, topic=OUTSIDE))
    with pytest.raises(UnknownTopic):
        broker.consumer(group="g", topics=[OUTSIDE])
    with pytest.raises(UnknownTopic):
        broker.reader(topics=[OUTSIDE])
    with pytest.raises(UnknownTopic):
        broker.lag(group="g", topics=[OUTSIDE])
    with pytest.raises(UnknownTopic):
        broker.rewind(group="g", topics=[OUTSIDE], to=datetime.now(UTC))
    assert broker.missing_topics([OUTSIDE]) == [OUTSIDE]


def test_an_undeclared_topic_cannot_be_made(broker):
    for operation in (broker.make_topics, broker.missing_topics, broker.delete_topics):
        with pytest.raises(UnknownTopic):
            operation(["vitrail.nowhere.v1"])


def test_a_compacted_topic_takes_no_record_without_key(broker):
    with pytest.raises(RecordRefused):
        publish(broker, make_record(1, topic=STATES_TOPIC, key=None))
    publish(broker, make_record(1, topic=STATES_TOPIC))


def test_a_log_that_answers_is_ready(broker):
    assert broker.state() is BrokerState.READY
