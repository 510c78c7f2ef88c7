"""Refused claims that wait: how many, for how long, for whom, and what ends the wait."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from services.enrollment import consumers, events, queries
from services.enrollment.context import Context
from services.enrollment.models import (
    METADATA,
    Dispute,
    Guardian,
    Guardianship,
    JournalEntry,
    Link,
    Organisation,
    RejectedClaim,
    Student,
)
from services.enrollment.operations import children, claims, disputes, subscriptions, sweeping
from services.enrollment.rules import student_keys
from shared import ids, outbox
from shared.messages import Event
from shared.problems import Problem
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry

DAY = timedelta(days=1)
ROUNDS = 3
TYPO = "Côté-Gagnom"


def refused(ctx: Context, pupil: Pupil, **overrides: Any) -> Problem:
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    with pytest.raises(Problem) as refusal:
        claims.claim_child(ctx, **{**asker, **pupil.claim, **overrides})
    return refusal.value


def wait(ctx: Context, pupil: Pupil, **overrides: Any) -> str:
    """Have a claim refused and return its reference."""
    reference: str = refused(ctx, pupil, **overrides).facts["support_reference"]
    return reference


def cases(ctx: Context) -> list[RejectedClaim]:
    with ctx.db.read() as session:
        return list(session.scalars(select(RejectedClaim).order_by(RejectedClaim.at, RejectedClaim.reference)))


def outcomes(ctx: Context) -> list[str | None]:
    return [each.outcome for each in cases(ctx)]


def holders(ctx: Context) -> Counter[str]:
    with ctx.db.read() as session:
        return Counter(session.scalars(select(Link.account_id).where(Link.ended_at.is_(None))))


def correct(ctx: Context, pupil: Pupil, **changes: Any) -> None:
    """Change a student's file as an import would, in one transaction with the registry's version."""
    with ctx.db.transaction() as session:
        student = session.scalars(select(Student).where(Student.id == pupil.id)).one()
        names = {
            "family_name": student.family_name,
            "given_name": student.given_name,
            "birth_on": student.birth_on,
            **{name: value for name, value in changes.items() if name in ("family_name", "given_name", "birth_on")},
        }
        identity = student_keys.child_identity(pupil.organisation_id, **names)
        values = {**changes, "identity_digest": ctx.digester.digest(*identity)}
        session.execute(update(Student).where(Student.id == pupil.id).values(**values))
        count_up(session, pupil)


def count_up(session: Any, pupil: Pupil) -> None:
    registry = update(Organisation).where(Organisation.id == pupil.organisation_id)
    session.execute(registry.values(registry_version=Organisation.registry_version + 1))


@pytest.fixture
def pupil(registry: Registry) -> Pupil:
    """A child of the parent of the tests, in whose file the school has made a typo; the claim is right."""
    made = registry.make_student()
    correct(registry.ctx, made, family_name=TYPO)
    return made


# Waiting


@pytest.mark.requirement("CHD-2", "EN-15")
def test_a_repetition_renews_the_case_under_its_reference(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    first = wait(ctx, pupil)
    clock.advance(timedelta(hours=2))
    # Another number for the same child is the same case; another child is another.
    assert wait(ctx, pupil, identifier="7654321") == first
    other = wait(ctx, pupil, first_name="Luc")
    assert {each.reference: each.at for each in cases(ctx)} == {first: clock.now(), other: clock.now()}
    assert {each.waits_until for each in cases(ctx)} == {clock.now() + 60 * DAY}


def test_the_last_number_typed_is_the_one_that_waits(ctx: Context, pupil: Pupil) -> None:
    wait(ctx, pupil, identifier="7654321")
    wait(ctx, pupil)
    correct(ctx, pupil, family_name="Côté-Gagnon")
    assert claims.judge_due(ctx).linked == 1


@pytest.mark.parametrize("is_at_the_door", [True, False])
def test_the_oldest_cases_of_an_account_make_room(
    make_context: Callable[..., Context], registry: Registry, clock: FakeClock, is_at_the_door: bool
) -> None:
    ctx = make_context(waiting_claims_per_account=3)
    pupil = registry.make_student()
    email = {True: "ailleurs@exemple.ca", False: PARENT}[is_at_the_door]
    references = []
    for name in ("A", "B", "C", "D", "E"):
        references.append(wait(ctx, pupil, last_name=name, email=email))
        clock.advance(timedelta(hours=1))
    wait(ctx, pupil, last_name="Z", email=email, account_id=ids.new())
    ended = {each.reference: each.outcome for each in cases(ctx)}
    assert [ended[reference] for reference in references] == ["withdrawn", "withdrawn", None, None, None]
    # A new wait for what made room is a new one, with its own reference.
    assert wait(ctx, pupil, last_name="A", email=email) not in references


@pytest.mark.requirement("EN-15", "AUD-5")
def test_nothing_that_was_typed_stands_readable_in_the_database(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student(guardian=None)
    typed = {"last_name": "Archambault-Canari", "first_name": "Maximilienne", "identifier": "TREZ71531101"}
    wait(ctx, pupil, **typed, birth_on=date(2013, 7, 29), email="canari@exemple.ca")
    canaries = ["canari", "maximilienne", "trez71531101", "2013-07-29", "archambault"]
    with ctx.db.read() as session:
        stored = [str(list(session.execute(select(table)))).lower() for table in METADATA.sorted_tables]
    assert [word for word in canaries for text in stored if word in text] == []


@pytest.mark.requirement("CHD-2")
def test_the_door_takes_the_same_work_whatever_was_typed(ctx: Context, registry: Registry) -> None:
    from tests.enrollment.test_secrecy import statements

    pupil = registry.make_student()
    works = []
    typed: list[dict[str, Any]] = [{}, {"identifier": "9999999"}, {"last_name": "X"}, {"birth_on": date(2013, 1, 1)}]
    for overrides in typed:
        with statements(ctx) as seen:
            refused(ctx, pupil, email="ailleurs@exemple.ca", account_id=ids.new(), **overrides)
        works.append(tuple(seen))
    assert len(set(works)) == 1


# What ends the wait


def test_a_right_claim_settles_what_waited_for_the_same_child(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    sibling = registry.make_student(organisation_id=pupil.organisation_id, given_name="Luc")
    wait(ctx, pupil, identifier="7654321")
    wait(ctx, pupil, last_name="Roy")
    wait(ctx, sibling, last_name="Roy")
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    assert claims.claim_child(ctx, **asker, **pupil.claim).is_new
    # By its names, and by its number; the sibling's waits on.
    assert sorted(each.outcome or "" for each in cases(ctx)) == ["", "claimed", "claimed"]
    assert [each.sealed is None for each in cases(ctx)] == [each.outcome is not None for each in cases(ctx)]


@pytest.mark.requirement("ACC-12", "PRV-5")
@pytest.mark.parametrize("type_", [consumers.ACCOUNT_DELETED, consumers.EMAIL_CHANGED])
def test_a_gone_account_or_mailbox_waits_no_more(ctx: Context, pupil: Pupil, type_: str) -> None:
    other = ids.new()
    wait(ctx, pupil)
    wait(ctx, pupil, account_id=other)
    about = {"topic": consumers.TOPICS[0], "key": f"account:{ACCOUNT}", "data": {"account_id": ACCOUNT}}
    heard = Event(id=ids.new(), type=type_, source="/services/identity", **about)
    consumers.handlers(ctx)[type_](heard)
    correct(ctx, pupil, family_name="Côté-Gagnon")
    assert claims.judge_due(ctx).linked == 1
    assert holders(ctx) == {other: 1}
    assert sorted(outcomes(ctx)) == ["linked", "withdrawn"]


def test_a_new_mailbox_told_twice_leaves_alone_what_was_claimed_by_it_since(ctx: Context, pupil: Pupil) -> None:
    about = {"topic": consumers.TOPICS[0], "key": f"account:{ACCOUNT}", "data": {"account_id": ACCOUNT}}
    heard = Event(id=ids.new(), type=consumers.EMAIL_CHANGED, source="/services/identity", **about)
    consumers.handlers(ctx)[heard.type](heard)
    wait(ctx, pupil)
    consumers.handlers(ctx)[heard.type](heard)
    assert outcomes(ctx) == [None]


def test_a_case_expires(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    wait(ctx, pupil)
    clock.advance(60 * DAY - timedelta(seconds=1))
    assert sweeping.sweep(ctx)["claims_expired"] == 0
    clock.advance(timedelta(seconds=1))
    correct(ctx, pupil, family_name="Côté-Gagnon")
    # Not even before the sweep comes by; and nobody asks for it every second until then.
    assert claims.judge_due(ctx).linked == 0
    with ctx.db.look() as connection:
        assert queries.list_organisations_with_due_cases(connection, now=clock.now()) == []
    assert sweeping.sweep(ctx)["claims_expired"] == 1
    assert (outcomes(ctx), cases(ctx)[0].sealed) == (["expired"], None)
    assert claims.judge_due(ctx) == claims.Healed()
    # Its reference is found for as long as any other's.
    clock.advance(31 * DAY)
    assert sweeping.sweep(ctx)["rejected_claims"] == 1


def test_a_case_that_waits_for_longer_than_references_are_kept_stays(
    make_context: Callable[..., Context], registry: Registry, clock: FakeClock
) -> None:
    ctx = make_context(claims_wait=100 * DAY)
    wait(ctx, registry.make_student(), last_name="X")
    clock.advance(95 * DAY)
    assert sweeping.sweep(ctx)["rejected_claims"] == 0


def test_a_case_whose_key_is_gone_ends(ctx: Context, make_context: Callable[..., Context], pupil: Pupil) -> None:
    wait(ctx, pupil)
    forgetful = make_context(seal_keys=("another-seal-key-of-the-tests-0123456",))
    correct(ctx, pupil, family_name="Côté-Gagnon")
    assert claims.judge_due(forgetful) == claims.Healed(judged=1, linked=0)
    assert (outcomes(ctx), claims.judge_due(ctx)) == (["expired"], claims.Healed())


def test_a_case_is_sealed_for_its_own_row(ctx: Context, pupil: Pupil) -> None:
    other = ids.new()
    wait(ctx, pupil)
    wait(ctx, pupil, account_id=other, email="ailleurs@exemple.ca")
    [own] = [each for each in cases(ctx) if each.account_id == ACCOUNT]
    with ctx.db.transaction() as session:
        session.execute(update(RejectedClaim).where(RejectedClaim.account_id == other).values(sealed=own.sealed))
    correct(ctx, pupil, family_name="Côté-Gagnon")
    assert claims.judge_due(ctx).linked == 1
    assert holders(ctx) == {ACCOUNT: 1}


def test_a_child_that_was_let_go_of_does_not_come_back(ctx: Context, registry: Registry) -> None:
    pupil = registry.make_student()
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    claims.claim_child(ctx, **asker, **pupil.claim)
    wait(ctx, pupil, first_name="Eloise")
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    correct(ctx, pupil, given_name="Eloise")
    claims.judge_due(ctx)
    assert (holders(ctx), outcomes(ctx)) == ({}, ["withdrawn"])


# What is needed to heal is what a claim needs


@pytest.mark.requirement("CHD-11", "CHD-12")
def test_a_dispute_is_stronger_than_a_correction(ctx: Context, pupil: Pupil, clock: FakeClock) -> None:
    correct(ctx, pupil, family_name="Côté-Gagnon")
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    claims.claim_child(ctx, **asker, **pupil.claim)
    with ctx.db.transaction() as session:
        link_id = session.scalars(select(Link.id)).one()
        about = {"student_id": pupil.id, "organisation_id": pupil.organisation_id, "account_id": ACCOUNT}
        dispute = {"id": ids.new(), "link_id": link_id, "email_key": PARENT, "disputed_by": ids.new(), **about}
        session.execute(insert(Dispute), {**dispute, "at": clock.now()})
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    wait(ctx, pupil)
    correct(ctx, pupil, grade="06")
    claims.judge_due(ctx)
    assert (cases(ctx)[0].differing, holders(ctx)) == (["disputed"], {})
    disputes.settle_dispute(ctx, dispute_id=dispute["id"], is_upheld=True)
    correct(ctx, pupil, grade="05")
    claims.judge_due(ctx)
    # The school has sent this account away: no correction brings it back by itself.
    assert (cases(ctx)[0].differing, holders(ctx)) == (["disputed"], {})


@pytest.mark.requirement("CHD-15")
def test_an_account_without_room_is_linked_when_it_has_made_some(
    make_context: Callable[..., Context], registry: Registry, clock: FakeClock
) -> None:
    ctx = make_context(most_children=1)
    first, second = registry.make_student(), registry.make_student(given_name="Luc")
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    claims.claim_child(ctx, **asker, **first.claim)
    wait(ctx, second, last_name="Roy")
    correct(ctx, second, family_name="Roy")
    assert claims.judge_due(ctx) == claims.Healed(judged=1, linked=0)
    assert cases(ctx)[0].differing == ["children"]
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=first.id)
    assert claims.judge_due(ctx) == claims.Healed()
    clock.advance(DAY)
    assert sweeping.sweep(ctx)["claims_to_judge"] == 1
    assert claims.judge_due(ctx).linked == 1


@pytest.mark.requirement("EN-24")
def test_nobody_is_linked_at_an_organisation_that_takes_no_part(ctx: Context, pupil: Pupil) -> None:
    with ctx.db.read() as session:
        code = session.scalars(select(Organisation.code).where(Organisation.id == pupil.organisation_id)).one()
    wait(ctx, pupil)
    subscriptions.unsubscribe(ctx, organisation_code=code)
    correct(ctx, pupil, family_name="Côté-Gagnon")
    assert claims.judge_due(ctx) == claims.Healed()
    assert claims.judge_again(ctx, organisation_code=code) == claims.Healed(judged=1, linked=0)
    subscriptions.subscribe(ctx, organisation_code=code)
    assert claims.judge_again(ctx, organisation_code=code).linked == 1


@pytest.mark.requirement("CHD-12")
def test_a_guardianship_that_begins_by_its_date_links_on_that_day(
    ctx: Context, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student(guardian=None)
    registry.make_guardian(pupil, starts_on=(clock.now() + 3 * DAY).date())
    assert refused(ctx, pupil).code() == "claim_mismatch"
    linked = []
    for _ in range(5):
        sweeping.sweep(ctx)
        linked.append(claims.judge_due(ctx).linked)
        clock.advance(DAY)
    assert linked == [0, 0, 0, 1, 0]


@pytest.mark.requirement("CHD-4", "CHD-5")
def test_healing_costs_no_attempt(ctx: Context, pupil: Pupil) -> None:
    budgets = METADATA.tables["budgets"]
    wait(ctx, pupil)
    with ctx.db.read() as session:
        before = sorted(map(tuple, session.execute(select(budgets.c.name, budgets.c.subject, budgets.c.state))))
    for name in ("X", "Y", "Côté-Gagnon"):
        correct(ctx, pupil, family_name=name)
        claims.judge_due(ctx)
    with ctx.db.read() as session:
        after = sorted(map(tuple, session.execute(select(budgets.c.name, budgets.c.subject, budgets.c.state))))
    assert (holders(ctx), after) == ({ACCOUNT: 1}, before)


@pytest.mark.requirement("CHD-14")
def test_a_wrong_pin_is_not_kept_and_a_healed_claim_needs_none(ctx: Context, pupil: Pupil) -> None:
    wait(ctx, pupil, pin="ABCDEFGH")
    assert claims.judge_due(ctx) == claims.Healed()
    correct(ctx, pupil, family_name="Côté-Gagnon")
    assert claims.judge_due(ctx).linked == 1
    with ctx.db.read() as session:
        assert session.scalars(select(Link.pin_id)).one() is None


@pytest.mark.requirement("CHD-14", "CHD-4")
def test_a_made_up_pin_is_no_way_around_the_attempts(ctx: Context, registry: Registry, clock: FakeClock) -> None:
    pupil = registry.make_student()
    assert refused(ctx, pupil, pin="ABCDEFGH").code() == "claim_mismatch"
    for _ in range(3):
        claims.judge_due(ctx)
        clock.advance(DAY)
        sweeping.sweep(ctx)
    # Everything but the PIN is right: without it the claim is granted, with it nothing is before the file has changed.
    assert (holders(ctx), cases(ctx)[0].differing) == ({}, ["pin"])
    correct(ctx, pupil, grade="06")
    assert claims.judge_due(ctx).linked == 1


# An attacker who plants cases (CHD-8)


@pytest.mark.requirement("CHD-8", "CHD-5", "CHD-6")
def test_cases_that_an_attacker_planted_open_nothing_whatever_the_school_corrects(
    make_context: Callable[..., Context], registry: Registry, clock: FakeClock
) -> None:
    most = {"claims_per_address_hour": 1000, "claims_per_range_hour": 1000}
    ctx = make_context(**most)
    organisation_id = registry.make_organisation()
    own = registry.make_student(organisation_id=organisation_id, guardian="attacker@exemple.ca")
    targets = [
        registry.make_student(organisation_id=organisation_id, given_name=f"Enfant{number}", guardian=f"p{number}@x.ca")
        for number in range(3)
    ]
    # One mailbox is on the file of a child of its own, so that its claims are looked at; the others are on none.
    mailboxes = [(ids.new(), email) for email in ("attacker@exemple.ca", "a@x.ca", "b@x.ca") for _ in range(8)]
    for account_id, email in mailboxes:
        for target in targets:
            # Everything of the child, its number too: the mailbox alone is missing.
            wait(ctx, target, account_id=account_id, email=email)
    refusals = {tuple(each.differing) for each in cases(ctx)}
    assert refusals >= {("attempts",), ("email",)}
    # The school corrects whatever it likes: names, numbers, addresses of the true parents, students who leave and come.
    for target in targets:
        for changes in ({"grade": "06"}, {"family_name": "X"}, {"family_name": "Côté-Gagnon"}, {"status": "gone"}):
            correct(ctx, target, **changes)
            claims.judge_due(ctx)
        correct(ctx, target, status="active")
        registry.make_guardian(target, email="grand-parent@exemple.ca")
    clock.advance(DAY)
    sweeping.sweep(ctx)
    claims.judge_due(ctx)
    assert holders(ctx) == {}
    # And were the rule of the e-mail not there, each of them would: put on one file by the school, that one opens.
    registry.make_guardian(targets[0], email="a@x.ca")
    correct(ctx, targets[0], grade="04")
    assert claims.judge_due(ctx).linked == 8
    assert own.id not in {each.student_id for each in cases(ctx)}


# Races


def race(acts: list[Callable[[], Any]]) -> list[Any]:
    def outcome(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Problem as refusal:
            return refusal.code()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(outcome, acts))


def told(ctx: Context) -> list[str]:
    with ctx.db.read() as session:
        return [each.event.type.split(".")[3] for each in outbox.list_unpublished(session, limit=100)]


@pytest.mark.requirement("CHD-15")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_workers_racing_with_the_parents_own_claim_make_one_link(ctx: Context, pupil: Pupil, round_number: int) -> None:
    wait(ctx, pupil)
    correct(ctx, pupil, family_name="Côté-Gagnon")
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    judge, own = partial(claims.judge_due, ctx), partial(claims.claim_child, ctx, **asker, **pupil.claim)
    race([judge, own, judge, own, judge, own, judge])
    assert holders(ctx) == {ACCOUNT: 1}
    assert Counter(told(ctx))["child-linked"] == 1
    assert outcomes(ctx)[0] in ("linked", "claimed")
    with ctx.db.read() as session:
        assert len(session.scalars(select(JournalEntry.id)).all()) == 1


@pytest.mark.requirement("CHD-15")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_workers_never_link_one_child_too_many(
    make_context: Callable[..., Context], registry: Registry, round_number: int
) -> None:
    ctx = make_context(most_children=3, claims_per_account_hour=100, claims_per_account_day=100)
    organisation_id = registry.make_organisation()
    pupils = [
        registry.make_student(organisation_id=organisation_id, given_name=f"Enfant{number}", family_name=TYPO)
        for number in range(6)
    ]
    for pupil in pupils:
        wait(ctx, pupil, last_name="Côté-Gagnon")
    for pupil in pupils:
        correct(ctx, pupil, family_name="Côté-Gagnon")
    asker = {"account_id": ACCOUNT, "email": PARENT, "address": "192.0.2.1"}
    own = [
        partial(claims.claim_child, ctx, **asker, **{**pupil.claim, "last_name": "Côté-Gagnon"}) for pupil in pupils[:2]
    ]
    race([*[partial(claims.judge_due, ctx, page_size=2)] * 4, *own])
    claims.judge_due(ctx)
    assert holders(ctx) == {ACCOUNT: 3}


@pytest.mark.requirement("ACC-12")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_an_account_that_ends_while_its_case_heals_holds_nothing(ctx: Context, pupil: Pupil, round_number: int) -> None:
    wait(ctx, pupil)
    correct(ctx, pupil, family_name="Côté-Gagnon")
    end = partial(children.unlink_children, ctx, account_id=ACCOUNT, cause=ids.new())
    race([partial(claims.judge_due, ctx), end, partial(claims.judge_due, ctx), end])
    assert holders(ctx) == {}
    assert outcomes(ctx)[0] in ("linked", "withdrawn")


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_refusals_at_the_door_are_one_case(ctx: Context, registry: Registry, round_number: int) -> None:
    pupil = registry.make_student()
    asker = {"account_id": ACCOUNT, "email": "ailleurs@exemple.ca", "address": "192.0.2.1"}
    typed = [{**pupil.claim, "last_name": name} for name in ("A", "B")] * 4
    answers = race([partial(claims.claim_child, ctx, **asker, **each) for each in typed])
    assert (Counter(answers), len(cases(ctx))) == ({"email_not_on_file": 8}, 2)


def test_a_registry_version_is_all_that_makes_a_case_due(ctx: Context, pupil: Pupil) -> None:
    wait(ctx, pupil)
    assert claims.judge_due(ctx).judged == 1
    with ctx.db.transaction() as session:
        session.execute(update(Guardian).values(changed_at=ctx.clock.now()))
        session.execute(update(Guardianship).values(is_principal=True))
    assert claims.judge_due(ctx).judged == 0
    with ctx.db.transaction() as session:
        count_up(session, pupil)
    assert claims.judge_due(ctx).judged == 1


@pytest.mark.requirement("CHD-11")
def test_other_guardians_hear_of_a_healed_link_as_of_any_other(ctx: Context, pupil: Pupil, registry: Registry) -> None:
    registry.make_guardian(pupil, email="autre@exemple.ca")
    correct(ctx, pupil, family_name="Côté-Gagnon")
    asker = {"account_id": ids.new(), "email": "autre@exemple.ca", "address": "192.0.2.2"}
    claims.claim_child(ctx, **asker, **pupil.claim)
    correct(ctx, pupil, family_name=TYPO)
    wait(ctx, pupil)
    correct(ctx, pupil, family_name="Côté-Gagnon")
    claims.judge_due(ctx)
    with ctx.db.read() as session:
        joined = [each.event for each in outbox.list_unpublished(session, limit=100)]
    [told_of] = [each for each in joined if each.type == events.GUARDIAN_JOINED.type]
    assert told_of.data["account_id"] == asker["account_id"]
