"""What a subscriber can and cannot do on a real cluster that asks who comes (EVT-3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition, errors
from kafka.admin import NewTopic
from kafka.protocol.consumer import FetchRequest, ListOffsetsRequest
from kafka.structs import OffsetAndMetadata

from one_machine.kafka.node import Node
from shared.access import AccessRefused, NoAccess, open_access
from shared.broker import Broker, open_broker
from shared.kafka.access import KafkaAccess
from shared.messages import Record
from shared.topics import outside_name
from tests.support.exports import CATALOGUE

FetchTopic = FetchRequest.FetchTopic
ListOffsetsTopic = ListOffsetsRequest.ListOffsetsTopic
SECRET = b"what only the other one may read"


@dataclass
class Subscriber:
    """A principal with its rights and what it reads."""

    name: str
    url: str
    topic: str
    settings: dict[str, Any] = field(repr=False)

    @property
    def group(self) -> str:
        return f"sub-{self.name}.main"

    def consumer(self, *names: str, group: str | None = None) -> KafkaConsumer:
        return KafkaConsumer(
            *names,
            group_id=self.group if group is None else group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            **self.settings,
        )

    def admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(**self.settings)

    def producer(self, **options: Any) -> KafkaProducer:
        return KafkaProducer(**self.settings, max_block_ms=4000, **options)


@pytest.fixture(scope="module")
def operator(secured_kafka: Node) -> Iterator[Broker]:
    broker = open_broker(secured_kafka.operator_url, catalogue=CATALOGUE)
    yield broker
    broker.close()


@pytest.fixture(scope="module")
def access(secured_kafka: Node) -> Iterator[KafkaAccess]:
    rights = KafkaAccess(secured_kafka.operator_url)
    yield rights
    rights.close()


@pytest.fixture(scope="module")
def make_subscriber(operator: Broker, access: KafkaAccess, secured_kafka: Node) -> Callable[..., Subscriber]:
    def make(prefix: str = "reader") -> Subscriber:
        name = f"{prefix}-{uuid4().hex[:8]}"
        topic = outside_name(code="712000", domain="example", subscriber=name)
        operator.make_topics([topic])
        access.grant(principal=f"sub-{name}", topics=[topic], group_prefix=f"sub-{name}.")
        password = access.renew_password(principal=f"sub-{name}")
        assert password is not None
        settings = dict(access.connection(principal=f"sub-{name}", password=password, servers=None))
        publish(operator, Record(topic=topic, key=b"k", value=SECRET))
        return Subscriber(
            name=name,
            url=secured_kafka.url_for(f"sub-{name}", password),
            topic=topic,
            settings=settings | {"request_timeout_ms": 6000, "bootstrap_timeout_ms": 6000},
        )

    return make


@pytest.fixture
def one(make_subscriber: Callable[..., Subscriber]) -> Subscriber:
    return make_subscriber()


@pytest.fixture
def other(make_subscriber: Callable[..., Subscriber]) -> Subscriber:
    return make_subscriber()


@pytest.fixture(scope="module")
def pair(make_subscriber: Callable[..., Subscriber]) -> tuple[Subscriber, Subscriber]:
    """Two subscribers whose rights stay as they are."""
    return make_subscriber(), make_subscriber()


def publish(broker: Broker, *records: Record) -> None:
    producer = broker.producer()
    producer.publish(records)
    producer.close()


def read(subscriber: Subscriber, *names: str, **options: Any) -> list[bytes]:
    consumer = subscriber.consumer(*names, **options)
    try:
        return first_values(consumer)
    finally:
        consumer.close(autocommit=False)


def first_values(consumer: KafkaConsumer) -> list[bytes]:
    found: list[bytes] = []
    attempts = iter(range(20))
    while not found and next(attempts, None) is not None:
        found += [record.value for records in consumer.poll(timeout_ms=250).values() for record in records]
    return found


# What it can


@pytest.mark.requirement("EVT-3")
def test_a_subscriber_reads_its_own_topic_and_commits(one: Subscriber) -> None:
    consumer = one.consumer(one.topic)
    assert first_values(consumer) == [SECRET]
    consumer.commit()
    consumer.close(autocommit=False)
    again = one.consumer(one.topic)
    assert first_values(again) == []
    assert sum(again.committed(TopicPartition(one.topic, number)) or 0 for number in range(3)) == 1
    again.close(autocommit=False)


@pytest.mark.requirement("EVT-3")
def test_a_subscriber_reads_by_our_own_door(one: Subscriber, operator: Broker) -> None:
    broker = open_broker(one.url, catalogue=operator.catalogue)
    reader = broker.reader(topics=[one.topic])
    assert [each.value for each in reader.read(max_records=10, timeout=5.0)] == [SECRET]
    reader.close()
    broker.close()


# What it cannot: each attempt on another's topic is denied and brings nothing.


def list_topics(one: Subscriber, other: Subscriber) -> Any:
    consumer = one.consumer(one.topic)
    try:
        return sorted(consumer.topics() - {one.topic})
    finally:
        consumer.close(autocommit=False)


def describe(one: Subscriber, other: Subscriber) -> Any:
    with one.admin() as admin:
        (answer,) = admin.describe_topics([other.topic])
    raise errors.for_code(answer["error_code"])


def read_in_own_group(one: Subscriber, other: Subscriber) -> Any:
    return read(one, other.topic)


def read_without_group(one: Subscriber, other: Subscriber) -> Any:
    consumer = KafkaConsumer(auto_offset_reset="earliest", **one.settings)
    try:
        consumer.assign([TopicPartition(other.topic, number) for number in range(3)])
        return first_values(consumer)
    finally:
        consumer.close()


def read_in_anothers_group(one: Subscriber, other: Subscriber) -> Any:
    return read(one, one.topic, group=other.group)


def read_in_a_group_of_no_prefix(one: Subscriber, other: Subscriber) -> Any:
    return read(one, one.topic, group="enrollment.export")


def read_an_inside_topic(one: Subscriber, other: Subscriber) -> Any:
    return read(one, "vitrail.example.v1")


def fetch_by_hand(one: Subscriber, other: Subscriber) -> Any:
    """Ask for records in the protocol's own words: no client looks first whether it may."""
    return fetch(one, other.topic)


