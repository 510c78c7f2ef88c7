import logging
import math
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event as Flag
from time import monotonic
from types import SimpleNamespace
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition, errors
from kafka.admin import ConfigResource, ConfigResourceType

from shared.broker import Broker, BrokerUnavailable, Delivery, Partition, RecordRefused, UnsuitableBroker, open_broker
from shared.kafka import address, client_logs
from shared.kafka.consumer import KafkaLogConsumer
from shared.kafka.records import delivery
from shared.kafka.watchdog import Watchdog
from shared.messages import Record
from shared.topics import Catalogue, Replication, Topic, UnknownTopic
from tests.support.tcp_proxy import TcpProxy

PATIENCE_S = 60.0


@pytest.fixture
def topic() -> Topic:
    return Topic(
        name=f"vitrail.example-{uuid4().hex[:12]}.v1",
        partitions=12,
        retention=timedelta(days=30),
        event_types=frozenset(),
    )


@pytest.fixture
def open_log():
    opened: list[Broker] = []

    def open_one(url: str, *topics: Topic, replication: Replication = Replication()) -> Broker:  # noqa: B008 - frozen
        catalogue = Catalogue(topics={topic.name: topic for topic in topics}, replication=replication)
        opened.append(open_broker(url, catalogue=catalogue))
        return opened[-1]

    yield open_one
    for log in opened:
        log.close()


def servers(url: str) -> list[str]:
    return [f"{host}:{port}" for host, port in address.parse(url).servers]


@pytest.fixture
def admin(kafka_url):
    client = KafkaAdminClient(bootstrap_servers=servers(kafka_url))
    yield client
    client.close()


def settings_of(admin: KafkaAdminClient, topic: Topic) -> dict[str, str]:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic.name)
    (found,) = admin.describe_configs([resource], config_filter="all")["topic"].values()
    return {name: setting["value"] for name, setting in found.items()}


@pytest.mark.requirement("EVT-5")
def test_make_topics_keeps_nothing_longer_than_declared(kafka_url, open_log, admin, topic):
    open_log(kafka_url, topic).make_topics()
    found = settings_of(admin, topic)
    kept = timedelta(milliseconds=int(found["retention.ms"]) + int(found["segment.ms"]))
    assert (kept, found["cleanup.policy"]) == (timedelta(days=30), "delete")
    assert (found["message.timestamp.type"], found["compression.type"]) == ("CreateTime", "lz4")


@pytest.mark.requirement("EVT-5")
def test_make_topics_compacts_states_and_lets_tombstones_go(kafka_url, open_log, admin, topic):
    states = replace(topic, is_compacted=True, retention=timedelta(days=7))
    open_log(kafka_url, states).make_topics()
    found = settings_of(admin, states)
    assert found["cleanup.policy"] == "compact"
    assert timedelta(milliseconds=int(found["delete.retention.ms"])) == timedelta(days=7)
    assert timedelta(milliseconds=int(found["max.compaction.lag.ms"])) == timedelta(days=1)


def test_make_topics_says_what_to_do_when_the_cluster_is_smaller_than_the_catalogue_wants(kafka_url, open_log, topic):
    ((host, port),) = address.parse(kafka_url).servers
    log = open_log(f"kafka://{host}:{port}", topic)
    with pytest.raises(UnsuitableBroker, match=r"\?replication=1"):
        log.make_topics()
    assert log.missing_topics() == [topic.name]


def test_nothing_makes_a_topic_by_accident(make_kafka_node, open_log, topic):
    node = make_kafka_node(extra={"auto.create.topics.enable": "true"})
    node.start()
    log = open_log(node.url, topic)
    producer = log.producer()
    for use in (
        lambda: producer.publish([Record(topic=topic.name, key=b"k", value=b"{}")]),
        lambda: log.consumer(group="g", topics=[topic.name]),
        lambda: log.reader(topics=[topic.name]),
        lambda: log.lag(group="g", topics=[topic.name]),
    ):
        with pytest.raises(UnknownTopic):
            use()
    producer.close()
    assert log.missing_topics() == [topic.name]


def read_all(log: Broker, topic: Topic) -> list[Delivery]:
    reader = log.reader(topics=[topic.name])
    read: list[Delivery] = []
    deadline = monotonic() + PATIENCE_S
    while not reader.is_at_end():
        assert monotonic() < deadline
        read += reader.read(max_records=1000, timeout=0.5)
    reader.close()
    return read


