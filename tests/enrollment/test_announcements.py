"""Telling those on a child's file, who have no account, of a new link; and what they can do about it (CHD-11)."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, select, update

from services.enrollment.__main__ import commands
from services.enrollment.context import Context
from services.enrollment.errors import ClaimMismatch, DisputeUnknown, ReferenceUnknown, TooManyChildren
from services.enrollment.models import Announcement, Guardian, JournalEntry, Link, Organisation, Student
from services.enrollment.operations import children, claims, disputes, pins, sweeping
from services.enrollment.rules import student_keys
from services.enrollment.schemas import DisputeOut
from shared import ids, outbox, spoken_references
from shared.letters import letters
from tests.support.clock import FakeClock
from tests.support.databases import SqliteDatabases
from tests.support.enrollment import (
    ACCOUNT,
    PARENT,
    Pupil,
    Registry,
    SchoolSystem,
    environment,
    make_settings,
    migrate,
)
from tests.support.letters import written

AUNT = "Tante.Rose@Exemple.ca"
UNCLE = "oncle@exemple.ca"
AUNTS_ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9bb"
CLIENT = "school-system-of-the-tests"
ROUNDS = 4


def claim(ctx: Context, pupil: Pupil, *, account_id: str = ACCOUNT, email: str = PARENT, **typed: Any) -> None:
    asker = {"account_id": account_id, "email": email, "address": "192.0.2.1"}
    claims.claim_child(ctx, **asker, **{**pupil.claim, **typed})


def let_go(ctx: Context, pupil: Pupil, *, account_id: str = ACCOUNT) -> None:
    children.unlink_child(ctx, account_id=account_id, child_id=pupil.id)


def mailed(ctx: Context) -> list[str]:
    return sorted(letter.to for letter in written(ctx))


def reference(ctx: Context) -> str:
    with ctx.db.read() as session:
        return session.scalars(select(Announcement.reference).order_by(Announcement.at.desc())).first()


def code_of(ctx: Context, pupil: Pupil) -> str:
    with ctx.db.read() as session:
        return session.scalars(select(Organisation.code).where(Organisation.id == pupil.organisation_id)).one()


def status(ctx: Context, account_id: str = ACCOUNT, email: str = PARENT) -> list[str]:
    return [child["status"] for child in children.list_children(ctx, account_id=account_id, email=email)]


def told(ctx: Context, kind: str) -> list[Any]:
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=200)]
    return [event for event in waiting if event.type.split(".")[3] == kind]


def dispute(ctx: Context, pupil: Pupil, **overrides: str) -> dict[str, Any]:
    asked = {"organisation_code": code_of(ctx, pupil), "reference": reference(ctx), "disputed_by": CLIENT}
    return disputes.dispute_announced_link(ctx, **{**asked, **overrides})


@pytest.fixture
def pupil(registry: Registry) -> Pupil:
    """A child with a claiming parent and an aunt on its file."""
    made = registry.make_student()
    registry.make_guardian(made, email=AUNT)
    return made


# Whom


@pytest.mark.requirement("CHD-11")
def test_claim_child_writes_to_every_other_mailbox_on_the_file(ctx: Context, registry: Registry, pupil: Pupil) -> None:
    registry.make_guardian(pupil, email=UNCLE, is_principal=True)
    registry.make_guardian(pupil, email=None)
    registry.make_student(organisation_id=pupil.organisation_id, guardian="voisin@exemple.ca")
    claim(ctx, pupil)
    assert mailed(ctx) == [AUNT, UNCLE]


@pytest.mark.requirement("CHD-11")
def test_claim_child_writes_once_to_a_mailbox_that_is_two_guardians(
    ctx: Context, registry: Registry, pupil: Pupil
) -> None:
    registry.make_guardian(pupil, email=AUNT.lower(), restrictions=["no_access"])
    claim(ctx, pupil)
    assert [address.lower() for address in mailed(ctx)] == [AUNT.lower()]


@pytest.mark.requirement("CHD-11")
@pytest.mark.parametrize(
    "closed",
    [
        {"restrictions": ["no_access"]},
        {"restrictions": ["ordonnance_2026"]},
        {"restrictions": ["no_view_file"]},
        {"rights": []},
        {"ends_on": date(2025, 12, 31)},
        {"starts_on": date(2030, 1, 1)},
    ],
    ids="".join,
)
def test_claim_child_tells_nobody_to_whom_the_file_is_closed(
    ctx: Context, registry: Registry, closed: dict[str, Any]
) -> None:
    made = registry.make_student()
    registry.make_guardian(made, email=AUNT, **closed)
    claim(ctx, made)
    assert (mailed(ctx), reference(ctx)) == ([], None)


@pytest.mark.requirement("CHD-11")
def test_claim_child_tells_whoever_holds_the_child_by_event_alone(ctx: Context, pupil: Pupil) -> None:
    claim(ctx, pupil)
    claim(ctx, pupil, account_id=AUNTS_ACCOUNT, email=AUNT)
    assert mailed(ctx) == [AUNT]
    assert [event.data["account_id"] for event in told(ctx, "guardian-joined")] == [ACCOUNT]


@pytest.mark.requirement("CHD-11", "CHD-16")
@pytest.mark.parametrize(
    ("suspension", "told_by_letter"), [("registry", [AUNT]), ("to_confirm", [AUNT]), ("disputed", [])]
)
def test_a_mailbox_is_told_when_its_account_is_not(
    ctx: Context, pupil: Pupil, suspension: str, told_by_letter: list[str]
) -> None:
    claim(ctx, pupil, account_id=AUNTS_ACCOUNT, email=AUNT)
    with ctx.db.transaction() as session:
        session.execute(update(Link).values(suspension=suspension))
        session.execute(delete(letters))
    claim(ctx, pupil)
    assert (mailed(ctx), told(ctx, "guardian-joined")) == (told_by_letter, [])


@pytest.mark.requirement("CHD-11", "CHD-16")
def test_a_mailbox_is_told_whose_link_has_just_become_too_old(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    claim(ctx, pupil, account_id=AUNTS_ACCOUNT, email=AUNT)
    clock.advance(timedelta(days=1))
    with ctx.db.transaction() as session:
        # Nobody was told yet that links of before need a new proof.
        session.execute(update(Organisation).values(confirm_links_before=clock.now()))
        session.execute(delete(letters))
    claim(ctx, pupil)
    assert (mailed(ctx), told(ctx, "guardian-joined")) == ([AUNT], [])


@pytest.mark.requirement("CHD-11")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_two_guardians_who_claim_at_one_moment_one_is_told_of_the_other(
    ctx: Context, pupil: Pupil, round_number: int
) -> None:
    askers = [{"account_id": ACCOUNT, "email": PARENT}, {"account_id": AUNTS_ACCOUNT, "email": AUNT}]
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(claim, ctx, pupil, **asker) for asker in askers]:
            done.result()
    [joined] = told(ctx, "guardian-joined")
    first = {ACCOUNT: AUNT, AUNTS_ACCOUNT: PARENT}[joined.data["account_id"]]
    assert mailed(ctx) == [first]


# When


@pytest.mark.requirement("CHD-11")
def test_claim_child_writes_nothing_of_a_claim_that_links_nothing(ctx: Context, registry: Registry) -> None:
    made = registry.make_student()
    registry.make_guardian(made, email=AUNT)
    with pytest.raises(ClaimMismatch):
        claim(ctx, made, first_name="Autre")
    assert mailed(ctx) == []


@pytest.mark.requirement("CHD-11", "CHD-15")
def test_claim_child_writes_nothing_when_the_account_has_no_room(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil
) -> None:
    ctx = make_context(most_children=0)
    with pytest.raises(TooManyChildren):
        claim(ctx, pupil)
    assert mailed(ctx) == []


@pytest.mark.requirement("CHD-11")
def test_claim_child_tells_of_a_child_that_is_held_already_no_second_time(ctx: Context, pupil: Pupil) -> None:
    claim(ctx, pupil)
    claim(ctx, pupil)
    assert mailed(ctx) == [AUNT]


@pytest.mark.requirement("CHD-11")
def test_claiming_over_and_over_writes_once_a_day(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    for _ in range(3):
        claim(ctx, pupil)
        let_go(ctx, pupil)
        clock.advance(timedelta(hours=2))
    assert mailed(ctx) == [AUNT]
    clock.advance(timedelta(days=1, hours=1))
    claim(ctx, pupil)
    assert mailed(ctx) == [AUNT, AUNT]


@pytest.mark.requirement("CHD-11")
def test_many_accounts_at_one_child_write_so_often_in_a_day(
    make_context: Callable[..., Context], registry: Registry, pupil: Pupil
) -> None:
    ctx = make_context(announcements_per_child_day=2)
    for _ in range(4):
        account_id = ids.new()
        claim(ctx, pupil, account_id=account_id)
        let_go(ctx, pupil, account_id=account_id)
    assert mailed(ctx) == [AUNT, AUNT]
    other = registry.make_student()
    registry.make_guardian(other, email=UNCLE)
    claim(ctx, other)
    assert mailed(ctx) == [AUNT, AUNT, UNCLE]


@pytest.mark.requirement("CHD-11", "EN-14")
def test_a_link_that_a_correction_makes_is_told_too(ctx: Context, pupil: Pupil) -> None:
    with pytest.raises(ClaimMismatch):
        claim(ctx, pupil, first_name="Eloise")
    identity = student_keys.child_identity(
        pupil.organisation_id,
        family_name=pupil.claim["last_name"],
        given_name="Eloise",
        birth_on=pupil.claim["birth_on"],
    )
    with ctx.db.transaction() as session:
        corrected = {"given_name": "Eloise", "identity_digest": ctx.digester.digest(*identity)}
        session.execute(update(Student).values(**corrected))
        session.execute(update(Organisation).values(registry_version=Organisation.registry_version + 1))
    claims.judge_due(ctx)
    assert (status(ctx), mailed(ctx)) == (["active"], [AUNT])


@pytest.mark.requirement("CHD-11", "CHD-14")
def test_a_link_that_stands_by_a_pin_is_told_to_the_file_that_does_not_know_its_mailbox(
    ctx: Context, registry: Registry, pupil: Pupil
) -> None:
    with ctx.db.read() as session:
        source_id = session.scalars(select(Student.source_id)).one()
    issued = pins.issue_pin(ctx, organisation_code=code_of(ctx, pupil), source_id=source_id, issued_by=CLIENT)
    claim(ctx, pupil, email="nouvelle@exemple.ca", pin=issued.pin)
    assert mailed(ctx) == [AUNT, PARENT]
    opened = dispute(ctx, pupil)
    assert (opened["is_by_pin"], opened["linked_guardian_source_ids"]) == (True, [])


# What


@pytest.mark.requirement("CHD-11", "COD-18")
def test_the_letter_says_nothing_of_the_child_or_of_the_account(ctx: Context, registry: Registry) -> None:
    school = registry.make_school(name="École du Phare-Bleu")
    with ctx.db.read() as session:
        organisation_id = session.scalars(select(Organisation.id)).one()
    made = registry.make_student(organisation_id=organisation_id, school_id=school)
    registry.make_guardian(made, email=AUNT)
    claim(ctx, made)
    [letter] = written(ctx)
    everything = f"{letter.subject} {letter.text} {letter.html} {letter.headers}"
    personal = ("Éloïse", "Côté", "Gagnon", "2014", made.claim["identifier"], PARENT, ACCOUNT, made.id, "Phare", "Rive")
    assert [each for each in personal if each in everything] == []
    assert re.findall(r"(?m)^ {4}(\S+)$", letter.text) == [reference(ctx)]


@pytest.mark.requirement("XC-07")
@pytest.mark.parametrize(
    ("network", "languages"),
    [("anglophone", "en, fr"), ("francophone", "fr, en"), ("special", "fr, en"), (None, "fr, en")],
)
def test_the_letter_begins_in_the_language_of_the_schools_network(
    ctx: Context, registry: Registry, network: str | None, languages: str
) -> None:
    made = registry.make_student(organisation_id=registry.make_organisation(network=network))
    registry.make_guardian(made, email=AUNT)
    claim(ctx, made)
    assert [letter.language for letter in written(ctx)] == [languages]


# « Ce n’est pas moi »


@pytest.mark.requirement("CHD-11")
def test_a_reference_suspends_the_link_at_once_and_says_so(ctx: Context, registry: Registry, pupil: Pupil) -> None:
    claim(ctx, pupil)
    opened = dispute(ctx, pupil)
    assert status(ctx) == ["suspended"]
    [suspended] = told(ctx, "link-suspended")
    assert (suspended.data["account_id"], suspended.data["reason"]) == (ACCOUNT, "disputed")
    assert (opened["status"], opened["is_by_pin"], opened["disputing_guardian_source_ids"]) == ("open", False, [])
    with ctx.db.read() as session:
        source_id = session.scalars(select(Guardian.source_id).where(Guardian.email_key == PARENT)).one()
        entry = session.execute(select(JournalEntry.role, JournalEntry.action).order_by(JournalEntry.id.desc())).first()
    assert opened["linked_guardian_source_ids"] == [source_id]
    assert tuple(entry) == ("school", "link_disputed")


@pytest.mark.requirement("CHD-11")
def test_a_reference_said_twice_is_one_dispute(ctx: Context, pupil: Pupil) -> None:
    claim(ctx, pupil)
    assert dispute(ctx, pupil) == dispute(ctx, pupil, reference=f" {reference(ctx)[:5].lower()}-{reference(ctx)[5:]} ")
    assert len(told(ctx, "link-suspended")) == 1


@pytest.mark.requirement("CHD-11")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_a_reference_said_by_many_at_one_moment_is_one_dispute(ctx: Context, pupil: Pupil, round_number: int) -> None:
    claim(ctx, pupil)
    with ThreadPoolExecutor(8) as threads:
        opened = {done.result()["id"] for done in [threads.submit(dispute, ctx, pupil) for _ in range(8)]}
    assert (len(opened), len(told(ctx, "link-suspended"))) == (1, 1)


@pytest.mark.requirement("CHD-11")
def test_letting_go_and_claiming_again_does_not_escape_the_reference(ctx: Context, pupil: Pupil) -> None:
    claim(ctx, pupil)
    let_go(ctx, pupil)
    with pytest.raises(ReferenceUnknown):
        dispute(ctx, pupil)
    claim(ctx, pupil)
    assert mailed(ctx) == [AUNT]
    dispute(ctx, pupil)
    assert status(ctx) == ["suspended"]


@pytest.mark.requirement("CHD-11", "CHD-13")
def test_a_reference_of_another_organisation_or_of_long_ago_means_nothing(
    ctx: Context, registry: Registry, pupil: Pupil, clock: FakeClock
) -> None:
    claim(ctx, pupil)
    registry.make_organisation(code="999000")
    for said in ({"organisation_code": "999000"}, {"reference": spoken_references.new()}, {"reference": ""}):
        with pytest.raises(ReferenceUnknown):
            dispute(ctx, pupil, **said)
    clock.advance(ctx.settings.dispute_window)
    with pytest.raises(ReferenceUnknown):
        dispute(ctx, pupil)
    assert status(ctx) == ["active"]


def test_sweep_forgets_references_that_mean_nothing_any_more(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    claim(ctx, pupil)
    clock.advance(ctx.settings.dispute_window)
    assert sweeping.sweep(ctx)["announcements"] == 0
    clock.advance(timedelta(seconds=1))
    assert sweeping.sweep(ctx)["announcements"] == 1


# The school's door


@pytest.fixture
def system(ctx: Context, pupil: Pupil, make_school_system: Callable[..., SchoolSystem]) -> Callable[..., SchoolSystem]:
    """The system of the child's organisation, or of another one, with these scopes."""

    def make(*scopes: str, code: str | None = None) -> SchoolSystem:
        return make_school_system(code or code_of(ctx, pupil), *scopes)

    return make