def ask_for_offsets_by_hand(one: Subscriber, other: Subscriber) -> Any:
    partitions = [ListOffsetsTopic.ListOffsetsPartition(partition_index=0, current_leader_epoch=-1, timestamp=-2)]
    request = ListOffsetsRequest(
        replica_id=-1,
        isolation_level=0,
        topics=[ListOffsetsTopic(name=other.topic, partitions=partitions)],
        max_version=4,
    )
    with one.admin() as admin:
        (topic,) = admin._manager.run(admin._manager.send, request).topics
    raise errors.for_code(topic.partitions[0].error_code)


def fetch(one: Subscriber, topic: str) -> bytes:
    """Return what a fetch by name brings of a topic, or raise what the broker says."""
    with one.admin() as admin:
        return fetch_with(admin, topic)


def fetch_with(admin: KafkaAdminClient, topic: str) -> bytes:
    """Do so on a connection that is open."""
    partitions = [
        FetchTopic.FetchPartition(
            partition=number,
            current_leader_epoch=-1,
            fetch_offset=0,
            last_fetched_epoch=-1,
            log_start_offset=-1,
            partition_max_bytes=1 << 20,
        )
        for number in range(3)
    ]
    request = FetchRequest(
        max_wait_ms=200,
        min_bytes=1,
        max_bytes=1 << 20,
        isolation_level=0,
        session_id=0,
        session_epoch=-1,
        topics=[FetchTopic(topic=topic, partitions=partitions)],
        forgotten_topics_data=[],
        rack_id="",
        # Newer versions name topics by an id, which whoever may not describe a topic does not know.
        max_version=11,
    )
    (answer,) = admin._manager.run(admin._manager.send, request).responses
    brought = b""
    for partition in answer.partitions:
        insist(partition.error_code)
        brought += bytes(partition.records or b"")
    return brought


def insist(error_code: int) -> None:
    fault = errors.for_code(error_code)
    if fault is not errors.NoError:
        raise fault


