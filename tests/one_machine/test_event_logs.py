import math
from collections.abc import Callable
from pathlib import Path

import pytest

from one_machine import event_logs, places
from one_machine.kafka.node import Node
from one_machine.places import CannotStart
from shared import topics
from shared.broker import BrokerState, open_broker
from tests.support.tcp_proxy import TcpProxy


def get_ready(url: str, *, patience_s: float = 0.1) -> tuple[list[str], list[BrokerState]]:
    waited_for: list[BrokerState] = []
    return event_logs.get_ready([url], patience_s=patience_s, on_waiting=waited_for.append), waited_for


def test_get_ready_makes_every_declared_topic_once(kafka_node: Node) -> None:
    first, _ = get_ready(kafka_node.url)
    second, _ = get_ready(kafka_node.url)
    assert sorted(first) == sorted(topics.load().topics)
    assert second == []


def test_get_ready_tells_of_a_log_that_is_not_there() -> None:
    with pytest.raises(CannotStart, match="make kafka-up"):
        get_ready(f"kafka://127.0.0.1:{places.free_port()}?replication=1")


def test_get_ready_tells_of_a_log_that_does_not_answer_in_time(kafka_url: str) -> None:
    target = int(kafka_url.rpartition(":")[2].partition("?")[0])
    with TcpProxy(target) as proxy:
        proxy.delay(math.inf)
        with pytest.raises(CannotStart, match="does not answer in time"):
            get_ready(f"kafka://127.0.0.1:{proxy.port}")


def test_get_ready_tells_of_a_log_that_refuses_us_at_once_and_never_the_password(secured_kafka: Node) -> None:
    waited_for: list[BrokerState] = []
    url = secured_kafka.url_for("operator", "neither-this-one")
    with pytest.raises(CannotStart, match="does not let us in") as refused:
        event_logs.get_ready([url], patience_s=30, on_waiting=waited_for.append)
    assert waited_for == []
    assert "neither-this-one" not in str(refused.value)


def test_get_ready_waits_for_a_log_that_is_starting(make_kafka_node: Callable[..., Node]) -> None:
    node = make_kafka_node()
    waited_for: list[BrokerState] = []

    def start_it(state: BrokerState) -> None:
        waited_for.append(state)
        node.start()

    made = event_logs.get_ready([node.url], patience_s=30, on_waiting=start_it)
    assert waited_for == [BrokerState.MISSING]
    assert made != []


def test_get_ready_tells_of_topics_unlike_ours(kafka_node: Node) -> None:
    theirs = topics.Catalogue(
        topics={
            name: topics.Topic(name=name, partitions=1, retention=topic.retention, event_types=topic.event_types)
            for name, topic in topics.load().topics.items()
        }
    )
    other = open_broker(kafka_node.url, catalogue=theirs)
    other.make_topics()
    other.close()
    with pytest.raises(CannotStart, match="partitions"):
        get_ready(kafka_node.url)


def test_get_ready_tells_of_an_address_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="VITRAIL_BROKER_URL"):
        get_ready("kafka://user:hidden@")


@pytest.mark.parametrize(
    ("urls", "are_elsewhere"),
    [(["embedded:///a"], False), (["embedded:///a", "kafka://b:9092"], True)],
    ids=["files", "a cluster"],
)
def test_are_elsewhere_tells_files_from_servers(urls: list[str], are_elsewhere: bool) -> None:
    assert event_logs.are_elsewhere(urls) is are_elsewhere
