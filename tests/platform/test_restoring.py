"""What a backup is worth: told by `examine`, and tried by `make restore-drill`."""

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import text

from one_machine.parts import SERVICES
from shared import examining, migrations
from shared.database import Database
from tests.support import events
from tests.support.clock import FakeClock
from tests.support.source import ROOT

FOLDER = ROOT / "services" / "identity" / "migrations"


def test_examine_tells_schema_rows_and_the_newest_event(database: Database, clock) -> None:
    head = migrations.migrate(database, FOLDER)
    before = examining.examine(database, FOLDER)
    with database.transaction() as session:
        session.execute(text("INSERT INTO aggregates (aggregate, version) VALUES ('a', 1)"))
    after = examining.examine(database, FOLDER)
    assert (before.schema, before.is_current, before.newest_event_at) == (head, True, None)
    assert {"accounts", "outbox", "inbox"} <= set(before.rows)
    assert {name for name in after.rows if after.rows[name] != before.rows[name]} == {"aggregates"}


def test_examine_tells_when_the_newest_event_was(database: Database, clock: FakeClock) -> None:
    migrations.migrate(database, FOLDER)
    events.note(database, key="student:1", clock=clock)
    clock.advance(timedelta(hours=1))
    newest = events.note(database, key="student:2", clock=clock)
    assert examining.examine(database, FOLDER).newest_event_at == newest.occurred_at


def test_examine_tells_that_there_is_no_schema(database: Database) -> None:
    found = examining.examine(database, FOLDER)
    assert (found.schema, found.is_current, found.rows) == (None, False, {})


@pytest.mark.slow
@pytest.mark.requirement("PRV-10")
def test_the_drill_restores_the_system_and_deletes_again_what_was_deleted_since() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.restore_drill"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [name for name in SERVICES if name not in done.stdout] == []
    assert "Every copy holds what was backed up, and is served; what was deleted since is deleted again." in done.stdout
