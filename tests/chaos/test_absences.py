"""What the verdict on attendance finds in a database that has been tampered with."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from services.attendance.context import Context
from services.attendance.operations import notices, recording
from services.attendance.operations.recording import Record
from shared import broker as event_log
from shared.database import Database
from tests.chaos.absences import BELLS, Attendance
from tests.chaos.plan import Plan
from tests.chaos.setups import SqliteEmbedded
from tests.support import attendance, enrollment
from tests.support.attendance import ACCOUNT, Enrollment, SchoolSystem
from tests.support.clock import FakeClock
from tests.support.passports import ORGANISATION_CODE, school_passport

DAY = date(2026, 1, 15)
# One who has announced an absence, and whose copy of it no enrollment has told: a database of half a system.
ALONE = {"copied", "journal_once"}


@pytest.fixture
def played(tmp_path: Path, clock: FakeClock) -> Iterator[Attendance]:
    """A day with a notice, a record that it motivates, and one that it contradicts."""
    setup = SqliteEmbedded(tmp_path)
    enrollment_url = setup.database_url("enrollment")
    enrollment.migrate(enrollment_url)
    log = event_log.open_broker(setup.broker_url)
    log.make_topics()
    with closing(log), closing(Database(enrollment_url)) as told_by:
        made = Attendance(
            setup,
            plan=Plan(1),
            broker=log,
            enrollment=told_by,
            families=[],
            students=[],
            organisation_code=ORGANISATION_CODE,
            rate=1,
            clock=clock,
        )
        with closing(made.database):
            live_a_day(Context.open(attendance.make_settings(made.url), db=made.database, clock=clock))
            yield made


def live_a_day(ctx: Context) -> None:
    told = Enrollment(ctx)
    child = told.make_child(told.make_organisation())
    told.link(child)
    passport = school_passport("attendance.read", "attendance.write")
    assert SchoolSystem(ctx, passport=passport).put("/bell-times", BELLS).status_code == 200
    notices.submit_notices(
        ctx,
        account_id=ACCOUNT,
        child_ids=[child.id],
        type="early_departure",
        first_on=DAY,
        last_on=DAY,
        at=time(15),
        reason="MALADIE",
        explanation=None,
        language="fr",
    )
    for name, kind, at in (("a", "left_early", time(15)), ("b", "absent", None)):
        facts: dict[str, Any] = {"student_source_id": child.student_source_id, "on": DAY, "kind": kind, "at": at}
        recording.record_absence(
            ctx,
            organisation_code=ORGANISATION_CODE,
            record=Record(source_id=name, periods=("2",) if name == "a" else ("1",), **facts),
        )


def found(played: Attendance) -> set[str]:
    return {each.invariant for each in played.judge()} - ALONE


def test_nothing_is_found_in_what_attendance_wrote(played: Attendance) -> None:
    assert found(played) == set()


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("DELETE FROM outbox WHERE type LIKE '%notice-submitted%'", "events_of_facts"),
        ("DELETE FROM outbox WHERE position = 1", "versions_contiguous"),
        ("UPDATE absences SET status = 'not_motivated' WHERE source_id = 'b'", "days_come_to_their_facts"),
        ("DELETE FROM absences WHERE source_id = 'a'", "events_of_facts"),
        (
            """INSERT INTO contradictions SELECT organisation_id, student_source_id, first_on, '2', 'present', id,
               submitted_at, 99 FROM notices""",
            "motivated_or_contradicted",
        ),
        (
            """INSERT INTO notices SELECT 'twice', organisation_id, student_source_id, school_source_id, child_id,
               account_id, type, first_on, last_on, at, reason, explanation_sealed, submitted_at, begins_at, withdrawn_at,
               acknowledged_at, 98 FROM notices""",
            "writes_once",
        ),
    ],
)
def test_what_is_lost_or_doubled_or_contradicts_itself_is_found(
    played: Attendance, statement: str, invariant: str
) -> None:
    with played.database.transaction() as session:
        session.execute(text(statement))
    assert invariant in found(played)


@pytest.mark.parametrize("invariant", sorted(ALONE))
def test_a_copy_or_a_journal_that_misses_something_is_found(played: Attendance, invariant: str) -> None:
    assert invariant in {each.invariant for each in played.judge()}
