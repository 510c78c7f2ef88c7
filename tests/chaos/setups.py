"""The two set-ups that a run can stand on, and what can be done to them: SQLite with the embedded log, PostgreSQL with
Apache Kafka."""

import os
import signal
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import psycopg

from one_machine.kafka.node import Node, free_ports
from tests.chaos.plan import Harm
from tests.support.postgres import Cluster, find_installation
from tests.support.tcp_proxy import TcpProxy

# Longer than a killed member's partitions stand still: the others lead or read by the time it wakes.
PAUSED_ON_FILES = Harm(kind="pause", weight=1.5, shortest_s=2.5, longest_s=4)
PAUSED_ON_KAFKA = Harm(kind="pause", weight=1, shortest_s=8, longest_s=12)


class Victim(Protocol):
    """A part of the set-up that blows fall on."""

    name: str

    @property
    def harms(self) -> Sequence[Harm]: ...

    def strike(self, kind: str) -> None: ...

    def mend(self, kind: str) -> None: ...


class Setup(Protocol):
    """Databases, a log, and what can happen to them."""

    name: str
    broker_url: str
    # For how long a process is stopped, so that another takes its place.
    pause: Harm
    # A process that dies by its own hand does so after this many events at most: its place is taken in so many seconds.
    longest_life: int

    @property
    def victims(self) -> Sequence[Victim]: ...

    def database_url(self, name: str) -> str:
        """Return the address of a new, empty database."""
        ...

    def close(self) -> None: ...


class LockedFile:
    """A SQLite file whose write lock somebody holds for a while: a backup, a checkpoint, a slow disk."""

    harms = (Harm(kind="lock", weight=1, shortest_s=0.2, longest_s=1.2),)

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._held: sqlite3.Connection | None = None

    def strike(self, kind: str) -> None:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        self._held = connection

    def mend(self, kind: str) -> None:
        if self._held is not None:
            self._held.execute("ROLLBACK")
            self._held.close()
            self._held = None


class SqliteEmbedded:
    """One machine: SQLite files and the embedded log."""

    name = "sqlite-embedded"
    pause = PAUSED_ON_FILES
    longest_life = 150

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.broker_url = f"embedded://{folder / 'log.db'}"
        self._victims: list[Victim] = [LockedFile("log file", folder / "log.db")]

    @property
    def victims(self) -> Sequence[Victim]:
        return self._victims

    def database_url(self, name: str) -> str:
        path = self._folder / f"{name}.db"
        self._victims.append(LockedFile(f"database {name}", path))
        return f"sqlite:///{path}"

    def close(self) -> None:
        """Nothing runs but the actors."""


class PostgresqlServer:
    """A PostgreSQL whose connections are cut, or whose back ends are shot, which ends all of them."""

    name = "postgresql"
    harms = (
        Harm(kind="cut", weight=2.5, shortest_s=0, longest_s=0),
        Harm(kind="crash", weight=0.6, shortest_s=0.5, longest_s=0.5),
        # Only the leaders' sessions: they lose their seats in the middle of what they do.
        Harm(kind="depose", weight=1.5, shortest_s=0, longest_s=0),
    )

    def __init__(self) -> None:
        # What was committed must outlive the crash of the server, which the tests' own settings do not ask for.
        self._cluster = Cluster(find_installation(), settings={"synchronous_commit": "on", "full_page_writes": "on"})
        self._strikes = 0

    def create_database(self) -> str:
        """Return the address of a new, empty database."""
        return self._cluster.create_database()

    def strike(self, kind: str) -> None:
        """Cut some connections, or the leaders', or kill one back end, after which the server starts anew from its log."""
        self._strikes += 1
        with suppress(psycopg.OperationalError), self._connect() as connection:
            if kind == "depose":
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
                return
            backends = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                " ORDER BY pid"
            ).fetchall()
            if not backends:
                return
            if kind == "crash":
                os.kill(backends[self._strikes % len(backends)][0], signal.SIGKILL)
                return
            # Every third connection, or all of them.
            step = 3 if self._strikes % 2 else 1
            for (pid,) in backends[self._strikes % step :: step]:
                connection.execute("SELECT pg_terminate_backend(%s)", (pid,))

    def mend(self, kind: str) -> None:
        """It mends itself: the server starts its back ends again, the clients connect anew."""

    def close(self) -> None:
        """Stop it; its folder goes too."""
        self._cluster.stop()

    def _connect(self) -> psycopg.Connection[tuple[int]]:
        return psycopg.connect(host=str(self._cluster.folder), user="vitrail", dbname="postgres", autocommit=True)


class KafkaNode:
    """A node of Apache Kafka behind a proxy: killed and started again where it was, cut off, slow, refusing."""

    name = "kafka"
    harms = (
        Harm(kind="kill", weight=1, shortest_s=0, longest_s=2),
        Harm(kind="cut", weight=3, shortest_s=0, longest_s=0),
        Harm(kind="refuse", weight=1, shortest_s=0.5, longest_s=3),
        Harm(kind="delay", weight=1, shortest_s=1, longest_s=3),
    )

    def __init__(self, folder: Path) -> None:
        port, advertised = free_ports(2)
        self._node = Node(folder / "kafka", port=port, advertised_port=advertised)
        self._node.start()
        self._proxy = TcpProxy(port, port=advertised)
        self.url = self._node.url

    def strike(self, kind: str) -> None:
        """Kill the node, or do something to the way there."""
        if kind == "kill":
            self._node.kill()
        elif kind == "cut":
            self._proxy.cut()
        elif kind == "refuse":
            self._proxy.refuse()
        else:
            self._proxy.delay(0.3)

    def mend(self, kind: str) -> None:
        """Start the node again where it was, or let everything through."""
        if kind == "kill":
            self._node.start()
        else:
            self._proxy.restore()

    def close(self) -> None:
        """Stop it."""
        self._proxy.close()
        self._node.stop()


class PostgresqlKafka:
    """Production in small: PostgreSQL and one node of Apache Kafka."""

    name = "postgresql-kafka"
    pause = PAUSED_ON_KAFKA
    longest_life = 1500

    def __init__(self, folder: Path) -> None:
        self._kafka = KafkaNode(folder)
        self._postgresql = PostgresqlServer()
        self.broker_url = self._kafka.url

    @property
    def victims(self) -> Sequence[Victim]:
        return (self._kafka, self._postgresql)

    def database_url(self, name: str) -> str:
        return self._postgresql.create_database()

    def close(self) -> None:
        self._kafka.close()
        self._postgresql.close()


SETUPS: Final[Mapping[str, Callable[[Path], Setup]]] = {
    SqliteEmbedded.name: SqliteEmbedded,
    PostgresqlKafka.name: PostgresqlKafka,
}