def reset_anothers_offsets(one: Subscriber, other: Subscriber) -> Any:
    with one.admin() as admin:
        answer = admin.alter_group_offsets(other.group, {TopicPartition(other.topic, 0): OffsetAndMetadata(0, "", -1)})
    raise next(iter(answer.values()))


def look_at_anothers_group(one: Subscriber, other: Subscriber) -> Any:
    with one.admin() as admin:
        return admin.list_group_offsets({other.group: [TopicPartition(other.topic, 0)]})


def delete_anothers_group(one: Subscriber, other: Subscriber) -> Any:
    with one.admin() as admin:
        answer = admin.delete_groups([other.group])
    raise next(iter(answer.values()))


def produce_to_another(one: Subscriber, other: Subscriber) -> Any:
    return produce(one, other.topic)


def produce_to_its_own(one: Subscriber, other: Subscriber) -> Any:
    return produce(one, one.topic)


def produce(one: Subscriber, topic: str) -> Any:
    producer = one.producer(enable_idempotence=False)
    try:
        return producer.send(topic, b"forged").get(timeout=5)
    finally:
        producer.close(timeout=1)


def begin_a_transaction(one: Subscriber, other: Subscriber) -> Any:
    producer = one.producer(transactional_id=f"sub-{other.name}.main")
    try:
        return producer.init_transactions()
    finally:
        producer.close(timeout=1)


def make_a_topic(one: Subscriber, other: Subscriber) -> Any:
    with one.admin() as admin:
        return admin.create_topics([NewTopic(f"org.712000.example.{one.name}-more.v1", 1, 1)])


def delete_anothers_topic(one: Subscriber, other: Subscriber) -> Any:
    with one.admin() as admin:
        return admin.delete_topics([other.topic])


def delete_anothers_records(one: Subscriber, other: Subscriber) -> Any:
    with one.admin() as admin:
        return admin.delete_records({TopicPartition(other.topic, 0): 1})


def give_itself_rights(one: Subscriber, other: Subscriber) -> Any:
    rights = KafkaAccess(one.url)
    try:
        rights.grant(principal=f"sub-{one.name}", topics=[other.topic], group_prefix="")
    finally:
        rights.close()


def give_itself_a_password(one: Subscriber, other: Subscriber) -> Any:
    rights = KafkaAccess(one.url)
    rights._is_enforced = True
    try:
        rights.renew_password(principal=f"sub-{other.name}")
    finally:
        rights.close()


DENIED = (
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
    errors.TransactionalIdAuthorizationFailedError,
    # What may not be described is not there.
    errors.UnknownTopicOrPartitionError,
    AccessRefused,
)
ATTEMPTS = [
    describe,
    fetch_by_hand,
    ask_for_offsets_by_hand,
    read_in_anothers_group,
    read_in_a_group_of_no_prefix,
    reset_anothers_offsets,
    look_at_anothers_group,
    delete_anothers_group,
    produce_to_another,
    produce_to_its_own,
    begin_a_transaction,
    make_a_topic,
    delete_anothers_topic,
    delete_anothers_records,
    give_itself_rights,
    give_itself_a_password,
]


@pytest.mark.requirement("EVT-3")
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.__name__)
def test_a_subscriber_is_denied(attempt: Callable[..., Any], pair: tuple[Subscriber, Subscriber]) -> None:
    with pytest.raises(DENIED):
        attempt(*pair)


@pytest.mark.requirement("EVT-3")
def test_what_is_denied_of_anothers_topic_is_allowed_of_its_own(pair: tuple[Subscriber, Subscriber]) -> None:
    one, _ = pair
    assert SECRET in fetch(one, one.topic)


# A client that may not even describe a topic waits for it in vain.
@pytest.mark.requirement("EVT-3")
@pytest.mark.parametrize("attempt", [read_in_own_group, read_without_group, read_an_inside_topic])
def test_a_client_of_a_subscriber_gets_no_record(
    attempt: Callable[..., Any], pair: tuple[Subscriber, Subscriber]
) -> None:
    assert attempt(*pair) == []