def test_a_foreign_message_of_five_megabytes_is_read_and_the_rest_goes_on(kafka_url, open_log, admin, topic):
    log = open_log(kafka_url, topic)
    log.make_topics()
    large = ConfigResource(ConfigResourceType.TOPIC, topic.name, configs={"max.message.bytes": "10000000"})
    admin.alter_configs([large])
    foreign = KafkaProducer(bootstrap_servers=servers(kafka_url), max_request_size=10_000_000)
    for value in (b"first", b"x" * 5_000_000, b"last"):
        foreign.send(topic.name, key=b"k", value=value, headers=[("ce_id", b"1")], partition=3).get(20)
    foreign.close()
    assert [len(each.value) for each in read_all(log, topic)] == [5, 5_000_000, 4]
    consumer = log.consumer(group=topic.name, topics=[topic.name])
    received: list[Delivery] = []
    deadline = monotonic() + PATIENCE_S
    while len(received) < 3:
        assert monotonic() < deadline
        received += consumer.poll(max_records=10, timeout=0.5).deliveries
    consumer.close()
    assert [len(each.value) for each in received] == [5, 5_000_000, 4]


class NameOfBytes(str):
    """The name of a header that is written as a client of another language writes it: as bytes."""

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return super().encode("latin-1")


def test_a_foreign_header_whose_name_is_not_utf_8_holds_up_nothing(kafka_url, open_log, topic):
    log = open_log(kafka_url, topic)
    log.make_topics()
    # Packed as the topic is, so that the broker takes the batch as it comes.
    foreign = KafkaProducer(bootstrap_servers=servers(kafka_url), compression_type="lz4", linger_ms=1000)
    sent = [
        foreign.send(topic.name, key=b"k", value=value * 100, headers=[(name, b"\xff"), ("ce_id", b"1")], partition=3)
        for name, value in (("a", b"1"), (NameOfBytes("\xff\xe9-id"), b"2"), ("é", b"3"), (NameOfBytes("\xff"), b"4"))
    ]
    foreign.flush()
    assert [each.get(20).offset for each in sent] == [0, 1, 2, 3]
    foreign.close()
    read = read_all(log, topic)
    assert [(each.key, each.value) for each in read] == [(b"k", number * 100) for number in (b"1", b"2", b"3", b"4")]
    assert [dict(each.headers) for each in read] == [
        {name: b"\xff", "ce_id": b"1"} for name in ("a", "\\xff\\xe9-id", "é", "\\xff")
    ]
    assert {type(each.key) for each in read} == {type(each.value) for each in read} == {bytes}


@pytest.mark.parametrize(
    ("timestamp", "year"), [(-1, 1970), (1_768_487_400_000, 2026), (1_768_487_400_000_000, 9999), (2**63 - 1, 9999)]
)
def test_a_record_is_read_whatever_its_sender_took_for_the_time(timestamp, year):
    record = SimpleNamespace(
        topic="vitrail.example.v1", partition=0, offset=0, key=None, value=b"", headers=[], timestamp=timestamp
    )
    assert delivery(record).appended_at.year == year


def test_publish_refuses_a_record_that_no_cluster_would_take(kafka_url, open_log, topic):
    log = open_log(kafka_url, topic)
    log.make_topics()
    producer = log.producer()
    with pytest.raises(RecordRefused):
        producer.publish([Record(topic=topic.name, key=b"k", value=b"x" * 2_000_000)])
    producer.close()


def test_a_foreign_producer_of_the_library_puts_a_key_where_we_do(kafka_url, open_log, topic):
    log = open_log(kafka_url, topic)
    log.make_topics()
    keys = [f"account:{number}".encode() for number in range(60)]
    ours = log.producer()
    ours.publish([Record(topic=topic.name, key=key, value=b"{}") for key in keys])
    ours.close()
    foreign = KafkaProducer(bootstrap_servers=servers(kafka_url))
    for key in keys:
        foreign.send(topic.name, key=key, value=b"{}")
    foreign.flush(20)
    foreign.close()
    read = read_all(log, topic)
    assert len(read) == 120
    assert len({(each.key, each.partition) for each in read}) == 60


