"""What a day changes of links, told to the others without a visit and without an import."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from services.enrollment.context import Context
from services.enrollment.models import Guardianship, Link, Organisation
from services.enrollment.operations import children, claims, passing_days, sweeping
from shared import outbox
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry

# The clock of the tests begins on the 15th of January.
LAST_DAY = date(2026, 1, 20)
ROUNDS = 3


def claim(ctx: Context, pupil: Pupil) -> None:
    claims.claim_child(ctx, account_id=ACCOUNT, email=PARENT, address="192.0.2.1", **pupil.claim)


def make_held(registry: Registry, *, starts_on: date | None = None, ends_on: date | None = None) -> Pupil:
    """Make a child whom the account holds, by a guardianship with these dates."""
    made = registry.make_student()
    claim(registry.ctx, made)
    with registry.ctx.db.transaction() as session:
        dated = update(Guardianship).where(Guardianship.student_id == made.id)
        session.execute(dated.values(starts_on=starts_on, ends_on=ends_on))
    return made


def kinds(ctx: Context) -> list[str]:
    """Return the kinds of what was told after the claims."""
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=1000)]
        claimed = session.scalars(select(Link.id)).all()
    return [each.type.split(".")[3] for each in waiting][2 * len(claimed) :]


@contextmanager
def statements(ctx: Context) -> Iterator[list[str]]:
    """Yield the statements that the database is given meanwhile."""
    given: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        given.append(statement)

    event.listen(ctx.db.engine, "before_cursor_execute", note)
    yield given
    event.remove(ctx.db.engine, "before_cursor_execute", note)


def move_to(clock: FakeClock, day: date, *, hour: int = 12) -> None:
    clock.move_to(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))


@pytest.mark.requirement("CHD-12", "CHD-14")
def test_the_days_of_whom_a_pin_names_are_told_without_a_visit(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student(guardian=None)
    guardian_id = registry.make_guardian(pupil, email=None, ends_on=LAST_DAY)
    pin = registry.issue_pin(pupil, guardian_id=guardian_id).pin
    newcomer = {"account_id": ACCOUNT, "email": "nouveau@exemple.ca", "address": "192.0.2.1"}
    claims.claim_child(ctx, **newcomer, pin=pin, **pupil.claim)
    move_to(clock, LAST_DAY + timedelta(days=1))
    assert sweeping.sweep(ctx)["links_told"] == 1
    assert kinds(ctx) == ["link-suspended", "guardianship-changed"]


@pytest.mark.requirement("CHD-12")
def test_a_guardianship_that_has_ended_is_told_without_a_visit(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    make_held(registry, ends_on=LAST_DAY)
    move_to(clock, LAST_DAY)
    assert (sweeping.sweep(ctx)["links_told"], kinds(ctx)) == (0, [])
    move_to(clock, LAST_DAY + timedelta(days=1))
    assert sweeping.sweep(ctx)["links_told"] == 1
    assert kinds(ctx) == ["link-suspended", "guardianship-changed"]


@pytest.mark.requirement("CHD-12")
def test_a_guardianship_that_begins_is_told_without_a_visit(ctx: Context, registry: Registry, clock: FakeClock) -> None:
    make_held(registry, starts_on=LAST_DAY)
    assert passing_days.tell(ctx) == 0
    assert [child["status"] for child in children.list_children(ctx, account_id=ACCOUNT, email=PARENT)] == ["suspended"]
    move_to(clock, LAST_DAY - timedelta(days=1))
    assert passing_days.tell(ctx) == 0
    # Midnight in Québec, five hours later than in Greenwich.
    move_to(clock, LAST_DAY, hour=4)
    assert passing_days.tell(ctx) == 0
    move_to(clock, LAST_DAY, hour=5)
    assert passing_days.tell(ctx) == 1
    assert kinds(ctx)[-2:] == ["link-restored", "guardianship-changed"]


@pytest.mark.requirement("CHD-12")
def test_days_on_which_nothing_ran_are_made_up_for(ctx: Context, registry: Registry, clock: FakeClock) -> None:
    make_held(registry, ends_on=LAST_DAY)
    passing_days.tell(ctx)
    move_to(clock, date(2026, 6, 1))
    assert [passing_days.tell(ctx), passing_days.tell(ctx)] == [1, 0]


@pytest.mark.requirement("CHD-12")
def test_the_first_time_looks_at_every_date(ctx: Context, registry: Registry, clock: FakeClock) -> None:
    make_held(registry, ends_on=date(2025, 6, 30))
    assert passing_days.tell(ctx) == 1


@pytest.mark.requirement("CHD-12")
def test_an_import_that_was_overtaken_by_midnight_is_told_the_next_day(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    held = make_held(registry)
    move_to(clock, LAST_DAY + timedelta(days=1))
    passing_days.tell(ctx)
    # It judged by the day on which it began, when this still held.
    with ctx.db.transaction() as session:
        session.execute(update(Guardianship).where(Guardianship.student_id == held.id).values(ends_on=LAST_DAY))
    move_to(clock, LAST_DAY + timedelta(days=2))
    assert passing_days.tell(ctx) == 1


@pytest.mark.requirement("CHD-12")
def test_only_what_the_days_have_touched_is_looked_at_and_once_a_day(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    make_held(registry)
    make_held(registry, starts_on=date(2020, 1, 1), ends_on=date(2030, 1, 1))
    passing_days.tell(ctx)
    move_to(clock, LAST_DAY)
    with statements(ctx) as written:
        passing_days.tell(ctx)
    assert [each for each in written if "links.suspension" in each] == []
    with statements(ctx) as written:
        assert passing_days.tell(ctx) == 0
    assert len([each for each in written if each.startswith("SELECT")]) == 1
    with ctx.db.read() as session:
        assert set(session.scalars(select(Organisation.links_judged_on))) == {LAST_DAY}


@pytest.mark.requirement("CHD-12")
def test_every_page_is_told(ctx: Context, registry: Registry, clock: FakeClock) -> None:
    organisation_id = registry.make_organisation()
    for _ in range(5):
        claim(ctx, registry.make_student(organisation_id=organisation_id))
    with ctx.db.transaction() as session:
        session.execute(update(Guardianship).values(ends_on=LAST_DAY))
    move_to(clock, LAST_DAY + timedelta(days=1))
    assert passing_days.tell(ctx, page_size=2) == 5
    assert kinds(ctx).count("link-suspended") == 5


@pytest.mark.requirement("CHD-12")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_two_sweeps_at_once_tell_it_once(ctx: Context, registry: Registry, clock: FakeClock, round_number: int) -> None:
    make_held(registry, ends_on=LAST_DAY)
    move_to(clock, LAST_DAY + timedelta(days=1))
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(sweeping.sweep, ctx) for _ in range(4)]:
            done.result()
    assert kinds(ctx) == ["link-suspended", "guardianship-changed"]
