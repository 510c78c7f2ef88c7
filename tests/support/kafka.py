"""Apache Kafka for tests: a node that many tests share, and nodes of a test's own to kill or to cut off.

    kafka_url           a node of the newest release, shared: use names of topics and groups that are the test's own
    oldest_kafka_url    the same of the oldest release
    secured_kafka       a shared node that asks who comes: `operator_url`, `url_for(user, password)`, TLS
    make_kafka_node     nodes of the test's own, with the options of `Node`; they end with the test
    kafka_node          one of those, started

Tests that ask for one of these are marked `kafka` by themselves; those that choose at run time mark their parameter.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from one_machine.kafka.jars import NoKafka
from one_machine.kafka.node import Node

FIXTURES = {"kafka_url", "oldest_kafka_url", "secured_kafka", "make_kafka_node", "kafka_node"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a broker, so that `-m "not kafka"` and `-m kafka` mean what they say."""
    for item in items:
        if FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.kafka)


def prepare(folder: Path, **options: Any) -> Node:
    """Return a node that is not running yet, or skip the test where there is no Kafka."""
    try:
        return Node(folder, **options)
    except NoKafka as missing:
        # On one's own machine the rest of the tests is still worth running; in CI a silent skip would be a hole.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@contextmanager
def _shared(paths: pytest.TempPathFactory, **options: Any) -> Iterator[Node]:
    with prepare(paths.mktemp("kafka"), **options) as node:
        yield node


@pytest.fixture(scope="session")
def kafka_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the shared node, started when the first test asks for it."""
    with _shared(tmp_path_factory) as node:
        yield node.url


@pytest.fixture(scope="session")
def oldest_kafka_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the shared node of the oldest release."""
    with _shared(tmp_path_factory, version="oldest") as node:
        yield node.url


@pytest.fixture(scope="session")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """The shared node that asks who comes, and grants nothing to those whom no rule names."""
    with _shared(tmp_path_factory, secured=True) as node:
        yield node


@pytest.fixture
def make_kafka_node(tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Make nodes of the test's own; they are not started, and end with the test."""
    numbers = count(1)
    with ExitStack() as stack:

        def make(**options: Any) -> Node:
            node = prepare(tmp_path / f"kafka-{next(numbers)}", **options)
            stack.callback(node.stop)
            return node

        yield make


@pytest.fixture
def kafka_node(make_kafka_node: Callable[..., Node]) -> Node:
    """A running node of the test's own."""
    node = make_kafka_node()
    node.start()
    return node
