"""Migrations as a platform runs them: perhaps two at once, and beside servers of the schema before."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from shared import migrations
from shared.database import Database
from tests.support.events import StopWhen
from tests.support.source import ROOT, services

with_migrations = [name for name in services() if (ROOT / "services" / name / "migrations" / "HEAD").exists()]
AT_ONCE = 3


def folder(service: str) -> Path:
    return ROOT / "services" / service / "migrations"


def migrate(url: str, service: str) -> str:
    database = Database(url)
    try:
        return migrations.migrate(database, folder(service))
    finally:
        database.close()


@pytest.mark.parametrize("service", with_migrations)
def test_two_jobs_at_once_make_one_schema(service: str, postgres_databases) -> None:
    url = postgres_databases.create()
    head = (folder(service) / "HEAD").read_text("utf-8").strip()
    # Processes, as Jobs are: Alembic knows one migration a process.
    with ProcessPoolExecutor(AT_ONCE, mp_context=multiprocessing.get_context("spawn")) as jobs:
        found = list(jobs.map(migrate, [url] * AT_ONCE, [service] * AT_ONCE))
    assert found == [head] * AT_ONCE
    database = Database(url)
    assert migrations.is_current(database, folder(service))
    database.close()


def test_a_job_waits_while_another_migrates(postgres_databases) -> None:
    url = postgres_databases.create()
    address = make_url(url)
    with (
        psycopg.connect(dbname=address.database, user=address.username, host=address.query["host"]) as other,
        ThreadPoolExecutor(1) as job,
    ):
        other.execute("SELECT pg_advisory_xact_lock(7217001)")
        migrating = job.submit(migrate, url, "identity")
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        assert StopWhen(lambda: other.execute(waits).fetchone() == (1,)).wait_until_set()
        assert not migrating.done()
        other.commit()
        assert migrating.result(timeout=60).startswith("00")


def test_a_server_of_the_release_before_goes_on_serving_the_newer_schema(postgres_databases, tmp_path: Path) -> None:
    url = postgres_databases.create()
    migrate(url, "identity")
    # What the release before needs is its own HEAD, which is older than the database is by now.
    (tmp_path / "HEAD").write_text("0001_first\n", encoding="utf-8")
    database = Database(url)
    assert migrations.is_current(database, tmp_path)
    (tmp_path / "HEAD").write_text("9999_of_tomorrow\n", encoding="utf-8")
    assert not migrations.is_current(database, tmp_path)
    database.close()
