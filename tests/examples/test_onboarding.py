"""The whole way, as an operator goes it: one command takes a subscriber on board, and what parents do reaches it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from one_machine.kafka.node import Node
from services.enrollment import events
from services.enrollment.directory_files import BOARDS
from services.enrollment.models import Organisation
from services.enrollment.operations.subscribers import LEAD
from shared import ids, outbox
from shared.clock import SystemClock
from shared.database import Database
from tests.support.databases import SqliteDatabases
from tests.support.enrollment import migrate
from tests.support.events import StopWhen

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "subscriber" / "subscriber.py"
CHILDREN = 20

Run = Callable[..., str]
Start = Callable[..., None]


@pytest.fixture
def environment(sqlite_databases: SqliteDatabases, secured_kafka: Node, tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "ENROLLMENT_DATABASE_URL": sqlite_databases.create(migrate),
        "ENROLLMENT_BROKER_URL": secured_kafka.operator_url,
        "ENROLLMENT_PASSPORT_KEYS": "Wk4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pa",
        "ENROLLMENT_DIGEST_KEYS": "Wk4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pb",
        "ENROLLMENT_SEAL_KEYS": "Wk4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pc",
        "ENROLLMENT_PSEUDONYM_KEYS": "Wk4Xe9Lt2Wn7Vr1Ys6Ka3Dm8Hf5Gj0Pd",
        "ENROLLMENT_SMTP_URL": "smtp://127.0.0.1:1",
        "PUBLIC_URL": "https://portail.example",
        "VITRAIL_HOME": str(tmp_path),
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run a command of enrollment's to its end."""

    def to_its_end(*words: str) -> str:
        command = [sys.executable, "-m", "services.enrollment", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return to_its_end


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start programs that go on until the test is over."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(*words: str) -> None:
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            started.append(
                subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment, stdout=log, stderr=log)
            )

    yield start_one
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        process.wait(timeout=60)


def tell_links(url: str) -> set[str]:
    """Tell that children were linked, as a claim does; return every id of ours."""
    database, clock = Database(url), SystemClock()
    ours = set()
    with database.transaction() as session:
        organisation_id = session.scalars(select(Organisation.id).where(Organisation.code == "712000")).one()
        for _ in range(CHILDREN):
            facts = {name: ids.new() for name in ("link_id", "student_id", "account_id")}
            at = clock.now() + LEAD + timedelta(seconds=1)
            told = events.child_linked(**facts, organisation_id=organisation_id, rights=["view_file"], at=at)
            outbox.add(session, told, at=at)
            ours |= {*facts.values(), organisation_id, told.id}
    database.close()
    return ours


def rows(file: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(file)) as database:
        try:
            return database.execute("SELECT key, type, data FROM events").fetchall()
        except sqlite3.OperationalError:
            return []


@pytest.mark.slow
@pytest.mark.requirement("EVT-1", "EVT-3", "EVT-7")
def test_one_command_takes_a_subscriber_on_board_and_another_off(
    run: Run, start: Start, environment: dict[str, str], tmp_path: Path
) -> None:
    handed, kept = tmp_path / "handed", tmp_path / "events.db"
    run("import-directory", str(BOARDS))
    run("events", "topics", "--make")
    words = ("--organisation", "712000", "--purpose", "Préparer les trajets.", "--output", str(handed))
    said = run("subscribers", "add", "transport", *words, "--type", "enrollment.child-linked.v1:child_id,linked_at")
    assert "kept nowhere else" in said
    assert '"sasl_plain_password"' in (handed / "connection.json").read_text()
    start("-m", "services.enrollment", "relay")
    start("-m", "services.enrollment", "export")
    start(str(EXAMPLE), str(handed / "connection.json"), str(kept))
    ours = tell_links(environment["ENROLLMENT_DATABASE_URL"])
    assert StopWhen(lambda: len(rows(kept)) >= CHILDREN, patience=120).wait_until_set()
    received = rows(kept)
    assert {(type_, *sorted_fields(data)) for _, type_, data in received} == {
        (events.CHILD_LINKED.type, "child_id", "linked_at")
    }
    assert [each for each in ours if each in repr(received)] == []
    assert "transport is off board" in run("subscribers", "remove", "transport", "--yes")
    assert "ended" in run("subscribers", "list")


def sorted_fields(data: str) -> list[str]:
    return sorted(json.loads(data))
