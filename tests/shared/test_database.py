from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, Table, event, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from shared import database
from shared.database import Database, UtcDateTime, new_metadata
from tests.support.databases import PostgresDatabases, SqliteDatabases

METADATA = new_metadata()
moments = Table("moments", METADATA, Column("id", Integer, primary_key=True), Column("at", UtcDateTime))


def prepare(url: str) -> None:
    with closing(Database(url)) as database:
        METADATA.create_all(database.engine)


@pytest.fixture
def opened(databases) -> Iterator[Database]:
    with closing(Database(databases.create(prepare))) as database:
        yield database


@pytest.fixture
def impatient(sqlite_databases: SqliteDatabases) -> Iterator[tuple[Database, Database]]:
    url = sqlite_databases.create(prepare)
    with closing(Database(url)) as one, closing(Database(url)) as other:
        for database in (one, other):
            event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
        yield one, other


def write_one(database: Database) -> None:
    with database.transaction() as session:
        session.execute(insert(moments), {"id": 1})


def ids_in(database: Database) -> list[int]:
    with database.read() as session:
        return list(session.scalars(select(moments.c.id)))


def test_transaction_commits_at_the_end(opened: Database) -> None:
    with opened.transaction() as session:
        session.execute(insert(moments), {"id": 1})
    assert ids_in(opened) == [1]


def test_transaction_leaves_nothing_behind_when_it_fails(opened: Database) -> None:
    with pytest.raises(IntegrityError), opened.transaction() as session:
        session.execute(insert(moments), [{"id": 1}, {"id": 1}])
    assert ids_in(opened) == []


def test_transaction_holds_the_write_lock_from_its_first_statement(impatient: tuple[Database, Database]) -> None:
    one, other = impatient
    with one.transaction() as session:
        session.execute(select(moments.c.id)).all()
        with pytest.raises(OperationalError, match="locked"), other.transaction() as second:
            second.execute(select(moments.c.id))
    with other.transaction() as third:
        third.execute(insert(moments), {"id": 3})
    assert ids_in(one) == [3]


def test_transaction_on_a_connection_that_is_held_has_the_write_lock(impatient: tuple[Database, Database]) -> None:
    one, other = impatient
    with one.engine.connect() as connection, one.transaction(connection=connection) as session:
        session.execute(insert(moments), {"id": 1})
        with pytest.raises(OperationalError, match="locked"), other.transaction() as second:
            second.execute(insert(moments), {"id": 2})
    assert ids_in(other) == [1]


def test_writers_of_one_process_take_turns(impatient: tuple[Database, Database]) -> None:
    database, _ = impatient

    def write(number: int) -> None:
        with database.transaction() as session:
            session.execute(select(moments.c.id)).all()
            session.execute(insert(moments), {"id": number})

    # None of them would wait for SQLite's lock, so each finds it free.
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(200)))
    assert ids_in(database) == list(range(200))


def test_give_way_lets_another_process_write_in_the_middle_of_a_long_work(sqlite_databases: SqliteDatabases) -> None:
    url = sqlite_databases.create(prepare)
    # Half a million rows: the other finds the lock taken again and again, and looks only now and then.
    work = text(
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 500000) SELECT count(*) FROM c"
    )
    with closing(Database(url)) as one, closing(Database(url)) as other, ThreadPoolExecutor(1) as other_process:
        with one.transaction() as session:
            waiting = other_process.submit(write_one, other)
            session.execute(work)
        rounds = 0
        while not waiting.done() and rounds < 20:
            with one.transaction() as session:
                session.execute(work)
            one.give_way()
            rounds += 1
        assert waiting.done()
        assert ids_in(one) == [1]


def test_a_turn_is_over_when_its_transaction_fails(impatient: tuple[Database, Database]) -> None:
    database, _ = impatient
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(insert(moments), [{"id": 1}, {"id": 1}])
    with ThreadPoolExecutor(1) as other_thread:
        assert other_thread.submit(write_one, database).result(10) is None
    assert ids_in(database) == [1]


def test_reading_waits_for_no_writer(impatient: tuple[Database, Database]) -> None:
    one, other = impatient
    with one.transaction() as session:
        session.execute(insert(moments), {"id": 1})
        assert ids_in(other) == []
        with other.look() as connection:
            assert connection.execute(select(moments.c.id)).all() == []
    with other.look() as connection:
        assert connection.scalar(select(moments.c.id)) == 1


@pytest.mark.parametrize("hours", [0, -5])
def test_moments_come_back_aware_and_in_utc(opened: Database, hours: int) -> None:
    given = datetime(2026, 1, 15, 9, 30, tzinfo=timezone(timedelta(hours=hours)))
    with opened.transaction() as session:
        session.execute(insert(moments), {"id": 1, "at": given})
    with opened.read() as session:
        kept = session.scalar(select(moments.c.at))
    assert (kept, kept.tzinfo) == (given, UTC)


def test_naive_moment_is_refused(opened: Database) -> None:
    with pytest.raises(StatementError, match="naive moment"), opened.transaction() as session:
        session.execute(insert(moments), {"id": 1, "at": datetime(2026, 1, 15)})


@pytest.fixture
def restless(postgres_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database on PostgreSQL whose one connection is asked however short it has rested."""
    monkeypatch.setattr(database, "RESTS_UNASKED_S", -1)
    with closing(Database(postgres_databases.create(prepare), pool_size=1)) as opened:
        yield opened


def drop_connection(opened: Database) -> None:
    with opened.engine.connect() as connection:
        itself = connection.scalar(text("SELECT pg_backend_pid()"))
    with closing(Database(opened.url.render_as_string(hide_password=False))) as other, other.look() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": itself})


def drop_all_connections(opened: Database) -> None:
    with closing(Database(opened.url.render_as_string(hide_password=False))) as other, other.look() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_a_connection_that_the_server_dropped_while_it_rested_is_replaced(restless: Database) -> None:
    write_one(restless)
    drop_connection(restless)
    assert ids_in(restless) == [1]


def test_a_connection_that_has_hardly_rested_is_not_asked(
    postgres_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "RESTS_UNASKED_S", 3600)
    with closing(Database(postgres_databases.create(prepare), pool_size=1)) as opened:
        write_one(opened)
        drop_connection(opened)
        with pytest.raises(OperationalError):
            ids_in(opened)
        assert ids_in(opened) == [1]


def test_a_server_that_has_dropped_everybody_costs_a_busy_process_one_fault(
    postgres_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "RESTS_UNASKED_S", 3600)
    with closing(Database(postgres_databases.create(prepare), pool_size=4)) as opened:
        with ExitStack() as used:
            for _ in range(4):
                used.enter_context(opened.look()).execute(text("SELECT 1"))
        drop_all_connections(opened)
        with pytest.raises(OperationalError):
            write_one(opened)
        for _ in range(4):
            assert ids_in(opened) == []
        write_one(opened)
        assert ids_in(opened) == [1]
