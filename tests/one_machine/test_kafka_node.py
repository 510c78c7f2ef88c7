import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from one_machine.kafka.node import Node
from one_machine.kafka.releases import RELEASES
from tests.support.source import ROOT

MakeNode = Callable[..., Node]

START_AND_WAIT = """
import pathlib, sys, time
from one_machine.kafka.node import Node
node = Node(pathlib.Path(sys.argv[1]))
node.start()
print(node.pid, flush=True)
time.sleep(600)
"""


def place(node: Node) -> str:
    return f"127.0.0.1:{node.port}"


def write(node: Node, *values: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=place(node), compression_type="lz4")
    sent = [producer.send("news", value=value, key=b"one", headers=[("ce_id", value)]) for value in values]
    producer.flush()
    for each in sent:
        each.get(20)
    producer.close()


def read(node: Node, count: int) -> list[tuple[bytes, list[tuple[str, bytes]]]]:
    consumer = KafkaConsumer(bootstrap_servers=place(node), auto_offset_reset="earliest", consumer_timeout_ms=20_000)
    consumer.assign([TopicPartition("news", 0)])
    found = [(record.value, record.headers) for _, record in zip(range(count), consumer, strict=False)]
    consumer.close()
    return found


def make_topic(node: Node) -> None:
    admin = KafkaAdminClient(bootstrap_servers=place(node))
    admin.create_topics({"news": {"num_partitions": 1, "replication_factor": 1}})
    admin.close()


def is_gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def wait_until(is_so: Callable[[], bool]) -> bool:
    patience = threading.Event()
    deadline = time.monotonic() + 20
    while not is_so() and time.monotonic() < deadline:
        patience.wait(0.02)
    return is_so()


@pytest.mark.parametrize("version", RELEASES)
def test_node_keeps_what_it_acknowledged_when_it_is_killed(make_kafka_node: MakeNode, version: str) -> None:
    node = make_kafka_node(version=version)
    node.start()
    make_topic(node)
    write(node, b"first", b"second")
    port, pid = node.port, node.pid
    node.kill()
    gone = is_gone(pid)
    node.start()
    write(node, b"third")
    assert gone
    assert (node.port, node.pid == pid) == (port, False)
    assert read(node, 3) == [(value, [("ce_id", value)]) for value in (b"first", b"second", b"third")]


def test_node_keeps_its_data_when_it_is_stopped(kafka_node: Node) -> None:
    make_topic(kafka_node)
    write(kafka_node, b"first")
    pid = kafka_node.pid
    kafka_node.stop()
    kafka_node.stop()
    assert is_gone(pid)
    kafka_node.start()
    assert [value for value, _ in read(kafka_node, 1)] == [b"first"]


def test_node_makes_no_topic_by_accident(kafka_node: Node) -> None:
    producer = KafkaProducer(bootstrap_servers=place(kafka_node), max_block_ms=1_000)
    with pytest.raises(KafkaError):
        producer.send("never-declared", b"x").get(5)
    producer.close()
    admin = KafkaAdminClient(bootstrap_servers=place(kafka_node))
    assert "never-declared" not in admin.list_topics()
    admin.close()


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_node_ends_when_its_process_is_killed(make_kafka_node: MakeNode, tmp_path: Path) -> None:
    make_kafka_node()  # skips the test where there is no Kafka
    command = [sys.executable, "-c", START_AND_WAIT, str(tmp_path / "node")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        alive = not is_gone(pid)
        os.kill(process.pid, signal.SIGKILL)
    assert alive
    assert wait_until(lambda: is_gone(pid))


def test_node_goes_on_when_the_thread_that_started_it_ends(make_kafka_node: MakeNode) -> None:
    node = make_kafka_node()
    starter = threading.Thread(target=node.start)
    starter.start()
    starter.join()
    make_topic(node)
    write(node, b"first")
    assert [value for value, _ in read(node, 1)] == [b"first"]
