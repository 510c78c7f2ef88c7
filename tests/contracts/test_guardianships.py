"""What enrollment tells of who holds whom, and what attendance lets them do: over every way a link comes, stands still and goes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.attendance import consumers, queries
from services.attendance.context import Context as Attendance
from services.attendance.operations import absences, notices
from services.enrollment.context import Context
from services.enrollment.models import Dispute, Guardianship, School, Student
from services.enrollment.operations import children, claims, confirmations, disputes, standings
from shared import handling, ids, messages, outbox, topics
from shared.problems import NotFound
from tests.support import attendance, enrollment
from tests.support.clock import FakeClock
from tests.support.databases import Databases
from tests.support.enrollment import Pupil, Registry

PARENT, OTHER = "parent@exemple.ca", "autre@exemple.ca"
EVERY_RIGHT = {"report_absences", "view_file"}
KNOWN = topics.load().event_types(consumers.TOPICS)


@dataclass
class World:
    """Enrollment, and attendance that has heard of it; a child with two guardians on its file."""

    enrollment: Context
    attendance: Attendance
    registry: Registry
    pupil: Pupil
    accounts: dict[str, str] = field(default_factory=lambda: {PARENT: ids.new(), OTHER: ids.new()})

    def claim(self, email: str, **typed: Any) -> None:
        """Prove the child."""
        asker = {"account_id": self.accounts[email], "email": email, "address": "192.0.2.1"}
        claims.claim_child(self.enrollment, **asker, **self.pupil.claim, **typed)

    def visit(self, email: str) -> list[str]:
        """Sign in and look: the statuses of the children, by enrollment."""
        account_id = self.accounts[email]
        return [each["status"] for each in children.list_children(self.enrollment, account_id=account_id, email=email)]

    def unlink(self, email: str) -> None:
        children.unlink_child(self.enrollment, account_id=self.accounts[email], child_id=self.pupil.id)

    def dispute(self) -> str:
        """Let the first guardian say that the second is nobody they know; return the dispute."""
        asked = {"account_id": self.accounts[PARENT], "email": PARENT, "child_id": self.pupil.id}
        [other] = disputes.list_other_guardians(self.enrollment, **asked)
        disputes.dispute_link(self.enrollment, **asked, link_id=other["link_id"])
        with self.enrollment.db.read() as session:
            return session.scalars(select(Dispute.id).where(Dispute.settled_at.is_(None))).one()

    def change_file(self, **values: Any) -> None:
        """Write something else of every guardian into the child's file."""
        with self.enrollment.db.transaction() as session:
            session.execute(update(Guardianship).where(Guardianship.student_id == self.pupil.id).values(**values))

    def hear(self) -> None:
        """Let attendance hear all that was told, in its order, then again, and backwards."""
        with self.enrollment.db.read() as session:
            waiting = [each.event for each in outbox.list_unpublished(session, limit=1000)]
        told = [messages.decode(messages.encode(event)) for event in waiting if event.topic in consumers.TOPICS]
        for event in [*told, *told, *reversed(told)]:
            handling.handle(event, handlers=consumers.handlers(self.attendance), known_types=KNOWN)

    def holders(self) -> dict[str, set[str]]:
        """Return which mailboxes' accounts attendance takes for guardians, and what they may."""
        with self.enrollment.db.read() as session:
            source_id = session.scalars(select(Student.source_id).where(Student.id == self.pupil.id)).one()
        with self.attendance.db.read() as session:
            student = (self.pupil.organisation_id, source_id)
            found = queries.list_guardians(session, students=[student]).get(student, [])
        emails = {account_id: email for email, account_id in self.accounts.items()}
        return {emails[each.account_id]: set(each.rights) for each in found}

    def may_see(self, email: str) -> bool:
        try:
            asked = {"account_id": self.accounts[email], "child_id": self.pupil.id, "language": "fr"}
            notices.list_reasons(self.attendance, **asked)
        except NotFound:
            return False
        return True

    def announce(self, email: str, day: date) -> dict[str, Any]:
        [announced] = notices.submit_notices(
            self.attendance,
            account_id=self.accounts[email],
            child_ids=[self.pupil.id],
            type="full_day",
            first_on=day,
            last_on=day,
            at=None,
            reason="MALADIE",
            explanation=None,
            language="fr",
        )
        return announced


@pytest.fixture
def world(databases: Databases, clock: FakeClock) -> Iterator[World]:
    ctx = Context.open(enrollment.make_settings(databases.create(enrollment.migrate)), clock=clock)
    heard = Attendance.open(attendance.make_settings(databases.create(attendance.migrate)), clock=clock)
    registry = Registry(ctx)
    pupil = registry.make_student(guardian=PARENT)
    registry.make_guardian(pupil, email=OTHER)
    yield World(ctx, heard, registry, pupil)
    ctx.db.close()
    heard.db.close()


@pytest.fixture
def linked(world: World, clock: FakeClock) -> World:
    """Both guardians hold the child, the second since a day later."""
    world.claim(PARENT)
    clock.advance(timedelta(days=1))
    world.claim(OTHER)
    return world


def let_go(world: World) -> None:
    world.unlink(OTHER)


def delete_account(world: World) -> None:
    children.unlink_children(world.enrollment, account_id=world.accounts[OTHER], cause=ids.new())


def lose_mailbox(world: World) -> None:
    standings.suspend_until_visit(world.enrollment, account_id=world.accounts[OTHER], cause=ids.new())


def be_disputed(world: World) -> None:
    world.dispute()


def be_thrown_out(world: World) -> None:
    disputes.settle_dispute(world.enrollment, dispute_id=world.dispute(), is_upheld=True)


