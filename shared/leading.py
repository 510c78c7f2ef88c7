"""One leader at a time: the seat that a relay must hold to read and mark its outbox, and that wakes it at a commit.

Both kinds of seat are held by a lock that the database or the operating system gives back by itself, at once, when the
process dies, and keeps when it is only paused: no lease that runs out, so never two leaders.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from typing import Any, Final, Protocol

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from shared import outbox
from shared.database import BUSY_TIMEOUT_S, Database
from shared.waking import CommitWatch

# One number for all services: each has a database of its own, and the lock lives in it.
_LOCK: Final = 7_217_002
PATIENCE: Final = timedelta(seconds=BUSY_TIMEOUT_S)


class SeatBusy(Exception):
    """Other writers hold the database; try again later."""


class SeatLost(Exception):
    """The connection that holds the seat has failed; another relay may lead by now."""


class Seat(Protocol):
    """What the leader works through; losing the seat makes every use of it fail."""

    def read(self) -> AbstractContextManager[Connection]:
        """Return a context manager of a connection for one statement that reads."""
        ...

    def transaction(self, *, patience: timedelta = PATIENCE) -> AbstractContextManager[Connection]:
        """Return a context manager of a connection that writes, committed at its end.

        Raises:
            SeatBusy: other writers kept it waiting for longer than `patience` (SQLite, which has one write lock).
        """
        ...

    def wait(self, *, timeout: float) -> None:
        """Wait until something may have been written to the outbox, or for `timeout` seconds."""
        ...

    def was_useful(self) -> None:
        """Say that waking was worth it: more is likely to follow soon."""
        ...

    def close(self) -> None:
        """Give the seat back."""
        ...


def find_seat(database: Database) -> Seat | None:
    """Return the seat, or None while another relay holds it.

    Raises:
        SeatLost: the file of SQLite's seat cannot be opened or written.
        DBAPIError: the database does not answer.
    """
    return _SqliteSeat.find(database) if database.is_sqlite else _PostgresSeat.find(database)


class _SqliteSeat:
    """An exclusive lock on a file beside the database, held as SQLite itself holds locks: on every system it runs on."""

    def __init__(self, lock: sqlite3.Connection, connection: Connection, watch: CommitWatch) -> None:
        self._lock = lock
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        self._watch = watch

    @classmethod
    def find(cls, database: Database) -> "_SqliteSeat | None":
        path = database.url.database
        try:
            lock = sqlite3.connect(f"{path}-relay", timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as fault:
            raise SeatLost from fault
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as fault:
            lock.close()
            if fault.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                return None
            # A full disk, a file that may not be written: nobody leads, and standing by in silence would hide it.
            raise SeatLost from fault
        connection = database.engine.connect().execution_options(vitrail_write=True)
        # A mark that a power cut takes back means sending again; waiting for the disk would hold up the service's writers.
        connection.connection.execute("PRAGMA synchronous=NORMAL")
        watch = CommitWatch(sqlite3.connect(str(path), isolation_level=None, check_same_thread=False))
        return cls(lock, connection, watch)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._connection.execution_options(vitrail_single=True)
        with self._connection.begin():
            yield self._connection

    @contextmanager
    def transaction(self, *, patience: timedelta = PATIENCE) -> Iterator[Connection]:
        self._driver.execute(f"PRAGMA busy_timeout={int(patience.total_seconds() * 1000)}")
        self._connection.execution_options(vitrail_single=False)
        try:
            writing = self._connection.begin()
        except OperationalError as fault:
            if getattr(fault.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise SeatBusy from fault
            raise
        with writing:
            yield self._connection

    def wait(self, *, timeout: float) -> None:
        try:
            self._watch.wait(timeout=timeout)
        except sqlite3.Error as fault:
            raise SeatLost from fault

    def was_useful(self) -> None:
        self._watch.was_useful()

    def close(self) -> None:
        self._watch.close()
        # Not given back to the pool, where its setting would surprise others.
        self._connection.invalidate()
        self._connection.close()
        self._lock.close()


class _PostgresSeat:
    """A session's advisory lock. Reading, marking and listening go through that session and no other.

    So a leader whose session died, and whose lock is another's by now, can neither read nor mark any more. Each statement
    is a transaction of its own: a mark that was made in part is made good by marking again, and every BEGIN and COMMIT
    would be a way to the server and back.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def find(cls, database: Database) -> "_PostgresSeat | None":
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            if not connection.scalar(select(func.pg_try_advisory_lock(_LOCK))):
                connection.close()
                return None
            connection.execute(text(f"LISTEN {outbox.CHANNEL}"))
            # As with SQLite: what a power cut takes back is sent again, and no event waits for a mark to reach the disk.
            connection.execute(text("SET synchronous_commit TO off"))
            connection.commit()
        except DBAPIError:
            connection.invalidate()
            connection.close()
            raise
        return cls(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._connection.begin():
            yield self._connection

    @contextmanager
    def transaction(self, *, patience: timedelta = PATIENCE) -> Iterator[Connection]:
        with self._connection.begin():
            yield self._connection

    def wait(self, *, timeout: float) -> None:
        listening: Any = self._connection.connection.driver_connection
        try:
            for _ in listening.notifies(timeout=timeout, stop_after=1):
                pass
        except self._connection.dialect.loaded_dbapi.Error as fault:
            raise SeatLost from fault

    def was_useful(self) -> None:
        pass

    def close(self) -> None:
        with suppress(DBAPIError):
            # Said, because the server takes its time to notice that a session has gone.
            self._connection.rollback()
            self._connection.execute(select(func.pg_advisory_unlock(_LOCK)))
            self._connection.commit()
        with suppress(DBAPIError):
            # The session goes, and what it held with it, whatever state it is in.
            self._connection.invalidate()
        self._connection.close()
