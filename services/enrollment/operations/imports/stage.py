"""Where an import is laid out before anybody sees it: temporary tables of one connection, filled without the toolkit.

A registry may be a province: rows go to PostgreSQL by COPY and to SQLite by the driver's own `executemany`, and all
joining is the database's work, on its disk. The tables vanish with the connection, whatever happens to the process.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    CursorResult,
    Date,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import TextClause

from services.enrollment.models.registry import Document
from shared.database import UtcDateTime

_metadata = MetaData()


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(name, _metadata, *columns, prefixes=["TEMPORARY"])


def _line() -> Column[Any]:
    return Column("line", BigInteger, nullable=False)


# What the files say, line by line. A person's `new_id` is used when the database does not know the person yet.
SCHOOLS: Final = _table(
    "stage_schools",
    _line(),
    Column("source_id", Text),
    Column("new_id", Text),
    Column("name", Text),
    Column("code", Text),
    Column("status", Text),
)
USERS: Final = _table(
    "stage_users",
    _line(),
    Column("source_id", Text),
    Column("new_id", Text),
    Column("given_name", Text),
    Column("family_name", Text),
    Column("middle_names", Text),
    Column("email", Text),
    Column("email_key", Text),
    Column("file_number", Text),
    Column("permanent_code_digest", Text),
    Column("permanent_code_sealed", LargeBinary),
    Column("grade", Text),
    Column("level", Text),
    Column("status", Text),
    # The one role and school that OneRoster 1.1 writes beside the name.
    Column("role", Text),
    Column("school_source_id", Text),
)
ROLES: Final = _table(
    "stage_roles",
    _line(),
    Column("user_source_id", Text),
    Column("role", Text),
    Column("school_source_id", Text),
    Column("is_primary", Boolean),
    Column("grade", Text),
    Column("level", Text),
    Column("status", Text),
)
BIRTHS: Final = _table(
    "stage_births", _line(), Column("user_source_id", Text), Column("birth_on", Date), Column("status", Text)
)
NUMBERS: Final = _table(
    "stage_numbers",
    _line(),
    Column("user_source_id", Text),
    Column("file_number", Text),
    Column("permanent_code_digest", Text),
    Column("permanent_code_sealed", LargeBinary),
)
GUARDIANSHIPS: Final = _table(
    "stage_guardianships",
    _line(),
    Column("file", Text),
    Column("student_source_id", Text),
    Column("guardian_source_id", Text),
    Column("rank", BigInteger),
    Column("rights", Document),
    Column("restrictions", Document),
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("status", Text),
)
REJECTIONS: Final = _table(
    "stage_rejections", _line(), Column("file", Text), Column("code", Text), Column("source_id", Text)
)

# What follows from them (`resolving.py`).
_table("stage_held", Column("source_id", Text, primary_key=True))
_table(
    "stage_school_ids",
    Column("source_id", Text, primary_key=True),
    Column("school_id", Text, nullable=False),
    Column("is_new", Boolean),
)
_table(
    "stage_best_roles",
    Column("user_source_id", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("school_source_id", Text),
    Column("grade", Text),
    Column("level", Text),
    Column("status", Text),
)
_table(
    "stage_seen_students",
    Column("source_id", Text, primary_key=True),
    _line(),
    Column("student_id", Text, nullable=False),
    Column("is_new", Boolean),
)
_table(
    "stage_students",
    _line(),
    Column("student_id", Text, primary_key=True),
    Column("source_id", Text),
    Column("given_name", Text),
    Column("family_name", Text),
    Column("middle_names", Text),
    Column("birth_on", Date),
    Column("file_number", Text),
    Column("permanent_code_digest", Text),
    Column("permanent_code_sealed", LargeBinary),
    Column("grade", Text),
    Column("level", Text),
    Column("school_id", Text),
    Column("is_new", Boolean),
    # What to tell of it (`events.CHANGES`).
    Column("is_returned", Boolean),
    Column("names_changed", Boolean),
    Column("birth_date_changed", Boolean),
    Column("numbers_changed", Boolean),
    Column("school_changed", Boolean),
    Column("grade_changed", Boolean),
)
IDENTITIES: Final = _table(
    "stage_identities",
    Column("student_id", Text, primary_key=True),
    Column("identity_digest", Text),
)
_table("stage_gone_students", Column("student_id", Text, primary_key=True))
_table("stage_clashes", Column("student_id", Text, primary_key=True))
_table(
    "stage_seen_guardians",
    Column("source_id", Text, primary_key=True),
    Column("guardian_id", Text, nullable=False),
)
_table(
    "stage_guardians",
    _line(),
    Column("guardian_id", Text, primary_key=True),
    Column("source_id", Text),
    Column("given_name", Text),
    Column("family_name", Text),
    Column("email", Text),
    Column("email_key", Text),
    Column("is_new", Boolean),
)
_table("stage_gone_guardians", Column("guardian_id", Text, primary_key=True))
_table(
    "stage_pairs",
    Column("student_id", Text, primary_key=True),
    Column("guardian_id", Text, primary_key=True),
    Column("is_principal", Boolean),
    Column("rights", Document),
    Column("restrictions", Document),
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("is_new", Boolean),
    Column("is_changed", Boolean),
)
_table(
    "stage_gone_pairs",
    Column("student_id", Text, primary_key=True),
    Column("guardian_id", Text, primary_key=True),
)
_table("stage_shaken_links", Column("link_id", Text, primary_key=True))
_table("stage_told", Column("student_id", Text, primary_key=True), Column("change", Text, primary_key=True))

_LOADED = (SCHOOLS, USERS, ROLES, BIRTHS, NUMBERS, GUARDIANSHIPS, REJECTIONS)
# What the joins look up, beside the primary keys; PostgreSQL hashes instead.
_LOOKED_UP = (
    (SCHOOLS, "source_id"),
    (USERS, "source_id"),
    (ROLES, "user_source_id"),
    (BIRTHS, "user_source_id"),
    (NUMBERS, "user_source_id"),
    # In the order in which a student's guardians are ranked, so that ranking need not sort.
    (GUARDIANSHIPS, "student_source_id, rank, line"),
)


# Only joined with, which PostgreSQL does by hashing: there, their keys would be built for nothing.
_HASHED: Final = ("stage_seen_students", "stage_seen_guardians", "stage_guardians", "stage_identities")
_SQLITE_CACHE_KIB: Final = 64 * 1024


class Stage:
    """The temporary tables of one import, and the only way to them."""

    def __init__(self, connection: Connection, **parameters: Any) -> None:
        """Take a connection for as long as the import lasts; `parameters` are known to every statement."""
        self._connection = connection
        self._parameters = parameters
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._statements: dict[str, TextClause] = {}
        self._inserts = {
            table: str(insert(table).compile(dialect=connection.dialect)) for table in (*_LOADED, IDENTITIES)
        }

    @contextmanager
    def laid_out(self) -> Iterator[None]:
        """Have the tables for the length of a `with` block, outside of any transaction."""
        if self.is_sqlite:
            # On disk, not in memory as the service has it, because a registry may be larger; SQLite deletes the file
            # at once, so that it dies with the connection. (Changing the pragma drops every temporary table.)
            self._pragma("temp_store=FILE")
            self._pragma("temp.journal_mode=OFF")
            # Room for the pages of six indexes that fill at once; the service's own two megabytes would be written out
            # and read back over and over.
            self._pragma(f"temp.cache_size=-{_SQLITE_CACHE_KIB}")
            self._pragma(f"main.cache_size=-{_SQLITE_CACHE_KIB}")
        try:
            with self._connection.begin():
                _metadata.create_all(self._connection, checkfirst=False)
                if not self.is_sqlite:
                    for table in _HASHED:
                        self._plain(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey")
            yield
        finally:
            if self._connection.in_transaction():
                self._connection.rollback()
            if self.is_sqlite:
                self._pragma("temp_store=MEMORY")
                self._pragma("main.cache_size=-2000")
            elif not self._connection.invalidated:
                with self._connection.begin():
                    _metadata.drop_all(self._connection, checkfirst=False)

    @contextmanager
    def laid_out_within(self) -> Iterator[None]:
        """Have the tables for a `with` block inside the caller's transaction: for a few rows, which fit into any memory.

        Nothing needs to be put back: a transaction that fails takes the tables with it.
        """
        _metadata.create_all(self._connection, checkfirst=False)
        self.tune()
        yield
        _metadata.drop_all(self._connection, checkfirst=False)

    def load(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows, each with the table's columns in their order."""
        driver: Any = self._connection.connection.driver_connection
        if self.is_sqlite:
            driver.executemany(self._inserts[table], rows)
            return
        with driver.cursor() as cursor, cursor.copy(_copy(table)) as copy:
            for row in rows:
                copy.write_row(row)

    def tune(self) -> None:
        """Give the rest of a transaction on PostgreSQL room to sort and hash in, and let it look at few rows to plan."""
        if not self.is_sqlite:
            self._plain("SET LOCAL work_mem = '64MB'")
            self._plain("SET LOCAL default_statistics_target = 10")

    def index(self) -> None:
        """Prepare what was loaded for the joins."""
        if self.is_sqlite:
            for table, column in _LOOKED_UP:
                self._plain(f"CREATE INDEX temp.ix_{table.name} ON {table.name} ({column})")
        self.analyze(*_LOADED)

    def analyze(self, *tables: Table | str) -> None:
        """Let PostgreSQL's planner know how much there is; it would take a new table for nearly empty."""
        if not self.is_sqlite:
            for table in tables:
                self._plain(f"ANALYZE {table}")

    def run(self, statement: str, **parameters: Any) -> int:
        """Execute a statement and return how many rows it wrote."""
        result = self._execute(statement, parameters)
        assert isinstance(result, CursorResult)
        return result.rowcount

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """Return what a statement selects, at once: for pages and samples."""
        return list(self._execute(statement, parameters))

    def number(self, statement: str, **parameters: Any) -> int:
        """Return the one number that a statement selects."""
        return int(self._execute(statement, parameters).scalar() or 0)

    def day(self, day: date | None) -> Any:
        """Return a day as `load` takes it."""
        return day.isoformat() if day is not None and self.is_sqlite else day

    def _execute(self, statement: str, parameters: dict[str, Any]) -> Any:
        prepared = self._statements.get(statement)
        if prepared is None:
            # SQLite knows the standard's own words for it only since 3.39.
            dialect = statement.replace("IS NOT DISTINCT FROM", "IS").replace("IS DISTINCT FROM", "IS NOT")
            prepared = text(dialect if self.is_sqlite else statement)
            if ":at" in statement:
                prepared = prepared.bindparams(bindparam("at", type_=UtcDateTime))
            self._statements[statement] = prepared
        return self._connection.execute(prepared, {**self._parameters, **parameters})

    def _pragma(self, pragma: str) -> None:
        driver: Any = self._connection.connection.driver_connection
        driver.execute(f"PRAGMA {pragma}")

    def _plain(self, statement: str) -> None:
        self._connection.exec_driver_sql(statement)


def _copy(table: Table) -> Any:
    from psycopg import sql

    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    )


def batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield rows in lists of at most `size`."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