def test_publish_gives_up_within_its_deadline_and_the_next_producer_goes_on(kafka_url, open_log, topic):
    ((_, port),) = address.parse(kafka_url).servers
    open_log(kafka_url, topic).make_topics()
    record = Record(topic=topic.name, key=b"k", value=b"{}")
    with TcpProxy(port) as proxy:
        # The cluster names itself, not the proxy: only the first connection goes through it.
        log = open_log(f"kafka://127.0.0.1:{proxy.port}", topic)
        producer = log.producer()
        producer.publish([record])
        producer.close()
        proxy.refuse()
        log.close()
        with pytest.raises(BrokerUnavailable, match="missing"):
            log.producer()
        proxy.restore()
        producer = log.producer()
        producer.publish([record])
        producer.close()


@pytest.fixture
def proxied_node(make_kafka_node):
    """A node whose every connection goes through a proxy."""
    with TcpProxy(1) as proxy:
        node = make_kafka_node(advertised_port=proxy.port)
        proxy._target = node.port
        node.start()
        yield SimpleNamespace(node=node, proxy=proxy, url=node.url)


def test_publish_gives_up_within_its_deadline_when_the_cluster_falls_silent(proxied_node, open_log, topic):
    log = open_log(proxied_node.url, topic)
    log.make_topics()
    record = Record(topic=topic.name, key=b"k", value=b"{}")
    producer = log.producer()
    producer.publish([record])
    proxied_node.proxy.delay(math.inf)
    started = monotonic()
    with pytest.raises(BrokerUnavailable):
        producer.publish([record])
    took = monotonic() - started
    with pytest.raises(BrokerUnavailable, match="failed before"):
        producer.publish([record])
    producer.close()
    proxied_node.proxy.restore()
    again = log.producer()
    again.publish([record])
    again.close()
    # Left to itself the library tries for two minutes.
    assert took < 60
    assert len(read_all(log, topic)) >= 2


def test_a_consumer_goes_on_after_its_connections_were_cut(proxied_node, open_log, topic):
    log = open_log(proxied_node.url, topic)
    log.make_topics()
    producer = log.producer()
    consumer = log.consumer(group="readers", topics=[topic.name])
    offsets: list[int] = []
    deadline = monotonic() + PATIENCE_S
    for number in range(5):
        producer.publish([Record(topic=topic.name, key=b"k", value=str(number).encode())])
        while len(offsets) <= number:
            assert monotonic() < deadline
            polled = consumer.poll(max_records=10, timeout=0.5)
            offsets += [each.offset for each in polled.deliveries if each.offset not in offsets]
            consumer.commit({each.place: each.offset + 1 for each in polled.deliveries})
        proxied_node.proxy.cut()
    consumer.close()
    producer.close()
    assert offsets == [0, 1, 2, 3, 4]


