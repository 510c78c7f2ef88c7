"""Old links that are to be proven again, and the claim that does it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from services.enrollment.__main__ import commands
from services.enrollment.context import Context
from services.enrollment.errors import ClaimMismatch, EmailNotOnFile, OrganisationUnknown
from services.enrollment.models import Dispute, Guardian, JournalEntry, Link, Organisation
from services.enrollment.operations import (
    children,
    claims,
    confirmations,
    disputes,
    guardianships,
    old_links,
    standings,
    sweeping,
)
from services.enrollment.rules.old_links import MissingColumns, NoCsv
from shared import outbox
from shared.messages import Event
from shared.problems import NotFound, ValidationFailed
from tests.support.clock import FakeClock
from tests.support.databases import SqliteDatabases
from tests.support.enrollment import (
    ACCOUNT,
    PARENT,
    Browser,
    Pupil,
    Registry,
    as_json,
    environment,
    make_settings,
    migrate,
)

OTHER_ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9bb"
OTHER = "autre@exemple.ca"
ROUNDS = 3


def claim(ctx: Context, pupil: Pupil, **asker: str) -> claims.Claimed:
    asked = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1", **asker}
    return claims.claim_child(ctx, **asked, **pupil.claim)


@pytest.fixture
def pupil(ctx: Context, registry: Registry, clock: FakeClock) -> Pupil:
    """A child whom the account of the tests proved ten days ago."""
    made = registry.make_student()
    claim(ctx, made)
    clock.advance(timedelta(days=10))
    return made


def codes(ctx: Context) -> list[str]:
    with ctx.db.read() as session:
        return list(session.scalars(select(Organisation.code).order_by(Organisation.code)))


def today(ctx: Context) -> date:
    return (ctx.clock.now() - timedelta(hours=5)).date()


def require(ctx: Context, *, before: date | None = None, organisation_codes: list[str] | None = None) -> int:
    """Have the links of before today proven again, and tell it."""
    confirmations.require_confirmation(
        ctx, organisation_codes=organisation_codes or codes(ctx), before=before or today(ctx)
    )
    return confirmations.tell(ctx)


def told(ctx: Context) -> list[Event]:
    with ctx.db.read() as session:
        return [each.event for each in outbox.list_unpublished(session, limit=1000)]


def kinds(ctx: Context, *, after: int = 2) -> list[str]:
    """Return the kinds of what was told after the claim, which tells two."""
    return [event.type.split(".")[3] for event in told(ctx)][after:]


def link(ctx: Context) -> Any:
    with ctx.db.read() as session:
        return session.scalars(select(Link)).one()


def children_of(ctx: Context, email: str = PARENT) -> list[dict[str, Any]]:
    return children.list_children(ctx, account_id=ACCOUNT, email=email)


def statuses(ctx: Context) -> list[str]:
    return [child["status"] for child in children_of(ctx)]


def take_email_off(ctx: Context, email: str = OTHER) -> None:
    with ctx.db.transaction() as session:
        session.execute(update(Guardian).values(email=email, email_key=email))


# What is seen of it


@pytest.mark.requirement("ID-32", "CHD-16")
def test_an_older_link_opens_nothing_until_its_child_is_claimed_again(ctx: Context, pupil: Pupil) -> None:
    children.open_child(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id)
    require(ctx)
    [child] = children_of(ctx)
    assert (child["status"], child["rights"], child["school"], child["grade"]) == ("to_confirm", [], None, None)
    with pytest.raises(NotFound):
        children.open_child(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id)
    claimed = claim(ctx, pupil)
    assert (claimed.is_new, claimed.child["status"]) == (False, "active")
    assert children.open_child(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id)["id"] == pupil.id


@pytest.mark.requirement("CHD-16")
def test_reading_knows_it_before_anybody_is_told(ctx: Context, pupil: Pupil) -> None:
    confirmations.require_confirmation(ctx, organisation_codes=codes(ctx), before=today(ctx))
    assert link(ctx).suspension is None
    with pytest.raises(NotFound):
        children.get_child(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id)
    # That visit has told it as well.
    assert kinds(ctx) == ["link-suspended", "guardianship-changed"]


@pytest.mark.requirement("CHD-16")
def test_a_child_to_confirm_is_named_only_to_whoever_is_on_its_file(ctx: Context, pupil: Pupil) -> None:
    require(ctx)
    [child] = children_of(ctx)
    assert (child["first_name"], child["last_name"]) == ("Éloïse", "Côté-Gagnon")
    take_email_off(ctx)
    [child] = children_of(ctx)
    assert (child["status"], child["first_name"], child["last_name"]) == ("to_confirm", None, None)
    assert child["organisation"]["id"] == pupil.organisation_id


@pytest.mark.requirement("CHD-16")
def test_a_link_of_the_day_itself_or_of_another_organisation_stays_open(
    ctx: Context, registry: Registry, pupil: Pupil, clock: FakeClock
) -> None:
    [code] = codes(ctx)
    other = registry.make_student()
    claim(ctx, other)
    clock.move_to(datetime(2026, 3, 2, 5, tzinfo=UTC))
    later = registry.make_student(organisation_id=pupil.organisation_id)
    claim(ctx, later)
    assert require(ctx, organisation_codes=[code], before=date(2026, 3, 2)) == 1
    seen = {child["id"]: child["status"] for child in children_of(ctx)}
    assert seen == {pupil.id: "to_confirm", other.id: "active", later.id: "active"}


@pytest.mark.requirement("CHD-16")
def test_a_child_to_confirm_can_be_let_go_of(ctx: Context, pupil: Pupil) -> None:
    require(ctx)
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    assert children_of(ctx) == []
    assert claim(ctx, pupil).is_new


# Telling


@pytest.mark.requirement("CHD-16", "CHD-12")
def test_the_others_are_told_of_accounts_that_do_not_visit(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    assert require(ctx) == 1
    suspended, state = told(ctx)[2:]
    assert (suspended.data["reason"], suspended.data["account_id"]) == ("to_confirm", ACCOUNT)
    assert suspended.data["suspended_at"] == clock.now().isoformat()
    assert (state.key, state.data) == (f"account:{ACCOUNT}/student:{pupil.id}", None)
    assert (link(ctx).suspension, link(ctx).rights) == ("to_confirm", [])


@pytest.mark.requirement("CHD-16")
def test_telling_twice_tells_once(ctx: Context, pupil: Pupil) -> None:
    assert [require(ctx), confirmations.tell(ctx), sweeping.sweep(ctx)["links_told"]] == [1, 0, 0]
    assert statuses(ctx) == ["to_confirm"]
    assert len(kinds(ctx)) == 2


@pytest.mark.requirement("CHD-16")
def test_the_sweep_tells_what_an_interrupted_command_has_left(ctx: Context, pupil: Pupil) -> None:
    confirmations.require_confirmation(ctx, organisation_codes=codes(ctx), before=today(ctx))
    assert sweeping.sweep(ctx)["links_told"] == 1
    assert kinds(ctx) == ["link-suspended", "guardianship-changed"]


@pytest.mark.requirement("CHD-16")
def test_every_page_is_told(ctx: Context, registry: Registry, clock: FakeClock) -> None:
    organisation_id = registry.make_organisation()
    for _ in range(5):
        claim(ctx, registry.make_student(organisation_id=organisation_id))
    clock.advance(timedelta(days=1))
    confirmations.require_confirmation(ctx, organisation_codes=codes(ctx), before=today(ctx))
    seen: list[tuple[int, int]] = []
    assert confirmations.tell(ctx, page_size=2, progress=lambda *step: seen.append(step)) == 5
    assert seen == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert statuses(ctx) == ["to_confirm"] * 5


@pytest.mark.requirement("CHD-16")
def test_a_requirement_that_is_taken_back_opens_what_the_registry_grants(ctx: Context, pupil: Pupil) -> None:
    require(ctx)
    confirmations.require_confirmation(ctx, organisation_codes=codes(ctx), before=None)
    assert confirmations.tell(ctx) == 1
    assert kinds(ctx)[2:] == ["link-restored", "guardianship-changed"]
    assert statuses(ctx) == ["active"]


@pytest.mark.requirement("CHD-16")
def test_the_state_of_a_link_to_confirm_is_never_told_anew(ctx: Context, pupil: Pupil) -> None:
    require(ctx)
    assert guardianships.tell_guardianships(ctx, tells_all=True) == 0


# Proving it again


@pytest.mark.requirement("ID-32", "CHD-16")
def test_a_claim_confirms_the_same_link_and_tells_it(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    before = link(ctx)
    require(ctx)
    claim(ctx, pupil)
    after = link(ctx)
    assert (after.id, after.linked_at, after.confirmed_at) == (before.id, before.linked_at, clock.now())
    assert (after.suspension, after.rights) == (None, before.rights)
    confirmed, restored, state = told(ctx)[4:]
    assert confirmed.type == "ca.vitrail.enrollment.link-confirmed.v1"
    assert (confirmed.data["link_id"], confirmed.data["confirmed_at"]) == (after.id, clock.now().isoformat())
    assert restored.type == "ca.vitrail.enrollment.link-restored.v1"
    assert restored.data["rights"] == state.data["rights"] == after.rights
    with ctx.db.read() as session:
        entries = session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)).all()
    assert entries == ["child_linked", "child_confirmed"]


@pytest.mark.requirement("CHD-16")
def test_a_link_that_is_confirmed_before_the_others_were_told_was_never_closed_to_them(
    ctx: Context, pupil: Pupil
) -> None:
    confirmations.require_confirmation(ctx, organisation_codes=codes(ctx), before=today(ctx))
    claim(ctx, pupil)
    assert confirmations.tell(ctx) == 0
    assert kinds(ctx) == ["link-confirmed"]
    assert statuses(ctx) == ["active"]


@pytest.mark.requirement("CHD-16")
def test_a_wrong_claim_confirms_nothing(ctx: Context, pupil: Pupil) -> None:
    require(ctx)
    with pytest.raises(ClaimMismatch):
        claims.claim_child(
            ctx, account_id=ACCOUNT, email=PARENT, address="192.0.2.1", **{**pupil.claim, "first_name": "Eloise"}
        )
    take_email_off(ctx)
    with pytest.raises(EmailNotOnFile):
        claim(ctx, pupil)
    assert statuses(ctx) == ["to_confirm"]
    assert link(ctx).confirmed_at is None


@pytest.mark.requirement("CHD-16")
def test_a_later_day_wants_a_confirmed_link_proven_once_more(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    require(ctx)
    claim(ctx, pupil)
    clock.advance(timedelta(days=400))
    assert statuses(ctx) == ["active"]
    assert require(ctx) == 1
    claim(ctx, pupil)
    assert statuses(ctx) == ["active"]
    assert link(ctx).confirmed_at == clock.now()


@pytest.mark.requirement("CHD-15", "CHD-16")
def test_an_account_with_every_child_it_may_hold_still_confirms_them(
    make_context: Callable[..., Context], clock: FakeClock
) -> None:
    ctx = make_context(most_children=1)
    made = Registry(ctx).make_student()
    claim(ctx, made)
    clock.advance(timedelta(days=1))
    require(ctx)
    assert claim(ctx, made).child["status"] == "active"


@pytest.mark.requirement("CHD-16")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_claims_confirm_it_once_while_it_is_told(ctx: Context, pupil: Pupil, round_number: int) -> None:
    confirmations.require_confirmation(ctx, organisation_codes=codes(ctx), before=today(ctx))
    acts: list[Callable[[], object]] = [lambda: claim(ctx, pupil)] * 6 + [lambda: confirmations.tell(ctx)] * 2
    with ThreadPoolExecutor(len(acts)) as threads:
        for done in [threads.submit(act) for act in acts]:
            done.result()
    said = kinds(ctx)
    assert said.count("link-confirmed") == 1
    # Told closed and opened again, or neither; the last word is what is true.
    assert said.count("link-suspended") == said.count("link-restored") <= 1
    assert (link(ctx).suspension, statuses(ctx)) == (None, ["active"])


# With other reasons


@pytest.mark.requirement("CHD-12", "CHD-16")
def test_a_registry_change_opens_no_link_that_is_to_be_confirmed(ctx: Context, pupil: Pupil) -> None:
    take_email_off(ctx)
    assert statuses(ctx) == ["suspended"]
    require(ctx)
    take_email_off(ctx, PARENT)
    with ctx.db.transaction() as session:
        assert standings.settle(session, link_ids=[link(ctx).id], at=ctx.clock.now()) == 0
    assert statuses(ctx) == ["to_confirm"]
    assert "link-restored" not in kinds(ctx)
    claim(ctx, pupil)
    assert kinds(ctx)[-3:] == ["link-confirmed", "link-restored", "guardianship-changed"]


@pytest.mark.requirement("CHD-11", "CHD-16")
def test_a_disputed_link_is_for_the_school_to_decide_first(ctx: Context, registry: Registry, pupil: Pupil) -> None:
    registry.make_guardian(pupil, email=OTHER)
    claim(ctx, pupil, account_id=OTHER_ACCOUNT, email=OTHER)
    with ctx.db.read() as session:
        newer = session.scalars(select(Link.id).where(Link.account_id == OTHER_ACCOUNT)).one()
    disputes.dispute_link(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id, link_id=newer)
    ctx.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    require(ctx)
    [seen] = children.list_children(ctx, account_id=OTHER_ACCOUNT, email=OTHER)
    assert seen["status"] == "suspended"
    with pytest.raises(ClaimMismatch):
        claim(ctx, pupil, account_id=OTHER_ACCOUNT, email=OTHER)
    with ctx.db.read() as session:
        dispute_id = session.scalars(select(Dispute.id)).one()
    disputes.settle_dispute(ctx, dispute_id=dispute_id, is_upheld=False)
    [seen] = children.list_children(ctx, account_id=OTHER_ACCOUNT, email=OTHER)
    assert seen["status"] == "to_confirm"
    claim(ctx, pupil, account_id=OTHER_ACCOUNT, email=OTHER)
    [seen] = children.list_children(ctx, account_id=OTHER_ACCOUNT, email=OTHER)
    assert seen["status"] == "active"


@pytest.mark.requirement("CHD-11", "CHD-16")
def test_a_new_guardian_is_not_told_to_an_account_that_has_yet_to_confirm(
    ctx: Context, registry: Registry, pupil: Pupil
) -> None:
    confirmations.require_confirmation(ctx, organisation_codes=codes(ctx), before=today(ctx))
    registry.make_guardian(pupil, email=OTHER)
    claim(ctx, pupil, account_id=OTHER_ACCOUNT, email=OTHER)
    assert "guardian-joined" not in kinds(ctx)
    [other] = disputes.list_other_guardians(ctx, account_id=OTHER_ACCOUNT, email=OTHER, child_id=pupil.id)
    assert (other["status"], other["is_disputable"]) == ("suspended", False)


# The doors


def test_a_day_that_has_not_begun_is_refused(ctx: Context, pupil: Pupil) -> None:
    with pytest.raises(ValidationFailed):
        require(ctx, before=today(ctx) + timedelta(days=1))
    assert statuses(ctx) == ["active"]


def test_an_unknown_organisation_changes_none(ctx: Context, pupil: Pupil) -> None:
    with pytest.raises(OrganisationUnknown):
        require(ctx, organisation_codes=[*codes(ctx), "000000"])
    assert statuses(ctx) == ["active"]


@pytest.mark.requirement("CHD-16", "CHD-13")
def test_over_http_a_child_to_confirm_is_listed_and_nothing_else(ctx: Context, pupil: Pupil, browser: Browser) -> None:
    require(ctx)
    [listed] = browser.get("/children").json
    assert (listed["status"], listed["rights"]) == ("to_confirm", [])
    assert browser.get(f"/children/{pupil.id}").status_code == 404
    confirmed = browser.post("/claims", as_json(pupil))
    assert (confirmed.status_code, confirmed.json["child"]["status"]) == (200, "active")
    assert browser.get(f"/children/{pupil.id}").status_code == 200


@pytest.mark.requirement("ID-32", "CHD-16")
def test_an_operator_requires_it_lists_it_and_takes_it_back(
    sqlite_databases: SqliteDatabases, clock: FakeClock, tmp_path: Path
) -> None:
    # The commands open a database of their own, with the time of day.
    settings = make_settings(sqlite_databases.create(migrate))
    ctx = Context.open(settings, clock=clock)
    claim(ctx, Registry(ctx).make_student())
    [code] = codes(ctx)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(commands, ["links", *arguments], env=environment(settings, tmp_path))

    required = run("require-confirmation", "--organisation", code, "--before", "2026-02-01")
    assert (required.exit_code, required.output.splitlines()[-1]) == (0, "1 links told.")
    assert statuses(ctx) == ["to_confirm"]
    [listed] = run("requirements").output.splitlines()
    assert listed.startswith(f"{code}  before 2026-02-01         1 links to confirm")
    assert run("require-confirmation", "--organisation", "000000", "--before", "2026-02-01").exit_code == 1
    assert run("require-confirmation", "--organisation", code).exit_code == 2
    taken_back = run("require-confirmation", "--organisation", code, "--never")
    assert (taken_back.exit_code, taken_back.output.splitlines()[-1]) == (0, "1 links told.")
    assert (statuses(ctx), run("requirements").output) == (["active"], "")
    ctx.db.close()


# Links of another system

HEAD = "account_id,organisation_code,student_source_id,linked_on\n"


def old_line(pupil_source_id: str, code: str, *, account_id: str = ACCOUNT, linked_on: str = "2016-11-04") -> str:
    return f"{account_id},{code},{pupil_source_id},{linked_on}\n"


@pytest.fixture
def elsewhere(registry: Registry) -> Pupil:
    """A child whom the account held in another system; its organisation wants all those links proven again."""
    made = registry.make_student(source_id="eleve-7", organisation_id=registry.make_organisation(code="812000"))
    confirmations.require_confirmation(registry.ctx, organisation_codes=["812000"], before=date(2017, 9, 6))
    return made


@pytest.mark.requirement("ID-32", "CHD-16")
def test_a_link_of_another_system_is_inert_until_its_child_is_claimed(ctx: Context, elsewhere: Pupil) -> None:
    report = old_links.import_links(ctx, [HEAD, old_line("eleve-7", "812000")])
    assert (report.taken, report.known, report.rejected) == (1, 0, [])
    assert (statuses(ctx), told(ctx)) == (["to_confirm"], [])
    with pytest.raises(NotFound):
        children.open_child(ctx, account_id=ACCOUNT, email=PARENT, child_id=elsewhere.id)
    claimed = claim(ctx, elsewhere)
    assert (claimed.is_new, claimed.child["status"]) == (False, "active")
    assert link(ctx).linked_at == datetime(2016, 11, 4, 4, tzinfo=UTC)
    assert kinds(ctx, after=0) == ["link-confirmed", "link-restored", "guardianship-changed"]


@pytest.mark.requirement("ID-32")
def test_the_same_file_again_changes_nothing_and_takes_nobody_their_link(ctx: Context, elsewhere: Pupil) -> None:
    lines = [HEAD, old_line("eleve-7", "812000")]
    old_links.import_links(ctx, lines)
    claim(ctx, elsewhere)
    again = old_links.import_links(ctx, lines)
    assert (again.taken, again.known, statuses(ctx)) == (0, 1, ["active"])


@pytest.mark.requirement("ID-32", "CHD-16")
def test_what_would_open_a_file_or_means_nobody_is_rejected(ctx: Context, registry: Registry, elsewhere: Pupil) -> None:
    registry.make_student(source_id="eleve-8", organisation_id=registry.make_organisation(code="813000"))
    lines = [
        old_line("eleve-7", "812000", linked_on="2017-09-06"),
        old_line("eleve-8", "813000"),
        old_line("eleve-7", "813000"),
        old_line("eleve-9", "812000"),
        old_line("eleve-7", "999999"),
        old_line("eleve-7", "812000", account_id="parent@exemple.ca"),
        old_line("eleve-7", "812000", linked_on="04/11/2016"),
    ]
    report = old_links.import_links(ctx, [HEAD, *lines])
    rejected = sorted((each.line, each.column) for each in report.rejected)
    assert rejected == [
        (2, "linked_on"),
        (3, "linked_on"),
        (4, "linked_on"),
        (5, "student_source_id"),
        (6, "organisation_code"),
        (7, "account_id"),
        (8, "linked_on"),
    ]
    assert (report.taken, children_of(ctx)) == (0, [])


def test_a_file_that_does_not_tell_enough_is_refused(ctx: Context) -> None:
    with pytest.raises(MissingColumns):
        old_links.import_links(ctx, ["account_id,linked_on\n"])
    with pytest.raises(NoCsv) as broken:
        old_links.import_links(ctx, [HEAD, '"' + "x" * 140_000])
    assert broken.value.line == 2


@pytest.mark.requirement("ID-32")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_two_imports_at_once_take_each_link_once(
    ctx: Context, registry: Registry, elsewhere: Pupil, round_number: int
) -> None:
    for number in range(20):
        registry.make_student(source_id=f"autre-{number}", organisation_id=elsewhere.organisation_id)
    lines = [HEAD, *(old_line(f"autre-{number}", "812000") for number in range(20))]
    with ThreadPoolExecutor(2) as threads:
        reports = [each.result() for each in [threads.submit(old_links.import_links, ctx, lines) for _ in range(2)]]
    assert (sum(each.taken for each in reports), sum(each.known for each in reports)) == (20, 20)


@pytest.mark.requirement("ID-32")
def test_an_operator_imports_links_and_is_told_of_lines_and_never_of_people(
    sqlite_databases: SqliteDatabases, clock: FakeClock, tmp_path: Path
) -> None:
    settings = make_settings(sqlite_databases.create(migrate))
    ctx = Context.open(settings, clock=clock)
    registry = Registry(ctx)
    registry.make_student(source_id="eleve-7", organisation_id=registry.make_organisation(code="812000"))
    confirmations.require_confirmation(ctx, organisation_codes=["812000"], before=date(2017, 9, 6))
    file = tmp_path / "links.csv"
    file.write_text(HEAD + old_line("eleve-7", "812000") + old_line("eleve-8", "812000"), "utf-8")
    done = CliRunner().invoke(commands, ["links", "import", str(file)], env=environment(settings, tmp_path))
    assert (done.exit_code, done.output.splitlines()[-2:]) == (
        1,
        ["1 links taken over, 0 known already, 1 lines rejected.", "line 3: student_source_id"],
    )
    assert [each for each in (ACCOUNT, "eleve") if each in done.output] == []
    assert statuses(ctx) == ["to_confirm"]
    ctx.db.close()