@pytest.mark.requirement("CHD-11")
def test_a_school_opens_lists_and_decides(ctx: Context, pupil: Pupil, system: Callable[..., SchoolSystem]) -> None:
    claim(ctx, pupil)
    school = system("claims.read", "claims.write")
    opened = school.post("/disputes", {"reference": reference(ctx).lower()})
    assert opened.status_code == 201
    listed = school.get("/disputes")
    assert (listed.json, listed.headers["X-Pagination"] != "") == ([opened.json], True)
    assert set(opened.json) == set(DisputeOut().fields)
    decided = school.post(f"/disputes/{opened.json['id']}/decision", {"decision": "uphold"})
    assert (decided.status_code, status(ctx)) == (204, [])
    [settled] = school.get("/disputes?status=upheld").json
    assert (settled["status"], settled["linked_guardian_source_ids"], school.get("/disputes").json) == (
        "upheld",
        [],
        [],
    )
    again = school.post(f"/disputes/{opened.json['id']}/decision", {"decision": "lift"})
    assert (again.status_code, again.json["code"]) == (404, "dispute_unknown")


@pytest.mark.requirement("CHD-11")
def test_a_school_hears_who_disputes_and_lifts_it(
    ctx: Context, pupil: Pupil, clock: FakeClock, system: Callable[..., SchoolSystem]
) -> None:
    claim(ctx, pupil)
    clock.advance(timedelta(hours=1))
    claim(ctx, pupil, account_id=AUNTS_ACCOUNT, email=AUNT)
    with ctx.db.read() as session:
        link_id = session.scalars(select(Link.id).where(Link.account_id == AUNTS_ACCOUNT)).one()
        of_parent, of_aunt = session.scalars(select(Guardian.source_id).order_by(Guardian.source_id)).all()
    disputes.dispute_link(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id, link_id=link_id)
    school = system("claims.read", "claims.write")
    [listed] = school.get("/disputes").json
    assert listed["linked_guardian_source_ids"] == [of_aunt]
    assert listed["disputing_guardian_source_ids"] == [of_parent]
    assert school.post(f"/disputes/{listed['id']}/decision", {"decision": "lift"}).status_code == 204
    assert status(ctx, AUNTS_ACCOUNT, AUNT) == ["active"]


