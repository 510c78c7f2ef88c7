"""Databases backed up and restored by PostgreSQL's own programs, and compared row by row."""

import hashlib
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.support.postgres import Cluster


class CopyFailed(Exception):
    """A program of PostgreSQL refused; the text is what it said."""


def back_up(cluster: Cluster, *, database: str, file: Path) -> None:
    """Write a database to a file, as pg_dump does while the service goes on."""
    _program(cluster, "pg_dump", "--format=custom", f"--file={file}", database=database)


def restore(cluster: Cluster, *, file: Path) -> str:
    """Make a new database of a file, all of it or nothing; return its address."""
    database = cluster.create_database()
    options = ("--exit-on-error", "--no-owner", "--single-transaction")
    _program(cluster, "pg_restore", *options, database=database, last=str(file))
    return database


def digests(database: str) -> dict[str, tuple[int, str]]:
    """Return, for each table, how many rows it has and a digest of all of them, whatever their order."""
    with _connected(database) as connection:
        found = {}
        for name in _tables(connection):
            rows = connection.execute(
                sql.SQL('SELECT each::text FROM {} each ORDER BY each::text COLLATE "C"').format(sql.Identifier(name))
            ).fetchall()
            digest = hashlib.sha256("\n".join(row[0] for row in rows).encode()).hexdigest()
            found[name] = (len(rows), digest)
        return found


def tables_naming(database: str, word: str) -> set[str]:
    """Return the tables in which any row has this word in any column."""
    with _connected(database) as connection:
        found = set()
        for name in _tables(connection):
            asked = sql.SQL("SELECT EXISTS (SELECT 1 FROM {} each WHERE each::text LIKE %s)").format(
                sql.Identifier(name)
            )
            [there] = connection.execute(asked, [f"%{word}%"]).fetchone() or (False,)
            if there:
                found.add(name)
        return found


def _tables(connection: "psycopg.Connection[tuple[object, ...]]") -> list[str]:
    asked = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    return [str(row[0]) for row in connection.execute(asked).fetchall()]


def _connected(database: str) -> "psycopg.Connection[tuple[object, ...]]":
    address = make_url(database)
    return psycopg.connect(host=str(address.query["host"]), user=address.username, dbname=address.database)


def _program(cluster: Cluster, name: str, *words: str, database: str, last: str | None = None) -> None:
    address = make_url(database)
    where = [f"--host={address.query['host']}", f"--username={address.username}", f"--dbname={address.database}"]
    done = subprocess.run(
        [str(cluster.programs / name), *words, *where, *([last] if last else [])],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CopyFailed(f"{name}: {done.stderr[-2000:]}")
