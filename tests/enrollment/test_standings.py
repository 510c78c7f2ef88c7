"""What the others know of links, against what is true of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from services.enrollment.context import Context
from services.enrollment.models import Guardian, Guardianship, Link
from services.enrollment.operations import children, claims, standings
from shared import ids, outbox
from shared.problems import NotFound
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry

OTHER = "nouveau@exemple.ca"
ROUNDS = 3


@pytest.fixture
def pupil(ctx: Context, registry: Registry) -> Pupil:
    """A child whom the account of the tests holds."""
    made = registry.make_student()
    claims.claim_child(ctx, account_id=ACCOUNT, email=PARENT, address="192.0.2.1", **made.claim)
    return made


def told(ctx: Context) -> list[tuple[str, dict[str, Any] | None]]:
    """Return what was told after the claim."""
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=100)]
    return [(each.type.split(".")[3], each.data) for each in waiting][2:]


def kinds(ctx: Context) -> list[str]:
    return [kind for kind, _ in told(ctx)]


def link(ctx: Context) -> Link:
    with ctx.db.read() as session:
        return session.scalars(select(Link)).one()


def take_email_off(ctx: Context) -> None:
    with ctx.db.transaction() as session:
        session.execute(update(Guardian).values(email=OTHER, email_key=OTHER))


def visit(ctx: Context, email: str = PARENT) -> str:
    (child,) = children.list_children(ctx, account_id=ACCOUNT, email=email)
    return str(child["status"])


def test_a_claim_is_known_as_it_is(ctx: Context, pupil: Pupil) -> None:
    assert (visit(ctx), kinds(ctx)) == ("active", [])
    assert (link(ctx).suspension, link(ctx).email_key) == (None, PARENT)


@pytest.mark.requirement("CHD-12")
def test_a_visit_tells_what_the_registry_has_closed_and_opened(ctx: Context, pupil: Pupil) -> None:
    take_email_off(ctx)
    assert visit(ctx) == visit(ctx) == "suspended"
    assert kinds(ctx) == ["link-suspended", "guardianship-changed"]
    assert told(ctx)[1][1] is None
    assert visit(ctx, OTHER) == visit(ctx, OTHER) == "active"
    assert kinds(ctx)[2:] == ["link-restored", "guardianship-changed"]
    assert told(ctx)[3][1]["rights"] == ["report_absences", "view_file"]


@pytest.mark.requirement("CHD-12")
def test_opening_a_child_tells_it_too(ctx: Context, pupil: Pupil) -> None:
    take_email_off(ctx)
    with pytest.raises(NotFound):
        children.open_child(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id)
    assert kinds(ctx) == ["link-suspended", "guardianship-changed"]


@pytest.mark.requirement("CHD-12")
def test_a_visit_tells_what_a_day_has_closed(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    with ctx.db.transaction() as session:
        session.execute(update(Guardianship).values(ends_on=date(2026, 1, 20)))
    assert visit(ctx) == "active"
    clock.advance(timedelta(days=30))
    assert visit(ctx) == "suspended"
    assert told(ctx)[0][1]["suspended_at"] == clock.now().isoformat()


def test_a_visit_that_finds_everything_known_writes_nothing(ctx: Context, pupil: Pupil) -> None:
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        written.append(statement.split(maxsplit=1)[0])

    event.listen(ctx.db.engine, "before_cursor_execute", note)
    visit(ctx)
    event.remove(ctx.db.engine, "before_cursor_execute", note)
    assert written == ["SELECT"]


def test_a_visit_without_a_mailbox_tells_nothing_of_the_one_before(ctx: Context, pupil: Pupil) -> None:
    assert visit(ctx, "") == "suspended"
    assert (kinds(ctx), link(ctx).email_key) == ([], PARENT)


def test_a_visit_shows_the_mailbox_of_an_older_link(ctx: Context, pupil: Pupil) -> None:
    with ctx.db.transaction() as session:
        session.execute(update(Link).values(email_key=None))
    assert visit(ctx) == "active"
    assert (kinds(ctx), link(ctx).email_key) == ([], PARENT)


@pytest.mark.requirement("CHD-12", "EVT-4")
def test_a_changed_email_suspends_until_the_next_visit(ctx: Context, pupil: Pupil) -> None:
    cause = ids.new()
    assert standings.suspend_until_visit(ctx, account_id=ACCOUNT, cause=cause) == 1
    assert standings.suspend_until_visit(ctx, account_id=ACCOUNT, cause=cause) == 0
    assert standings.suspend_until_visit(ctx, account_id=ACCOUNT, cause=ids.new()) == 0
    assert kinds(ctx) == ["link-suspended", "guardianship-changed"]
    assert told(ctx)[0][1]["reason"] == link(ctx).suspension == "email_changed"
    assert link(ctx).email_key is None
    assert visit(ctx, OTHER) == "suspended"
    assert len(kinds(ctx)) == 2
    take_email_off(ctx)
    assert visit(ctx, OTHER) == "active"
    assert kinds(ctx)[2:] == ["link-restored", "guardianship-changed"]


@pytest.mark.requirement("CHD-12")
def test_claiming_a_suspended_child_again_tells_it_as_a_visit_does(ctx: Context, pupil: Pupil) -> None:
    standings.suspend_until_visit(ctx, account_id=ACCOUNT, cause=ids.new())
    take_email_off(ctx)
    claimed = claims.claim_child(ctx, account_id=ACCOUNT, email=OTHER, address="192.0.2.1", **pupil.claim)
    assert (claimed.is_new, claimed.child["status"], link(ctx).email_key) == (False, "active", OTHER)
    assert kinds(ctx)[2:] == ["link-restored", "guardianship-changed"]


def test_the_end_of_a_link_forgets_the_mailbox(ctx: Context, pupil: Pupil) -> None:
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    assert link(ctx).email_key is None


@pytest.mark.requirement("CHD-12")
@pytest.mark.parametrize("round_number", range(ROUNDS))
@pytest.mark.parametrize("ends", [True, False])
def test_racing_visits_tell_it_once(ctx: Context, pupil: Pupil, round_number: int, ends: bool) -> None:
    take_email_off(ctx)

    def look() -> None:
        children.list_children(ctx, account_id=ACCOUNT, email=PARENT)

    def end() -> None:
        children.unlink_children(ctx, account_id=ACCOUNT, cause=ids.new())

    acts: list[Callable[[], None]] = [look] * 8 + [end] * ends
    with ThreadPoolExecutor(len(acts)) as threads:
        for done in [threads.submit(act) for act in acts]:
            done.result()
    said = kinds(ctx)
    assert said.count("link-suspended") <= 1
    assert said.count("child-unlinked") == ends
    assert said.count("guardianship-changed") == said.count("link-suspended") + ends
    assert said.count("link-suspended") + ends >= 1
    with ctx.db.read() as session:
        last = [each.event for each in outbox.list_unpublished(session, limit=100)][-1]
    assert last.data is None