def be_refused_by_the_file(world: World) -> None:
    world.change_file(restrictions=["no_access"])
    assert world.visit(OTHER) == ["suspended"]
    assert world.visit(PARENT) == ["suspended"]
    world.change_file(restrictions=[])
    assert world.visit(PARENT) == ["active"]


@pytest.mark.requirement("AT-11", "CHD-13", "EVT-4")
@pytest.mark.parametrize(
    "loses", [let_go, delete_account, lose_mailbox, be_disputed, be_thrown_out, be_refused_by_the_file]
)
def test_a_link_that_opens_nothing_in_enrollment_opens_nothing_in_attendance(
    linked: World, loses: Callable[[World], None]
) -> None:
    linked.hear()
    assert linked.holders() == {PARENT: EVERY_RIGHT, OTHER: EVERY_RIGHT}
    loses(linked)
    linked.hear()
    assert linked.holders() == {PARENT: EVERY_RIGHT}
    assert (linked.may_see(PARENT), linked.may_see(OTHER)) == (True, False)


@pytest.mark.requirement("AT-11", "CHD-13")
def test_a_link_that_is_restored_opens_again(linked: World) -> None:
    lose_mailbox(linked)
    linked.hear()
    assert not linked.may_see(OTHER)
    assert linked.visit(OTHER) == ["active"]
    linked.hear()
    assert linked.holders()[OTHER] == EVERY_RIGHT


@pytest.mark.requirement("AT-11", "CHD-11")
def test_a_dispute_that_is_lifted_opens_again(linked: World) -> None:
    disputes.settle_dispute(linked.enrollment, dispute_id=linked.dispute(), is_upheld=False)
    linked.hear()
    assert linked.holders() == {PARENT: EVERY_RIGHT, OTHER: EVERY_RIGHT}


@pytest.mark.requirement("AT-11")
def test_a_child_that_is_claimed_again_opens_again(linked: World) -> None:
    linked.unlink(OTHER)
    linked.hear()
    linked.claim(OTHER)
    linked.hear()
    assert linked.holders()[OTHER] == EVERY_RIGHT


@pytest.mark.requirement("AT-11", "CHD-14")
def test_a_pin_opens_what_every_guardian_may(world: World) -> None:
    newcomer = "nouveau@exemple.ca"
    world.accounts[newcomer] = ids.new()
    world.claim(newcomer, pin=world.registry.issue_pin(world.pupil).pin)
    world.hear()
    assert world.holders() == {newcomer: EVERY_RIGHT}
    assert world.visit(newcomer) == ["active"]


@pytest.mark.requirement("AT-11", "ID-32", "CHD-16")
def test_a_link_that_is_to_be_confirmed_is_closed_until_it_is(linked: World, clock: FakeClock) -> None:
    linked.hear()
    clock.advance(timedelta(days=1))
    today = clock.now().date()
    code = linked.registry.code_of(linked.pupil.organisation_id)
    confirmations.require_confirmation(linked.enrollment, organisation_codes=[code], before=today)
    confirmations.tell(linked.enrollment)
    linked.hear()
    assert linked.holders() == {}
    assert (linked.visit(PARENT), linked.visit(OTHER)) == (["to_confirm"], ["to_confirm"])
    linked.claim(PARENT)
    linked.hear()
    assert linked.holders() == {PARENT: EVERY_RIGHT}


@pytest.mark.requirement("AT-11")
def test_a_restriction_takes_away_what_it_names_and_no_more(linked: World, clock: FakeClock) -> None:
    linked.change_file(restrictions=["no_report_absences"])
    assert linked.visit(PARENT) == ["active"]
    linked.hear()
    assert linked.holders()[PARENT] == {"view_file"}
    assert linked.may_see(PARENT)
    with pytest.raises(NotFound):
        linked.announce(PARENT, clock.now().date() + timedelta(days=1))


@pytest.mark.requirement("AT-11", "EVT-4")
def test_what_was_announced_stands_when_its_guardian_is_let_go_of(linked: World) -> None:
    linked.hear()
    monday = date(2026, 1, 19)
    announced = linked.announce(OTHER, monday)
    linked.unlink(OTHER)
    linked.hear()
    asked = {"child_id": linked.pupil.id, "language": "fr", "offset": 0, "limit": 20, "first_on": None, "last_on": None}
    listed = notices.list_notices(linked.attendance, account_id=linked.accounts[PARENT], **asked)
    assert [(each["id"], each["by"]) for each in listed.items] == [(announced["id"], "other_guardian")]
    with pytest.raises(NotFound):
        notices.list_notices(linked.attendance, account_id=linked.accounts[OTHER], **asked)
    with pytest.raises(NotFound):
        absences.list_absences(linked.attendance, account_id=linked.accounts[OTHER], status=None, **asked)
    with pytest.raises(NotFound):
        notices.withdraw_notice(
            linked.attendance,
            account_id=linked.accounts[OTHER],
            child_id=linked.pupil.id,
            notice_id=announced["id"],
        )


@pytest.mark.requirement("AT-06")
def test_attendance_knows_which_school_the_child_attends(world: World) -> None:
    school_id = world.registry.make_school(organisation_id=world.pupil.organisation_id, source_id="ecole-9")
    with world.enrollment.db.transaction() as session:
        session.execute(update(Student).where(Student.id == world.pupil.id).values(school_id=school_id))
    world.claim(PARENT)
    world.hear()
    with world.attendance.db.read() as session:
        found = queries.get_to_see(session, account_id=world.accounts[PARENT], child_id=world.pupil.id)
    with world.enrollment.db.read() as session:
        known = session.scalars(select(School.source_id).where(School.id == school_id)).one()
    assert found.school_source_id == known
