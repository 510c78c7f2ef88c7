"""Where events are measured: a service's database of a kind beside an event log of a kind, all of it made anew."""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from one_machine.kafka.node import Node
from shared.broker import Broker, open_broker
from shared.clock import SystemClock
from shared.database import Database
from tests.support import events
from tests.support.events import CATALOGUE, StopWhen
from tests.support.postgres import Cluster, find_installation

CLOCK = SystemClock()
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
EMBEDDED, KAFKA = "embedded", "Kafka"
# What is answered must outlive a power cut, as in production; tests do without.
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(frozen=True)
class Place:
    """One pair of a database and a log."""

    database: str
    log: str

    def __str__(self) -> str:
        return f"{self.database} + {self.log}"


@dataclass(frozen=True)
class Ground:
    """An empty pair: two databases, of who speaks and of who listens, and a log; one thing is measured on it."""

    place: Place
    folder: Path
    database_url: str
    listener_url: str
    broker_url: str

    def open_database(self) -> Database:
        return Database(self.database_url)

    def open_listener(self) -> Database:
        return Database(self.listener_url)

    def open_log(self) -> Broker:
        return open_broker(self.broker_url, catalogue=CATALOGUE, clock=CLOCK)


class Grounds:
    """Gives grounds; PostgreSQL and Kafka are started when the first place asks for them."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self._folder = folder
        self._running = running
        self._numbers = itertools.count(1)
        self._cluster: Cluster | None = None
        self._node: Node | None = None

    def empty(self, place: Place) -> Ground:
        """Return a new ground.

        Raises:
            NoKafka: there is none on this machine; the text says how to get it.
            NoPostgres: likewise.
        """
        folder = self._folder / f"ground-{next(self._numbers)}"
        folder.mkdir()
        broker_url = self._kafka() if place.log == KAFKA else f"embedded://{folder}/log.db"
        urls = [self._database_url(place, folder / f"{name}.db") for name in ("service", "listener")]
        for url in urls:
            events.prepare(url)
        return Ground(place, folder, urls[0], urls[1], broker_url)

    def _database_url(self, place: Place, file: Path) -> str:
        if place.database == SQLITE:
            return f"sqlite:///{file}"
        if self._cluster is None:
            self._cluster = self._running.enter_context(Cluster(find_installation(), settings=_DURABLE))
        return self._cluster.create_database()

    def _kafka(self) -> str:
        """Return the address of the node, with empty topics."""
        if self._node is None:
            self._node = self._running.enter_context(Node(self._folder / "kafka"))
        broker = open_broker(self._node.url, catalogue=CATALOGUE, clock=CLOCK)
        names = sorted(CATALOGUE.topics)
        broker.delete_topics(names)
        assert StopWhen(lambda: set(broker.missing_topics()) == set(names)).wait_until_set(), "topics are still there"
        broker.make_topics()
        broker.close()
        return self._node.url


@contextmanager
def grounds() -> Iterator[Grounds]:
    """Yield what gives grounds; everything that it started ends with the block."""
    with tempfile.TemporaryDirectory(prefix="vitrail-bench-") as folder, ExitStack() as running:
        yield Grounds(Path(folder), running)
