"""What an account may see that proved a child by a PIN, while the registry changes around it (CHD-12, CHD-14)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from services.enrollment.context import Context
from services.enrollment.errors import ClaimMismatch, LinkNotDisputable
from services.enrollment.models import Announcement, Guardian, Guardianship, Link, Pin, Student
from services.enrollment.operations import children, claims, disputes, pins, standings
from shared import ids, outbox
from shared.problems import NotFound
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry
from tests.support.letters import written

# On nobody's file.
NEWCOMER = "nouveau@exemple.ca"
OTHER_ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9bb"
EVERY_GUARDIAN = ["report_absences", "view_file"]
PRINCIPAL = ["re_register", *EVERY_GUARDIAN]


def claim(ctx: Context, pupil: Pupil, **overrides: Any) -> claims.Claimed:
    asker = {"account_id": ACCOUNT, "email": NEWCOMER, "address": "192.0.2.1"}
    return claims.claim_child(ctx, **{**asker, **pupil.claim, **overrides})


def seen(ctx: Context, *, email: str = NEWCOMER) -> tuple[str, list[str]]:
    [child] = children.list_children(ctx, account_id=ACCOUNT, email=email)
    return str(child["status"]), child["rights"]


def link(ctx: Context) -> Link:
    with ctx.db.read() as session:
        return session.scalars(select(Link).where(Link.account_id == ACCOUNT).order_by(Link.id.desc())).first()


def told(ctx: Context) -> list[str]:
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=100)]
    return [event.type.split(".")[3] for event in waiting]


def change(ctx: Context, statement: Any) -> None:
    """Change the registry, and let the links hear of it as an import does."""
    with ctx.db.transaction() as session:
        session.execute(statement)
        link_ids = session.scalars(select(Link.id).where(Link.ended_at.is_(None))).all()
        standings.settle(session, link_ids=link_ids, at=ctx.clock.now())


@pytest.fixture
def pupil(registry: Registry) -> Pupil:
    """A child with one parent on file."""
    return registry.make_student()


@pytest.fixture
def named(ctx: Context, registry: Registry, pupil: Pupil) -> str:
    """A guardian without an address on file, by whose PIN the account of the tests holds the child."""
    guardian_id = registry.make_guardian(pupil, email=None, is_principal=True)
    claim(ctx, pupil, pin=registry.issue_pin(pupil, guardian_id=guardian_id).pin)
    return guardian_id


@pytest.fixture
def unnamed(ctx: Context, registry: Registry, pupil: Pupil) -> str:
    """A PIN for nobody by name, by which the account of the tests holds the child."""
    pin = registry.issue_pin(pupil)
    claim(ctx, pupil, pin=pin.pin)
    return pin.id


@pytest.mark.requirement("CHD-14")
def test_a_pin_with_a_name_gives_that_guardians_rights(ctx: Context, named: str) -> None:
    assert seen(ctx) == ("active", PRINCIPAL)
    assert link(ctx).rights == PRINCIPAL


@pytest.mark.requirement("CHD-14", "CHD-12")
def test_the_rights_of_a_pin_follow_the_guardian_whom_it_names(ctx: Context, named: str) -> None:
    of_named = Guardianship.guardian_id == named
    change(ctx, update(Guardianship).where(of_named).values(is_principal=False))
    assert seen(ctx) == ("active", EVERY_GUARDIAN)
    change(ctx, update(Guardianship).where(of_named).values(rights=["view_file"]))
    assert seen(ctx) == ("active", ["view_file"])
    change(ctx, update(Guardianship).where(of_named).values(restrictions=["no_access"]))
    assert seen(ctx) == ("suspended", [])
    assert told(ctx)[-2:] == ["link-suspended", "guardianship-changed"]


@pytest.mark.requirement("CHD-14", "CHD-12")
def test_a_pin_closes_and_opens_with_the_guardian_whom_it_names(
    ctx: Context, registry: Registry, pupil: Pupil, named: str
) -> None:
    source_id = registry.source_id_of(Guardian, named)
    change(ctx, delete(Guardianship).where(Guardianship.guardian_id == named))
    change(ctx, delete(Guardian).where(Guardian.id == named))
    assert seen(ctx) == ("suspended", [])
    with pytest.raises(NotFound):
        children.open_child(ctx, account_id=ACCOUNT, email=NEWCOMER, child_id=pupil.id)
    # Back on the file, as another row.
    back = registry.make_guardian(pupil, email=None)
    change(ctx, update(Guardian).where(Guardian.id == back).values(source_id=source_id))
    assert seen(ctx) == ("active", EVERY_GUARDIAN)
    assert told(ctx)[-2:] == ["link-restored", "guardianship-changed"]


@pytest.mark.requirement("CHD-14", "CHD-12")
@pytest.mark.parametrize("whose", ["named", "unnamed"])
def test_a_pin_closes_with_the_student_who_leaves(
    ctx: Context, request: pytest.FixtureRequest, pupil: Pupil, whose: str
) -> None:
    request.getfixturevalue(whose)
    change(ctx, update(Student).where(Student.id == pupil.id).values(status="gone"))
    assert seen(ctx) == ("suspended", [])
    change(ctx, update(Student).where(Student.id == pupil.id).values(status="active"))
    assert seen(ctx)[0] == "active"
    assert [kind for kind in told(ctx) if kind.startswith("link-")] == ["link-suspended", "link-restored"]


@pytest.mark.requirement("CHD-14")
@pytest.mark.parametrize("whose", ["named", "unnamed"])
def test_a_changed_email_of_the_account_closes_no_pin(
    ctx: Context, request: pytest.FixtureRequest, pupil: Pupil, whose: str
) -> None:
    request.getfixturevalue(whose)
    before = seen(ctx)
    standings.suspend_until_visit(ctx, account_id=ACCOUNT, cause=ids.new())
    assert link(ctx).suspension is None
    assert seen(ctx, email="encore.un.autre@exemple.ca") == before
    assert told(ctx) == ["child-linked", "guardianship-changed"]


@pytest.mark.requirement("CHD-14", "CHD-12")
def test_a_pin_serves_until_the_file_has_the_mailbox(
    ctx: Context, registry: Registry, pupil: Pupil, unnamed: str
) -> None:
    father = registry.make_guardian(pupil, email=None)
    change(ctx, update(Guardian).where(Guardian.id == father).values(email=NEWCOMER, email_key=NEWCOMER))
    assert (seen(ctx), link(ctx).pin_id) == (("active", EVERY_GUARDIAN), None)
    # From here on the file alone says: off it, and the old PIN opens nothing.
    change(ctx, delete(Guardianship).where(Guardianship.guardian_id == father))
    assert seen(ctx) == ("suspended", [])


@pytest.mark.requirement("CHD-14", "CHD-12")
def test_a_pin_that_has_served_opens_no_closed_link(ctx: Context, registry: Registry, pupil: Pupil) -> None:
    pin = registry.issue_pin(pupil)
    claim(ctx, pupil, pin=pin.pin)
    father = registry.make_guardian(pupil, email=None)
    change(ctx, update(Guardian).where(Guardian.id == father).values(email=NEWCOMER, email_key=NEWCOMER))
    # Sent again: the mailbox opens the file by itself.
    assert not claim(ctx, pupil, pin=pin.pin).is_new
    change(ctx, delete(Guardianship).where(Guardianship.guardian_id == father))
    with pytest.raises(ClaimMismatch):
        claim(ctx, pupil, pin=pin.pin)
    assert seen(ctx) == ("suspended", [])


@pytest.mark.requirement("CHD-14", "CHD-12")
def test_another_email_of_the_account_brings_no_restricted_guardian_back(
    ctx: Context, registry: Registry, pupil: Pupil
) -> None:
    pin = registry.issue_pin(pupil)
    claim(ctx, pupil, pin=pin.pin)
    father = registry.make_guardian(pupil, email=None, restrictions=["no_access"])
    change(ctx, update(Guardian).where(Guardian.id == father).values(email=NEWCOMER, email_key=NEWCOMER))
    standings.suspend_until_visit(ctx, account_id=ACCOUNT, cause=ids.new())
    fresh = "tout.neuf@exemple.ca"
    with pytest.raises(ClaimMismatch):
        claim(ctx, pupil, email=fresh, pin=pin.pin)
    assert seen(ctx, email=fresh) == ("suspended", [])


@pytest.mark.requirement("CHD-14", "CHD-12")
def test_a_pin_lifts_no_restriction_of_a_mailbox_on_file(
    ctx: Context, registry: Registry, pupil: Pupil, unnamed: str
) -> None:
    registry.make_guardian(pupil, email=NEWCOMER, restrictions=["no_access"])
    assert seen(ctx) == ("suspended", [])
    second = registry.issue_pin(pupil)
    with pytest.raises(ClaimMismatch):
        claim(ctx, pupil, account_id=OTHER_ACCOUNT, pin=second.pin)
    with ctx.db.read() as session:
        assert session.scalars(select(Pin.used_at).where(Pin.id == second.id)).one() is None


@pytest.mark.requirement("CHD-14", "CHD-12")
def test_a_pin_opens_a_link_that_the_registry_closed(ctx: Context, registry: Registry, pupil: Pupil) -> None:
    claim(ctx, pupil, email=PARENT)
    change(ctx, update(Guardian).values(email=None, email_key=None))
    assert seen(ctx, email=PARENT) == ("suspended", [])
    claimed = claim(ctx, pupil, email=PARENT, pin=registry.issue_pin(pupil).pin)
    assert (claimed.is_new, claimed.child["status"]) == (False, "active")
    assert seen(ctx, email=PARENT) == ("active", EVERY_GUARDIAN)
    assert told(ctx)[-2:] == ["link-restored", "guardianship-changed"]


@pytest.mark.requirement("CHD-14")
def test_a_named_guardianship_counts_by_its_days(
    ctx: Context, registry: Registry, pupil: Pupil, clock: FakeClock
) -> None:
    until = (clock.now() + timedelta(days=3)).date()
    guardian_id = registry.make_guardian(pupil, email=None, ends_on=date(until.year, until.month, until.day))
    claim(ctx, pupil, pin=registry.issue_pin(pupil, guardian_id=guardian_id).pin)
    assert seen(ctx)[0] == "active"
    clock.advance(timedelta(days=5))
    assert seen(ctx) == ("suspended", [])


# The others.


@pytest.mark.requirement("CHD-11", "CHD-14")
def test_a_link_by_a_pin_is_told_to_the_others_and_disputed_like_any(
    ctx: Context, registry: Registry, pupil: Pupil, clock: FakeClock
) -> None:
    claim(ctx, pupil, account_id=OTHER_ACCOUNT, email=PARENT)
    clock.advance(timedelta(hours=1))
    pin = registry.issue_pin(pupil)
    claim(ctx, pupil, pin=pin.pin)
    assert told(ctx).count("guardian-joined") == 1
    parent = {"account_id": OTHER_ACCOUNT, "email": PARENT, "child_id": pupil.id}
    [other] = disputes.list_other_guardians(ctx, **parent)
    assert (other["status"], other["is_disputable"]) == ("active", True)
    disputes.dispute_link(ctx, **parent, link_id=other["link_id"])
    assert seen(ctx) == ("suspended", [])
    # Neither the used PIN nor a fresh one is a way around the school's decision.
    for again in (pin, registry.issue_pin(pupil)):
        with pytest.raises(ClaimMismatch):
            claim(ctx, pupil, pin=again.pin)
    assert seen(ctx) == ("suspended", [])


@pytest.fixture
def returning(ctx: Context, registry: Registry, pupil: Pupil, clock: FakeClock) -> pins.IssuedPin:
    """The PIN of somebody else, by which a guardian came back who had held the child before the others and was taken off."""
    former = registry.make_guardian(pupil, email="ancien@exemple.ca")
    claim(ctx, pupil, email="ancien@exemple.ca")
    change(ctx, delete(Guardianship).where(Guardianship.guardian_id == former))
    clock.advance(timedelta(days=400))
    claim(ctx, pupil, account_id=OTHER_ACCOUNT, email=PARENT)
    registry.make_guardian(pupil, email="tante@exemple.ca")
    pin = registry.issue_pin(pupil)
    clock.advance(timedelta(days=1))
    claim(ctx, pupil, email="ancien@exemple.ca", pin=pin.pin)
    return pin


@pytest.mark.requirement("CHD-11", "CHD-14")
def test_whoever_comes_back_by_a_pin_is_told_of_and_disputed_as_somebody_new(
    ctx: Context, registry: Registry, pupil: Pupil, returning: pins.IssuedPin
) -> None:
    assert told(ctx)[-3:] == ["link-restored", "guardianship-changed", "guardian-joined"]
    assert [letter.to for letter in written(ctx)][-1] == "tante@exemple.ca"
    # The form sent twice is no news.
    before = (told(ctx), len(written(ctx)))
    claim(ctx, pupil, email="ancien@exemple.ca", pin=returning.pin)
    assert (told(ctx), len(written(ctx))) == before
    parent = {"account_id": OTHER_ACCOUNT, "email": PARENT, "child_id": pupil.id}
    [other] = disputes.list_other_guardians(ctx, **parent)
    assert other["is_disputable"]
    disputes.dispute_link(ctx, **parent, link_id=other["link_id"])
    assert seen(ctx, email="ancien@exemple.ca") == ("suspended", [])


@pytest.mark.requirement("CHD-11", "CHD-14")
def test_whoever_comes_back_by_a_pin_disputes_nobody_who_came_before(
    ctx: Context, pupil: Pupil, returning: pins.IssuedPin
) -> None:
    asker = {"account_id": ACCOUNT, "email": "ancien@exemple.ca", "child_id": pupil.id}
    [other] = disputes.list_other_guardians(ctx, **asker)
    assert not other["is_disputable"]
    with pytest.raises(LinkNotDisputable):
        disputes.dispute_link(ctx, **asker, link_id=other["link_id"])


@pytest.mark.requirement("CHD-11", "CHD-14")
def test_the_letters_of_both_times_lead_to_whoever_came_back(
    ctx: Context, registry: Registry, pupil: Pupil, clock: FakeClock
) -> None:
    registry.make_guardian(pupil, email="tante@exemple.ca")
    father = registry.make_guardian(pupil, email="pere@exemple.ca")
    claim(ctx, pupil, email="pere@exemple.ca")
    change(ctx, delete(Guardianship).where(Guardianship.guardian_id == father))
    clock.advance(timedelta(days=3))
    claim(ctx, pupil, email="pere@exemple.ca", pin=registry.issue_pin(pupil).pin)
    clock.advance(timedelta(days=28))
    assert [letter.to for letter in written(ctx)].count("tante@exemple.ca") == 2
    with ctx.db.read() as session:
        [reference] = session.scalars(select(Announcement.reference))
    code = registry.code_of(pupil.organisation_id)
    assert disputes.dispute_announced_link(ctx, organisation_code=code, reference=reference)["status"] == "open"


@pytest.mark.requirement("CHD-14", "CHD-12")
@pytest.mark.parametrize("whose", ["named", "unnamed"])
def test_the_school_ends_a_link_by_taking_its_pin_back(
    ctx: Context, request: pytest.FixtureRequest, registry: Registry, pupil: Pupil, whose: str
) -> None:
    request.getfixturevalue(whose)
    pin_id = link(ctx).pin_id
    code = registry.code_of(pupil.organisation_id)
    for _ in range(2):
        pins.revoke_pin(ctx, organisation_code=code, pin_id=str(pin_id))
    assert children.list_children(ctx, account_id=ACCOUNT, email=NEWCOMER) == []
    with ctx.db.read() as session:
        last = [each.event for each in outbox.list_unpublished(session, limit=100)][-2:]
    assert [event.type.split(".")[3] for event in last] == ["child-unlinked", "guardianship-changed"]
    assert (last[0].data["reason"], last[1].data) == ("pin_revoked", None)
    assert told(ctx).count("child-unlinked") == 1