@pytest.mark.requirement("EVT-3")
def test_a_subscriber_sees_no_topic_but_its_own(pair: tuple[Subscriber, Subscriber]) -> None:
    assert list_topics(*pair) == []


@pytest.mark.requirement("EVT-3")
def test_a_wildcard_brings_nothing_of_anothers(pair: tuple[Subscriber, Subscriber]) -> None:
    one, _ = pair
    consumer = KafkaConsumer(group_id=one.group, auto_offset_reset="earliest", enable_auto_commit=False, **one.settings)
    consumer.subscribe(pattern="^org\\..*")
    assert first_values(consumer) == [SECRET]
    assert {place.topic for place in consumer.assignment()} == {one.topic}
    consumer.close(autocommit=False)


@pytest.mark.requirement("EVT-3")
def test_a_subscriber_of_a_longer_name_is_another(make_subscriber: Callable[..., Subscriber], access: Any) -> None:
    one = make_subscriber()
    access.grant(principal=f"sub-{one.name}", topics=[one.topic], group_prefix=f"sub-{one.name}.")
    with pytest.raises(errors.GroupAuthorizationFailedError):
        read(one, one.topic, group=f"sub-{one.name}x.main")


# How rights change


def test_granting_again_leaves_only_what_was_granted_last(
    one: Subscriber, other: Subscriber, access: KafkaAccess
) -> None:
    access.grant(principal=f"sub-{one.name}", topics=[other.topic], group_prefix=f"sub-{one.name}.")
    assert SECRET in fetch(one, other.topic)
    with pytest.raises(errors.TopicAuthorizationFailedError):
        fetch(one, one.topic)


@pytest.mark.requirement("EVT-3")
def test_revoking_cuts_an_open_connection_off(one: Subscriber, access: KafkaAccess) -> None:
    with one.admin() as admin:
        assert SECRET in fetch_with(admin, one.topic)
        access.revoke(principal=f"sub-{one.name}")
        with pytest.raises(errors.TopicAuthorizationFailedError):
            fetch_with(admin, one.topic)


@pytest.mark.requirement("EVT-3")
@pytest.mark.parametrize("change", ["renew_password", "revoke"])
def test_an_old_password_opens_nothing(one: Subscriber, access: KafkaAccess, change: str) -> None:
    getattr(access, change)(principal=f"sub-{one.name}")
    with pytest.raises(errors.KafkaError):
        one.admin().close()


def test_a_new_password_opens(one: Subscriber, access: KafkaAccess) -> None:
    one.settings["sasl_plain_password"] = access.renew_password(principal=f"sub-{one.name}")
    assert read(one, one.topic) == [SECRET]


def test_revoking_twice_changes_nothing(one: Subscriber, access: KafkaAccess) -> None:
    access.revoke(principal=f"sub-{one.name}")
    access.revoke(principal=f"sub-{one.name}")


def test_a_cluster_that_asks_nobody_enforces_nothing(kafka_url: str) -> None:
    access = open_access(kafka_url)
    assert not access.is_enforced
    access.grant(principal="sub-x", topics=["org.1.example.x.v1"], group_prefix="sub-x.")
    assert access.renew_password(principal="sub-x") is None
    access.revoke(principal="sub-x")
    connection = access.connection(principal="sub-x", password=None, servers="a:1,b:2")
    assert connection == {"bootstrap_servers": ["a:1", "b:2"], "security_protocol": "PLAINTEXT"}
    access.close()


def test_a_log_in_a_file_enforces_nothing() -> None:
    access = open_access("embedded:///folder/log.db")
    assert isinstance(access, NoAccess)
    assert not access.is_enforced
    assert access.renew_password(principal="sub-x") is None
    assert access.connection(principal="sub-x", password=None, servers=None) == {}


def test_connection_by_tls_names_the_authority(secured_kafka: Node) -> None:
    access = open_access(secured_kafka.operator_tls_url)
    connection = access.connection(principal="sub-x", password="p", servers=None)
    assert connection["security_protocol"] == "SASL_SSL"
    assert connection["ssl_cafile"] == str(secured_kafka.certificates.authority)
    access.close()
