"""« Ce n’est pas moi »: telling the guardians who are there, and what a dispute closes (CHD-11)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from services.enrollment.__main__ import commands
from services.enrollment.context import Context
from services.enrollment.errors import ClaimMismatch, DisputeUnknown, LinkNotDisputable
from services.enrollment.models import Dispute, Guardian, JournalEntry, Link, Organisation, RejectedClaim
from services.enrollment.operations import children, claims, disputes, standings, sweeping
from shared import ids, outbox
from shared.messages import Event
from shared.problems import NotFound
from tests.support.clock import FakeClock
from tests.support.databases import SqliteDatabases
from tests.support.enrollment import ACCOUNT, PARENT, Browser, Pupil, Registry, environment, make_settings, migrate

NEWCOMER = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9bb"
NEWCOMERS_EMAIL = "inconnu@exemple.ca"
ROUNDS = 3


def claim(ctx: Context, pupil: Pupil, **asker: str) -> None:
    claims.claim_child(ctx, **{"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1", **asker}, **pupil.claim)


def join(ctx: Context, pupil: Pupil, *, account_id: str = NEWCOMER) -> None:
    claim(ctx, pupil, account_id=account_id, email=NEWCOMERS_EMAIL)


def make_shared(registry: Registry, clock: FakeClock) -> Pupil:
    """Make a child whom two accounts hold; the newcomer came an hour later."""
    made = registry.make_student()
    registry.make_guardian(made, email=NEWCOMERS_EMAIL)
    claim(registry.ctx, made)
    clock.advance(timedelta(hours=1))
    join(registry.ctx, made)
    return made


@pytest.fixture
def pupil(registry: Registry, clock: FakeClock) -> Pupil:
    """A child whom two accounts hold."""
    return make_shared(registry, clock)


def told(ctx: Context, kind: str) -> list[Event]:
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=200)]
    return [event for event in waiting if event.type.split(".")[3] == kind]


def link_of(ctx: Context, account_id: str) -> Link:
    with ctx.db.read() as session:
        return session.scalars(select(Link).where(Link.account_id == account_id).order_by(Link.id.desc())).first()


def dispute(ctx: Context, pupil: Pupil, **overrides: str) -> None:
    asked = {"account_id": ACCOUNT, "email": PARENT, "child_id": pupil.id, "link_id": link_of(ctx, NEWCOMER).id}
    disputes.dispute_link(ctx, **{**asked, **overrides})


def status(ctx: Context, account_id: str = NEWCOMER, email: str = NEWCOMERS_EMAIL) -> list[str]:
    return [child["status"] for child in children.list_children(ctx, account_id=account_id, email=email)]


def open_dispute(ctx: Context) -> str:
    with ctx.db.read() as session:
        return session.scalars(select(Dispute.id).where(Dispute.settled_at.is_(None))).one()


def actions(ctx: Context) -> list[tuple[str, str]]:
    with ctx.db.read() as session:
        rows = session.execute(select(JournalEntry.role, JournalEntry.action).order_by(JournalEntry.id))
        return [(row.role, row.action) for row in rows][2:]


# Telling


@pytest.mark.requirement("CHD-11")
def test_claim_child_tells_each_account_that_held_the_child_already(
    ctx: Context, registry: Registry, pupil: Pupil
) -> None:
    registry.make_guardian(pupil, email="tante@exemple.ca")
    claim(ctx, pupil, account_id=ids.new(), email="tante@exemple.ca")
    first, *later = told(ctx, "guardian-joined")
    assert (first.data["account_id"], first.data["joined_link_id"]) == (ACCOUNT, link_of(ctx, NEWCOMER).id)
    assert {event.data["account_id"] for event in later} == {ACCOUNT, NEWCOMER}
    assert first.key == f"student:{pupil.id}"


@pytest.mark.requirement("CHD-11")
def test_claim_child_tells_nobody_again_or_who_may_not_see_the_child(ctx: Context, pupil: Pupil) -> None:
    join(ctx, pupil)
    assert len(told(ctx, "guardian-joined")) == 1
    with ctx.db.transaction() as session:
        session.execute(update(Guardian).where(Guardian.email_key == PARENT).values(email=None, email_key=None))
    assert status(ctx, ACCOUNT, PARENT) == ["suspended"]
    children.unlink_child(ctx, account_id=NEWCOMER, child_id=pupil.id)
    join(ctx, pupil)
    assert len(told(ctx, "guardian-joined")) == 1


# Disputing


@pytest.mark.requirement("CHD-11")
def test_dispute_link_suspends_it_at_once_and_says_so(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    assert status(ctx) == ["active"]
    dispute(ctx, pupil)
    assert status(ctx) == ["suspended"]
    with pytest.raises(NotFound):
        children.open_child(ctx, account_id=NEWCOMER, email=NEWCOMERS_EMAIL, child_id=pupil.id)
    assert status(ctx, ACCOUNT, PARENT) == ["active"]
    [suspended] = told(ctx, "link-suspended")
    assert (suspended.data["account_id"], suspended.data["reason"]) == (NEWCOMER, "disputed")
    assert suspended.data["suspended_at"] == clock.now().isoformat()
    state = told(ctx, "guardianship-changed")[-1]
    assert (state.key, state.data) == (f"account:{NEWCOMER}/student:{pupil.id}", None)
    assert actions(ctx) == [("guardian", "link_disputed")]


@pytest.mark.requirement("CHD-11")
def test_a_disputed_link_stays_closed_whatever_the_registry_says(ctx: Context, pupil: Pupil) -> None:
    dispute(ctx, pupil)
    with ctx.db.transaction() as session:
        session.execute(update(Link).where(Link.account_id == NEWCOMER).values(email_key="autre"))
    assert status(ctx) == ["suspended"]
    with ctx.db.transaction() as session:
        assert standings.settle(session, link_ids=[link_of(ctx, NEWCOMER).id], at=ctx.clock.now()) == 0
    standings.suspend_until_visit(ctx, account_id=NEWCOMER, cause=ids.new())
    assert status(ctx) == ["suspended"]
    assert told(ctx, "link-restored") == []


@pytest.mark.requirement("CHD-11")
@pytest.mark.parametrize("account_id", [NEWCOMER, "01980a51-9b7a-7f02-a2f4-0b7d55c1e9cc"], ids=["same", "new account"])
def test_a_disputed_link_is_not_made_anew_by_its_account_or_its_mailbox(
    ctx: Context, pupil: Pupil, account_id: str
) -> None:
    dispute(ctx, pupil)
    children.unlink_children(ctx, account_id=NEWCOMER, cause=ids.new())
    with pytest.raises(ClaimMismatch) as refused:
        join(ctx, pupil, account_id=account_id)
    with ctx.db.read() as session:
        [(reference, differing)] = session.execute(select(RejectedClaim.reference, RejectedClaim.differing)).all()
    assert (reference, differing) == (refused.value.facts["support_reference"], ["disputed"])
    assert status(ctx, account_id) == []


@pytest.mark.requirement("CHD-11")
def test_dispute_link_refuses_a_link_that_was_there_first(ctx: Context, pupil: Pupil) -> None:
    with pytest.raises(LinkNotDisputable):
        dispute(ctx, pupil, account_id=NEWCOMER, email=NEWCOMERS_EMAIL, link_id=link_of(ctx, ACCOUNT).id)
    assert status(ctx, ACCOUNT, PARENT) == ["active"]


@pytest.mark.requirement("CHD-11")
def test_dispute_link_refuses_a_link_of_long_ago(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    clock.advance(ctx.settings.dispute_window + timedelta(seconds=1))
    with pytest.raises(LinkNotDisputable):
        dispute(ctx, pupil)
    assert status(ctx) == ["active"]


@pytest.mark.requirement("CHD-11", "CHD-13")
@pytest.mark.parametrize(
    "whose",
    [
        {"account_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9cc", "email": "voisin@exemple.ca"},
        {"email": "plus-au-dossier@exemple.ca"},
        {"link_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9dd"},
        {"link_id": "autre"},
        {"child_id": "01980a51-9b7a-7f02-a2f4-0b7d55c1e9dd"},
    ],
    ids=["a stranger", "a suspended parent", "no such link", "no id", "no such child"],
)
def test_dispute_link_shows_nothing_to_whoever_may_not_see_the_child(
    ctx: Context, pupil: Pupil, whose: dict[str, str]
) -> None:
    with pytest.raises(NotFound):
        dispute(ctx, pupil, **whose)
    assert status(ctx) == ["active"]


@pytest.mark.requirement("CHD-13")
def test_dispute_link_refuses_ones_own_link_and_a_link_to_another_child(
    ctx: Context, registry: Registry, pupil: Pupil
) -> None:
    with pytest.raises(NotFound):
        dispute(ctx, pupil, link_id=link_of(ctx, ACCOUNT).id)
    other = registry.make_student()
    claim(ctx, other)
    with pytest.raises(NotFound):
        dispute(ctx, other)
    assert status(ctx) == ["active"]


@pytest.mark.requirement("CHD-11")
def test_a_disputed_account_cannot_dispute_back(ctx: Context, pupil: Pupil) -> None:
    dispute(ctx, pupil)
    with pytest.raises(NotFound):
        dispute(ctx, pupil, account_id=NEWCOMER, email=NEWCOMERS_EMAIL, link_id=link_of(ctx, ACCOUNT).id)


@pytest.mark.requirement("CHD-11")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_disputes_suspend_it_once(ctx: Context, pupil: Pupil, round_number: int) -> None:
    link_id = link_of(ctx, NEWCOMER).id
    asked = {"account_id": ACCOUNT, "email": PARENT, "child_id": pupil.id, "link_id": link_id}
    with ThreadPoolExecutor(12) as threads:
        for done in [threads.submit(disputes.dispute_link, ctx, **asked) for _ in range(12)]:
            done.result()
    assert len(told(ctx, "link-suspended")) == 1
    assert actions(ctx) == [("guardian", "link_disputed")]


# Deciding


@pytest.mark.requirement("CHD-11")
def test_settle_dispute_gives_back_what_the_registry_grants(ctx: Context, pupil: Pupil) -> None:
    dispute(ctx, pupil)
    disputes.settle_dispute(ctx, dispute_id=open_dispute(ctx), is_upheld=False)
    assert status(ctx) == ["active"]
    [restored] = told(ctx, "link-restored")
    assert restored.data["account_id"] == NEWCOMER
    assert told(ctx, "guardianship-changed")[-1].data["rights"] == restored.data["rights"]
    assert actions(ctx) == [("guardian", "link_disputed"), ("school", "dispute_lifted")]


@pytest.mark.requirement("CHD-11", "CHD-12")
def test_settle_dispute_leaves_closed_what_the_registry_closes(ctx: Context, pupil: Pupil) -> None:
    dispute(ctx, pupil)
    with ctx.db.transaction() as session:
        session.execute(update(Guardian).where(Guardian.email_key == NEWCOMERS_EMAIL).values(email_key="x", email="x"))
    disputes.settle_dispute(ctx, dispute_id=open_dispute(ctx), is_upheld=False)
    assert status(ctx) == ["suspended"]
    assert (link_of(ctx, NEWCOMER).suspension, told(ctx, "link-restored")) == ("registry", [])


@pytest.mark.requirement("CHD-11")
def test_settle_dispute_ends_the_link_and_lets_it_be_proven_anew(ctx: Context, pupil: Pupil) -> None:
    dispute(ctx, pupil)
    disputes.settle_dispute(ctx, dispute_id=open_dispute(ctx), is_upheld=True)
    assert status(ctx) == []
    [ended] = told(ctx, "child-unlinked")
    assert (ended.data["account_id"], ended.data["reason"]) == (NEWCOMER, "disputed")
    assert actions(ctx)[-1] == ("school", "dispute_upheld")
    with ctx.db.read() as session:
        assert session.scalars(select(Dispute.email_key)).all() == [None]
    # The school has taken the address off the file, or has not: from here on the file says who may.
    join(ctx, pupil)
    assert status(ctx) == ["active"]


@pytest.mark.requirement("CHD-11")
def test_settle_dispute_decides_once(ctx: Context, pupil: Pupil) -> None:
    dispute(ctx, pupil)
    dispute_id = open_dispute(ctx)
    disputes.settle_dispute(ctx, dispute_id=dispute_id, is_upheld=False)
    for again in (dispute_id, ids.new()):
        with pytest.raises(DisputeUnknown):
            disputes.settle_dispute(ctx, dispute_id=again, is_upheld=True)
    assert status(ctx) == ["active"]


def test_sweep_keeps_disputes_as_long_as_the_journal(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    dispute(ctx, pupil)
    clock.advance(ctx.settings.journal_kept + timedelta(days=1))
    assert sweeping.sweep(ctx)["disputes"] == 0
    disputes.settle_dispute(ctx, dispute_id=open_dispute(ctx), is_upheld=True)
    clock.advance(ctx.settings.journal_kept + timedelta(days=1))
    assert sweeping.sweep(ctx)["disputes"] == 1


# The doors


@pytest.mark.requirement("CHD-11", "PRV-1")
def test_a_parent_sees_the_other_account_and_disputes_it(
    ctx: Context, pupil: Pupil, make_browser: Callable[..., Browser]
) -> None:
    path = f"/children/{pupil.id}/other-guardians"
    browser, newcomer = make_browser(), make_browser(account_id=NEWCOMER, email=NEWCOMERS_EMAIL)
    [seen] = browser.get(path).json
    [older] = newcomer.get(path).json
    assert set(seen) == {"link_id", "linked_at", "status", "is_disputable"}
    assert (seen["status"], seen["is_disputable"], older["is_disputable"]) == ("active", True, False)
    refused = newcomer.post(f"{path}/{older['link_id']}/dispute", None)
    assert (refused.status_code, refused.json["code"]) == (409, "link_not_disputable")
    assert browser.post(f"{path}/{seen['link_id']}/dispute", None).status_code == 204
    assert browser.post(f"{path}/{seen['link_id']}/dispute", None).status_code == 204
    [seen] = browser.get(path).json
    assert (seen["status"], seen["is_disputable"]) == ("suspended", False)
    assert newcomer.get(path).status_code == 404


@pytest.mark.requirement("S2S-3")
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/{link_id}/dispute")])
def test_nobody_disputes_without_signing_in(
    ctx: Context, pupil: Pupil, make_browser: Callable[..., Browser], method: str, path: str
) -> None:
    below = path.format(link_id=link_of(ctx, NEWCOMER).id)
    nobody = make_browser(account_id=None, email=None)
    assert nobody.call(method, f"/children/{pupil.id}/other-guardians{below}").status_code == 401
    assert status(ctx) == ["active"]


@pytest.mark.requirement("CHD-11")
def test_the_school_lists_disputes_and_decides(
    sqlite_databases: SqliteDatabases, clock: FakeClock, tmp_path: Path
) -> None:
    # The command opens a database of its own, which a program closes by ending.
    settings = make_settings(sqlite_databases.create(migrate))
    ctx = Context.open(settings, clock=clock)
    pupil = make_shared(Registry(ctx), clock)
    dispute(ctx, pupil)
    dispute_id = open_dispute(ctx)
    with ctx.db.read() as session:
        code = session.scalars(select(Organisation.code).where(Organisation.id == pupil.organisation_id)).one()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(commands, ["disputes", *arguments], env=environment(settings, tmp_path))

    listed = run("list", "--organisation", code)
    assert (listed.exit_code, listed.output.count(dispute_id), listed.output.count(" open ")) == (0, 1, 1)
    assert [each for each in (ACCOUNT, NEWCOMER, PARENT, NEWCOMERS_EMAIL, "Éloïse") if each in listed.output] == []
    assert [run("settle", dispute_id, decision).exit_code for decision in ("uphold", "lift")] == [0, 1]
    assert " upheld " in run("list", "--organisation", code).output
    assert status(ctx) == []
    ctx.db.close()