class Recorder:
    """Stands for the library's consumer and its maker: what is asked of it, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.settings: dict[str, object] = {}

    def consumer(self, **settings: object) -> "Recorder":
        self.settings = settings
        return self

    def subscribe(self, **_options: object) -> None:
        self.calls.append("subscribe")

    def partitions_for_topic(self, topic: str) -> None:
        self.calls.append(topic)


def test_a_member_knows_its_topics_before_it_joins_and_asks_again_within_seconds():
    library = Recorder()
    KafkaLogConsumer(library, group="readers", topics=["vitrail.a.v1", "vitrail.b.v1"])
    # It joins when it is first polled; what it then knew nothing of would be nobody's until the library asks again.
    assert library.calls == ["subscribe", "vitrail.a.v1", "vitrail.b.v1"]
    assert library.settings["metadata_max_age_ms"] <= 10_000


def test_nothing_acknowledged_is_lost_or_reordered_when_the_broker_is_killed_and_comes_back(
    make_kafka_node, open_log, topic
):
    node = make_kafka_node()
    node.start()
    log = open_log(node.url, topic)
    log.make_topics()
    acknowledged: list[int] = []
    stop = Flag()

    def publish_as_a_relay_does() -> None:
        """Publish batch after batch, the same again after a failure, each key with rising numbers."""
        number, producer = 0, None
        while not stop.is_set():
            batch = [
                Record(topic=topic.name, key=f"k{each % 20}".encode(), value=str(each).encode())
                for each in range(number, number + 100)
            ]
            try:
                producer = producer or log.producer()
                producer.publish(batch)
            except BrokerUnavailable:
                if producer is not None:
                    producer.close()
                producer = None
                continue
            number += 100
            acknowledged.append(number)
        producer.close()

    def wait_for_more(batches: int) -> None:
        wanted = len(acknowledged) + batches
        deadline = monotonic() + PATIENCE_S
        while len(acknowledged) < wanted:
            assert monotonic() < deadline
            stop.wait(0.01)

    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(publish_as_a_relay_does)
        try:
            for _ in range(2):
                wait_for_more(10)
                node.kill()
                node.start()
            wait_for_more(10)
        finally:
            stop.set()
        publishing.result()
    first_seen: dict[int, None] = {}
    for each in sorted(read_all(log, topic), key=lambda delivery: (delivery.partition, delivery.offset)):
        first_seen.setdefault(int(each.value))
    assert set(range(acknowledged[-1])) <= first_seen.keys()
    for key in range(20):
        of_key = [number for number in first_seen if number % 20 == key]
        assert of_key == sorted(of_key)


def test_publish_times_its_records_by_our_clock(kafka_url, topic, clock):
    log = open_broker(kafka_url, catalogue=Catalogue(topics={topic.name: topic}), clock=clock)
    log.make_topics()
    producer = log.producer()
    producer.publish([Record(topic=topic.name, key=b"k", value=b"{}")])
    producer.close()
    (found,) = read_all(log, topic)
    log.close()
    assert found.appended_at == clock.now().replace(microsecond=clock.now().microsecond // 1000 * 1000)


class StandingConsumer:
    """A consumer of which one partition stands while its end moves on."""

    def __init__(self) -> None:
        self.positions: dict[int, int | None] = {0: 5, 1: 5}
        self.ends = {0: 5, 1: 9}
        self.fault: Exception | None = None

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition("t", number) for number in self.positions}

    def end_offsets(self, partitions: list[TopicPartition], timeout_ms: int) -> dict[TopicPartition, int]:
        if self.fault:
            raise self.fault
        return {each: self.ends[each.partition] for each in partitions}

    def position(self, partition: TopicPartition, timeout_ms: int) -> int | None:
        return self.positions[partition.partition]


@pytest.fixture
def watch():
    """Look once a second; the watchdog decides when it is time."""
    consumer, now = StandingConsumer(), [0.0]
    watchdog = Watchdog(consumer, group="g", monotonic=lambda: now[0])

    def look(seconds: int, places: tuple[int, ...] = (0, 1), each: Callable[[], None] = lambda: None) -> None:
        for _ in range(seconds):
            now[0] += 1
            each()
            watchdog.look(Partition("t", number) for number in places)

    return SimpleNamespace(consumer=consumer, look=look)


@pytest.mark.parametrize("position", [5, None])
def test_watchdog_gives_up_a_consumer_of_which_a_partition_stands_while_its_end_moves(watch, position):
    watch.consumer.positions[1] = position
    watch.look(15)
    with pytest.raises(BrokerUnavailable, match="stand still"):
        watch.look(10)


def test_watchdog_is_content_while_partitions_move_or_have_nothing_to_read(watch):
    def move() -> None:
        watch.consumer.positions[1] += 1
        watch.consumer.ends[1] += 1

    watch.look(100, each=move)
    watch.consumer.positions[1] = watch.consumer.ends[1]
    watch.look(100)
    # One that is not to be read now.
    watch.consumer.ends[1] += 1
    watch.look(100, places=(0,))


def test_watchdog_gives_up_a_consumer_that_gets_no_answer_any_more(watch):
    watch.consumer.fault = errors.KafkaTimeoutError()
    watch.look(15)
    watch.consumer.fault = None
    watch.look(5, places=(0,))
    watch.consumer.fault = errors.KafkaTimeoutError()
    watch.look(15)
    with pytest.raises(errors.KafkaTimeoutError):
        watch.look(10)


def test_what_the_library_says_is_told_without_its_values(capsys):
    client_logs.forward()
    library = logging.getLogger(f"kafka.example-{uuid4()}")
    for _ in range(3):
        library.error("Sending %s failed: %s", "s3cret", ValueError("s3cret"))
        library.warning(f"Password: {'s3cret'}")
        library.debug("Sending (key=%r)", "s3cret")
    printed = capsys.readouterr()
    assert printed.out.count("kafka_client_says") == 2
    assert "ValueError" in printed.out
    assert "s3cret" not in printed.out + printed.err


def test_nothing_of_kafka_is_loaded_for_an_embedded_log(tmp_path):
    import subprocess

    code = (
        "import sys; from shared.broker import open_broker;"
        f" open_broker('embedded://{tmp_path}/log.db');"
        " sys.exit('kafka' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
