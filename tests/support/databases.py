"""Databases for tests: one that is the test's own, on each of the two kinds that the services promise to run on."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from shared.database import Database
from tests.support.postgres import Cluster, NoPostgres, find_installation

KINDS = ("sqlite", "postgresql")


class Databases(Protocol):
    """A maker of databases of one kind, for one test."""

    def create(self, prepare: Callable[[str], None] | None = None) -> str:
        """Return the address of a new database: empty, or as `prepare(url)` leaves it.

        `prepare` (a service's migrations, say) runs once a session; each test then gets a copy, which costs
        milliseconds. It must close its connections, and be a function of a module, whose name tells it from others.
        """
        ...


class SqliteDatabases:
    """SQLite files in the test's temporary folder."""

    def __init__(self, folder: Path, templates: Path) -> None:
        self._folder = folder
        self._templates = templates
        self._made = 0

    def create(self, prepare: Callable[[str], None] | None = None) -> str:
        self._made += 1
        file = self._folder / f"test_{self._made}.db"
        if prepare is not None:
            template = self._templates / f"{_key(prepare)}.db"
            if not template.exists():
                prepare(f"sqlite:///{template}")
            # SQLite's own backup, because a copy of the file would miss what is still in the write-ahead log.
            with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(file)) as copy:
                source.backup(copy)
        return f"sqlite:///{file}"


class PostgresDatabases:
    """Databases in the tests' own PostgreSQL, dropped when the test is over."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._urls: list[str] = []

    def create(self, prepare: Callable[[str], None] | None = None) -> str:
        template = "template1" if prepare is None else self._cluster.template(_key(prepare), prepare)
        self._urls.append(self._cluster.create_database(template=template))
        return self._urls[-1]

    def drop_all(self) -> None:
        """Drop every database made so far."""
        while self._urls:
            self._cluster.drop_database(self._urls.pop())


def _key(prepare: Callable[[str], None]) -> str:
    return f"{prepare.__module__}.{prepare.__qualname__}".replace("<", "").replace(">", "")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """The tests' own PostgreSQL, started when the first test asks for it."""
    try:
        cluster = Cluster(find_installation())
    except NoPostgres as missing:
        # On one's own machine the rest of the tests is still worth running; in CI a silent skip would be a hole.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    with cluster:
        yield cluster


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of prepared SQLite files that tests copy."""
    return tmp_path_factory.mktemp("sqlite-templates")


@pytest.fixture
def sqlite_databases(tmp_path: Path, sqlite_templates: Path) -> SqliteDatabases:
    """A maker of SQLite databases, for a test that runs on SQLite alone."""
    folder = tmp_path / "databases"
    folder.mkdir()
    return SqliteDatabases(folder, sqlite_templates)


@pytest.fixture
def postgres_databases(postgres_cluster: Cluster) -> Iterator[PostgresDatabases]:
    """A maker of PostgreSQL databases, for a test that runs on PostgreSQL alone."""
    databases = PostgresDatabases(postgres_cluster)
    yield databases
    databases.drop_all()


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest) -> Databases:
    """A maker of databases: the test runs twice, on SQLite and on PostgreSQL."""
    made: Databases = request.getfixturevalue({"sqlite": "sqlite_databases"}.get(request.param, "postgres_databases"))
    return made


@pytest.fixture
def database_url(databases: Databases) -> str:
    """The address of an empty database: the test runs twice, on an SQLite file and on PostgreSQL."""
    return databases.create()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, empty database of both kinds, closed after the test even when the test fails."""
    with closing(Database(database_url)) as opened:
        yield opened
