"""The example of a subscriber, run as its reader would run it: on a Kafka that asks who comes, killed and doubled."""

import ast
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from one_machine.kafka.node import Node
from shared import ids, messages
from shared.broker import Broker, Delivery, open_broker
from shared.database import Database
from shared.kafka.access import KafkaAccess
from tests.support.clock import FakeClock
from tests.support.databases import SqliteDatabases
from tests.support.events import StopWhen
from tests.support.exports import CATALOGUE, SEEN, Exports, header, prepare

EXAMPLE = Path(__file__).parents[2] / "examples" / "subscriber" / "subscriber.py"


@pytest.fixture
def log(secured_kafka: Node) -> Iterator[Broker]:
    broker = open_broker(secured_kafka.operator_url, catalogue=CATALOGUE)
    broker.make_topics()
    yield broker
    broker.close()


@pytest.fixture
def exports(log: Broker, sqlite_databases: SqliteDatabases, clock: FakeClock) -> Iterator[Exports]:
    database = Database(sqlite_databases.create(prepare))
    yield Exports(broker=log, database=database, clock=clock)
    database.close()


class Example:
    """One subscriber's own machine: the file that it was handed, its database, and the process that reads."""

    def __init__(self, folder: Path, connection: dict[str, Any]) -> None:
        self.connection = folder / "connection.json"
        self.connection.write_text(json.dumps(connection))
        self.database = folder / "events.db"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *types: str) -> None:
        command = [sys.executable, str(EXAMPLE), str(self.connection), str(self.database), *types]
        # Without our own folder on the path: it stands on kafka-python alone.
        self.process = subprocess.Popen(command, cwd=self.connection.parent, stderr=subprocess.PIPE)

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(with_signal)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def rows(self) -> list[tuple[str, int, str]]:
        """Return key, sequence and type of every event that was applied, in their order."""
        with closing(sqlite3.connect(self.database)) as database:
            try:
                return database.execute("SELECT key, sequence, type FROM events ORDER BY position").fetchall()
            except sqlite3.OperationalError:
                return []

    def wait_for(self, count: int) -> bool:
        return StopWhen(lambda: len(self.rows()) >= count, patience=60).wait_until_set()


@pytest.fixture
def name() -> str:
    return f"transport-{uuid4().hex[:8]}"


@pytest.fixture
def example(exports: Exports, secured_kafka: Node, name: str, tmp_path: Path) -> Iterator[Example]:
    exports.subscribe(name)
    access = KafkaAccess(secured_kafka.operator_url)
    principal = f"sub-{name}"
    access.grant(principal=principal, topics=[exports.topic(name)], group_prefix=f"sub-{name}.")
    password = access.renew_password(principal=principal)
    settings = access.connection(principal=principal, password=password, servers=None)
    access.close()
    made = Example(
        tmp_path,
        {"topics": [exports.topic(name)], "group_id": f"sub-{name}.main", "session_timeout_ms": 6000} | settings,
    )
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.communicate()


def tell(exports: Exports, *, children: int, events: int) -> None:
    ids_ = [ids.new() for _ in range(children)]
    exports.publish(*(messages.encode(exports.event(child_id)) for _ in range(events) for child_id in ids_))
    assert exports.export(patience=60)


def repeat(log: Broker, records: list[Delivery]) -> None:
    """Say again what was said, as an exporter does whose acknowledgement got lost."""
    producer = log.producer()
    producer.publish(records)
    producer.close()


def assert_each_once_in_order(rows: list[tuple[str, int, str]], *, children: int, events: int) -> None:
    by_key: dict[str, list[int]] = {}
    for key, sequence, _ in rows:
        by_key.setdefault(key, []).append(sequence)
    assert list(by_key.values()) == [list(range(1, events + 1))] * children


@pytest.mark.requirement("EVT-3")
def test_the_example_applies_each_event_once_in_order_through_kills_and_doubles(
    example: Example, exports: Exports, log: Broker, name: str
) -> None:
    tell(exports, children=6, events=50)
    received = exports.received(name)
    # Everything twice, and the second half a third time.
    repeat(log, received)
    example.start()
    for waited_for in (1, 60, 150):
        assert example.wait_for(waited_for)
        example.end(signal.SIGKILL)
        example.start()
    repeat(log, received[150:])
    tell(exports, children=1, events=5)
    assert example.wait_for(305)
    assert example.end() == 0
    rows = example.rows()
    assert len(rows) == 305
    assert_each_once_in_order([row for row in rows if row[0] in keys_of(received)], children=6, events=50)


def keys_of(records: list[Delivery]) -> set[str]:
    return {header(each, "ce_partitionkey") for each in records}


def test_the_example_keeps_the_types_that_are_asked_for(example: Example, exports: Exports) -> None:
    tell(exports, children=2, events=2)
    example.start("ca.vitrail.example.child-missed.v1")
    # Read by another name, so that it is known to have gone past all of them.
    assert not StopWhen(lambda: bool(example.rows()), patience=8).wait_until_set()
    example.end()
    example.start(SEEN.type)
    tell(exports, children=1, events=3)
    assert example.wait_for(3)
    assert {type_ for _, _, type_ in example.rows()} == {SEEN.type}


def test_the_example_waits_for_a_log_that_is_away(example: Example, exports: Exports) -> None:
    where = json.loads(example.connection.read_text())
    example.connection.write_text(json.dumps(where | {"bootstrap_servers": "127.0.0.1:1", "bootstrap_timeout_ms": 500}))
    example.start()
    assert example.process is not None
    assert example.process.stderr is not None
    assert b"trying again" in example.process.stderr.readline()
    assert example.end() == 0
    example.connection.write_text(json.dumps(where))
    example.start()
    tell(exports, children=1, events=3)
    assert example.wait_for(3)


def test_the_example_is_short_and_stands_on_kafka_alone() -> None:
    text = EXAMPLE.read_text("utf-8")
    assert len(text.splitlines()) <= 60
    found = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).partition(".")[0]  # type: ignore[union-attr]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert found - set(sys.stdlib_module_names) == {"kafka"}