@pytest.mark.requirement("CHD-13")
def test_a_school_sees_and_decides_for_its_own_students_alone(
    ctx: Context, registry: Registry, pupil: Pupil, system: Callable[..., SchoolSystem]
) -> None:
    claim(ctx, pupil)
    registry.make_organisation(code="999000")
    other = system("claims.read", "claims.write", code="999000")
    refused = other.post("/disputes", {"reference": reference(ctx)})
    assert (refused.status_code, refused.json["code"]) == (404, "reference_unknown")
    dispute_id = dispute(ctx, pupil)["id"]
    assert other.get("/disputes").json == []
    decided = other.post(f"/disputes/{dispute_id}/decision", {"decision": "lift"})
    assert (decided.status_code, decided.json["code"]) == (404, "dispute_unknown")
    assert status(ctx) == ["suspended"]


@pytest.mark.parametrize(
    ("method", "path", "body", "scope"),
    [
        ("GET", "/disputes", None, "claims.write"),
        ("POST", "/disputes", {"reference": "X"}, "claims.read"),
        ("POST", "/disputes/x/decision", {"decision": "lift"}, "claims.read"),
    ],
)
def test_a_school_needs_the_scope(
    system: Callable[..., SchoolSystem], method: str, path: str, body: Any, scope: str
) -> None:
    refused = system(scope).call(method, path, json=body)
    assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("body", [{}, {"decision": "maybe"}, {"decision": "lift", "why": "x"}, {"decision": None}])
