"""One door to SQLite and PostgreSQL: engines, transactions, and the types and names that both must agree on.

`Database.transaction()` is for whoever decides and writes, `Database.read()` for single reads. On SQLite a transaction
takes the write lock at its first word (`BEGIN IMMEDIATE`), so that two writers queue instead of failing half-way.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import DateTime, Executable, MetaData, Table, Text, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, CursorResult, Dialect, Engine, Result
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# A connection to PostgreSQL that has rested for longer is asked whether it still is one before it is used.
RESTS_UNASKED_S = 1
_RESTS_SINCE = "vitrail_rests_since"

# A writer that waits longer than this for SQLite's lock has met a fault, not a queue.
BUSY_TIMEOUT_S = 30
# SQLite's own: a tenth of a second between two looks at a lock, once the first ones were in vain; and a little for waking up.
_LONGEST_NAP_S = 0.12


def new_metadata() -> MetaData:
    """Return empty metadata whose constraints are named by the house's one convention."""
    return MetaData(naming_convention=NAMING_CONVENTION)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC on both sides of the database, refused when naive.

    SQLite forgets time zones; without this type a naive value would come back and crash at the first comparison.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive moment was given to the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class moment_text(FunctionElement[str]):  # noqa: N801 - a function of SQL, named as SQLAlchemy's own are
    """A column of `UtcDateTime` as RFC 3339 writes it, to the microsecond, made where it is stored.

    For rows that are read by the thousand and passed on: no datetime is made of each.
    """

    type = Text()
    inherit_cache = True


@compiles(moment_text, "sqlite")
def _moment_text_of_sqlite(element: moment_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"replace({compiler.process(element.clauses, **options)}, ' ', 'T') || 'Z'"


@compiles(moment_text, "postgresql")
def _moment_text_of_postgresql(element: moment_text, compiler: SQLCompiler, **options: Any) -> str:
    moment = f"{compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC'"
    return f'to_char({moment}, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')'


class Database:
    """A service's own database, chosen by URL (`sqlite:///…` or `postgresql+psycopg://…`)."""

    def __init__(self, url: str, *, pool_size: int = 4) -> None:
        """Open the door; no connection is made yet.

        `pool_size` is the number of threads that will use it: there is no overflow, so that the sum over all
        processes is what the operator's sizing table says.
        """
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url, pool_size) if self.is_sqlite else _postgresql_engine(self.url, pool_size)
        self._autocommit = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        # A writer who finds SQLite's lock taken sleeps and tries again, longer each time, and may be overtaken for ever; the
        # threads of one process take turns instead. Processes still meet in SQLite.
        self._turns = threading.Lock()
        self._writing = self.engine.execution_options(vitrail_write=True)
        self._single = self.engine.execution_options(vitrail_single=True) if self.is_sqlite else self._autocommit

    @contextmanager
    def transaction(self, *, connection: Connection | None = None) -> Iterator[Session]:
        """Yield a session that may read and write; commit at the end of the block, roll back on any exception.

        `connection` is one that the caller holds, when the work needs temporary tables that it made there.
        """
        with (
            self._turn(),
            Session(connection or self._writing, autoflush=False, expire_on_commit=False) as session,
            session.begin(),
        ):
            if self.is_sqlite:
                # Now, not at the first statement: what the caller reads from its clock comes after the wait for the lock.
                session.connection(execution_options={"vitrail_write": True} if connection is not None else None)
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session for reading only: no transaction on PostgreSQL, a snapshot without a lock on SQLite."""
        with Session(self._autocommit, autoflush=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Yield a bare connection for one reading statement: no session, no transaction, half the cost of `read`.

        For what every request asks (SES-11). Several statements would each see a database of their own.
        """
        with self._single.connect() as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold this process's one turn to write on SQLite; nothing on PostgreSQL, which locks rows."""
        if not self.is_sqlite:
            yield
            return
        if not self._turns.acquire(timeout=BUSY_TIMEOUT_S):
            raise OperationalError("BEGIN IMMEDIATE", None, TimeoutError("another thread writes for too long"))
        try:
            yield
        finally:
            self._turns.release()

    def give_way(self) -> None:
        """Let the other processes write, in the middle of a long work of many transactions; nothing on PostgreSQL.

        Whoever finds SQLite's lock taken looks again only now and then, and would be overtaken for as long as the work goes on.
        """
        if self.is_sqlite:
            time.sleep(_LONGEST_NAP_S)

    def is_reachable(self) -> bool:
        """Tell whether the database answers."""
        with self.read() as session:
            return session.execute(text("SELECT 1")).scalar() == 1

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def insert_for(session: Session, table: Table | type) -> Any:
    """Return the dialect's own `insert()` for `table`, the one that knows `on_conflict_do_nothing` and `…_do_update`."""
    dialect = session.get_bind().dialect.name
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def once_a_dialect(build: Callable[[Any], Executable]) -> Callable[[Session], Any]:
    """Build a statement once for each dialect, with its own `insert`, and return what gives a session the right one.

    For what every request or event executes: building a statement costs more than executing it.
    """
    built = {"sqlite": build(sqlite.insert), "postgresql": build(postgresql.insert)}
    return lambda session: built[session.get_bind().dialect.name]


def rows_changed(result: Result[Any]) -> int:
    """Return how many rows an UPDATE or DELETE changed: zero means that somebody else was first.

    Not for INSERT: PostgreSQL's driver keeps no count of it; use RETURNING there.
    """
    assert isinstance(result, CursorResult)
    return result.rowcount


def _sqlite_engine(url: URL, pool_size: int) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    if not in_memory:
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    # hide_parameters, here and below: an exception's text ends in logs, and parameters are people's data.
    # A database in memory lives in its one connection; a file gives each thread its own.
    pool: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {"pool_size": pool_size, "max_overflow": -1}
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_S},
        json_deserializer=orjson.loads,
        hide_parameters=True,
        **pool,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver must not open transactions of its own: `begin` below decides which kind.
        connection.isolation_level = None
        # FULL: what was answered with 201 outlives a power cut, not only a killed process.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        options = connection.get_execution_options()
        if not options.get("vitrail_single", False):
            # To the driver itself: as a statement of SQLAlchemy's, two words would cost as much as a query.
            words = "BEGIN IMMEDIATE" if options.get("vitrail_write", False) else "BEGIN"
            try:
                connection.connection.dbapi_connection.execute(words)
            except sqlite3.OperationalError as fault:
                # As SQLAlchemy would have it: somebody has the lock for too long, and the answer is 503.
                raise OperationalError(words, None, fault) from fault

    return engine


def _postgresql_engine(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_recycle=1800,
        connect_args={"application_name": "vitrail"},
        json_deserializer=orjson.loads,
        hide_parameters=True,
    )

    # A connection that the server dropped is found at the door. SQLAlchemy's own way to do so (`pool_pre_ping`) asks each
    # time, two or three times a request.
    @event.listens_for(engine, "checkin")
    def rest(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_RESTS_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def wake(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        rests_since = record.info.pop(_RESTS_SINCE, None)
        if rests_since is not None and time.monotonic() - rests_since > RESTS_UNASKED_S:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as fault:
                raise DisconnectionError("dropped by the server") from fault

    return engine