def test_a_decision_has_two_words(
    ctx: Context, pupil: Pupil, system: Callable[..., SchoolSystem], body: dict[str, Any]
) -> None:
    claim(ctx, pupil)
    opened = dispute(ctx, pupil)
    assert system("claims.write").post(f"/disputes/{opened['id']}/decision", body).status_code == 422
    with pytest.raises(DisputeUnknown):
        disputes.settle_dispute(ctx, dispute_id=ids.new(), is_upheld=True)


def test_disputes_are_listed_by_pages(
    ctx: Context, registry: Registry, pupil: Pupil, clock: FakeClock, system: Callable[..., SchoolSystem]
) -> None:
    opened = []
    for _ in range(3):
        made = registry.make_student(organisation_id=pupil.organisation_id)
        registry.make_guardian(made, email=AUNT)
        claim(ctx, made)
        clock.advance(timedelta(minutes=1))
        opened.append(dispute(ctx, made)["id"])
    answer = system("claims.read").get("/disputes?page=2&page_size=2")
    assert [each["id"] for each in answer.json] == opened[2:]
    assert '"total": 3' in answer.headers["X-Pagination"]


def test_an_operator_opens_a_dispute_for_somebody_who_calls(
    sqlite_databases: SqliteDatabases, clock: FakeClock, tmp_path: Path
) -> None:
    # The command opens a database of its own, which a program closes by ending.
    settings = make_settings(sqlite_databases.create(migrate))
    ctx = Context.open(settings, clock=clock)
    made = Registry(ctx).make_student()
    Registry(ctx).make_guardian(made, email=AUNT, is_principal=True)
    claim(ctx, made)
    told_by, code = reference(ctx), code_of(ctx, made)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(commands, ["disputes", *arguments], env=environment(settings, tmp_path))

    with ctx.db.transaction() as session:
        # The command's clock is the real one.
        session.execute(update(Announcement).values(at=clock.now() + timedelta(days=3650)))
    opened = run("open", told_by, "--organisation", code)
    assert (opened.exit_code, "is suspended" in opened.output) == (0, True)
    assert run("open", "AAAAAAAAAA", "--organisation", code).exit_code == 1
    assert status(ctx) == ["suspended"]
    ctx.db.close()
