import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete, func, select, text, update

from services.enrollment.context import Context
from services.enrollment.errors import CampaignClosed, NotPrincipalGuardian
from services.enrollment.models import (
    Campaign,
    CampaignAnswer,
    GivenAnswer,
    Guardian,
    Guardianship,
    JournalEntry,
    Link,
    Student,
)
from services.enrollment.operations import campaigns, children, disputes
from services.enrollment.rules import days
from shared import ids
from shared.problems import NotFound, Problem, ValidationFailed
from tests.enrollment.campaigns.conftest import Plan
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry

ROUNDS = 3
OTHER = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9bb"
OTHER_EMAIL = "autre@exemple.ca"

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")

on_one_kind = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def show(ctx: Context, pupil: Pupil, *, account_id: str = ACCOUNT, email: str = PARENT) -> dict[str, Any]:
    return campaigns.show_re_registration(ctx, account_id=account_id, email=email, child_id=pupil.id)


def answer(
    ctx: Context, pupil: Pupil, word: str = "returning", *, account_id: str = ACCOUNT, email: str = PARENT, **rest: Any
) -> dict[str, Any]:
    return campaigns.answer_campaign(ctx, account_id=account_id, email=email, child_id=pupil.id, answer=word, **rest)


def given_words(ctx: Context) -> list[str]:
    with ctx.db.read() as session:
        return list(session.scalars(select(GivenAnswer.answer).order_by(GivenAnswer.at, GivenAnswer.id)))


def stored(ctx: Context) -> list[tuple[str, str]]:
    with ctx.db.read() as session:
        return [tuple(row) for row in session.execute(select(CampaignAnswer.student_id, CampaignAnswer.answer))]


@pytest.mark.requirement("RR-01", "RR-02")
def test_show_tells_the_open_campaign_and_who_may_answer(ctx: Context, plan: Plan, pupil: Pupil) -> None:
    made = plan.make(message={"fr": "Bonjour.", "en": "Hello."})
    assert show(ctx, pupil) == {
        "campaign": {
            "id": made["id"],
            "school_year": "2026-2027",
            "opens_on": date(2026, 1, 12),
            "closes_on": date(2026, 2, 6),
            "message": {"fr": "Bonjour.", "en": "Hello."},
        },
        "answer": None,
        "may_answer": True,
    }


@pytest.mark.requirement("RR-01", "RR-02")
def test_answer_stands_and_is_told(
    ctx: Context, plan: Plan, pupil: Pupil, told: Callable[[str], list[dict[str, Any]]]
) -> None:
    made = plan.make()
    document = answer(ctx, pupil, "leaving", leaving_to="Gaspé", explanation="Nous déménageons.")
    assert document == show(ctx, pupil)
    assert document["answer"] == {
        "answer": "leaving",
        "leaving_to": "Gaspé",
        "explanation": "Nous déménageons.",
        "answered_at": ctx.clock.now(),
        "is_own": True,
    }
    assert told("re-registration-answered") == [
        {
            "campaign_id": made["id"],
            "child_id": pupil.id,
            "account_id": ACCOUNT,
            "organisation_id": plan.organisation_id,
            "school_year": "2026-2027",
            "answer": "leaving",
            "answered_at": ctx.clock.now().isoformat(),
        }
    ]
    with ctx.db.read() as session:
        actions = session.scalars(select(JournalEntry.action).order_by(JournalEntry.at, JournalEntry.id)).all()
    assert actions == ["child_linked", "re_registration_answered"]


@pytest.mark.requirement("RR-01")
def test_answer_is_amended_until_the_window_closes(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock, told: Callable[[str], list[dict[str, Any]]]
) -> None:
    plan.make()
    answer(ctx, pupil, "returning")
    clock.move_to(datetime(2026, 2, 7, 4, 59, 59, tzinfo=UTC))
    assert answer(ctx, pupil, "leaving")["answer"]["answer"] == "leaving"
    assert (given_words(ctx), stored(ctx)) == (["returning", "leaving"], [(pupil.id, "leaving")])
    clock.move_to(datetime(2026, 2, 7, 5, tzinfo=UTC))
    with pytest.raises(CampaignClosed):
        answer(ctx, pupil, "returning")
    assert stored(ctx) == [(pupil.id, "leaving")]
    assert [each["answer"] for each in told("re-registration-answered")] == ["returning", "leaving"]


@pytest.mark.requirement("RR-01")
def test_the_same_answer_again_changes_nothing(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock, told: Callable[[str], list[dict[str, Any]]]
) -> None:
    plan.make()
    first = answer(ctx, pupil, "leaving", leaving_to="Gaspé")
    clock.advance(timedelta(days=1))
    assert answer(ctx, pupil, "leaving", leaving_to="Gaspé", explanation="") == first
    assert (given_words(ctx), len(told("re-registration-answered"))) == (["leaving"], 1)
    assert answer(ctx, pupil, "leaving", leaving_to="Matane")["answer"]["answered_at"] == clock.now()
    assert (given_words(ctx), len(told("re-registration-answered"))) == (["leaving", "leaving"], 2)


def test_answer_refuses_words_that_contradict_it(ctx: Context, plan: Plan, pupil: Pupil) -> None:
    plan.make()
    with pytest.raises(ValidationFailed) as refused:
        answer(ctx, pupil, "returning", leaving_to="Gaspé")
    assert [error["pointer"] for error in refused.value.errors] == ["#/leaving_to"]
    assert stored(ctx) == []


@pytest.mark.requirement("RR-02")
def test_another_guardian_may_look_but_not_answer(ctx: Context, plan: Plan, pupil: Pupil, registry: Registry) -> None:
    registry.make_guardian(pupil, email=OTHER_EMAIL)
    plan.claim(pupil, email=OTHER_EMAIL, account_id=OTHER)
    plan.make()
    answer(ctx, pupil, "leaving", leaving_to="à une adresse que l’autre ne doit pas lire", explanation="Secret.")
    seen = show(ctx, pupil, account_id=OTHER, email=OTHER_EMAIL)
    assert seen["may_answer"] is False
    assert seen["answer"] == {
        "answer": "leaving",
        "leaving_to": None,
        "explanation": None,
        "answered_at": ctx.clock.now(),
        "is_own": False,
    }
    with pytest.raises(NotPrincipalGuardian):
        answer(ctx, pupil, "returning", account_id=OTHER, email=OTHER_EMAIL)
    assert stored(ctx) == [(pupil.id, "leaving")]


@pytest.mark.requirement("RR-02")
def test_the_guardian_whom_the_file_makes_principal_may_answer(
    ctx: Context, plan: Plan, pupil: Pupil, registry: Registry
) -> None:
    registry.make_guardian(pupil, email=OTHER_EMAIL)
    plan.claim(pupil, email=OTHER_EMAIL, account_id=OTHER)
    plan.make()
    with ctx.db.transaction() as session:
        session.execute(update(Guardianship).where(Guardianship.is_principal).values(is_principal=False))
        other = select(Guardian.id).where(Guardian.email == OTHER_EMAIL).scalar_subquery()
        session.execute(update(Guardianship).where(Guardianship.guardian_id == other).values(is_principal=True))
    with pytest.raises(NotPrincipalGuardian):
        answer(ctx, pupil)
    assert answer(ctx, pupil, account_id=OTHER, email=OTHER_EMAIL)["answer"]["is_own"] is True


@pytest.mark.requirement("RR-02")
def test_a_restriction_of_the_file_takes_the_answer_from_its_principal_guardian(
    ctx: Context, plan: Plan, pupil: Pupil
) -> None:
    plan.make()
    with ctx.db.transaction() as session:
        session.execute(update(Guardianship).values(restrictions=["no_re_register"]))
    assert show(ctx, pupil)["may_answer"] is False
    with pytest.raises(NotPrincipalGuardian):
        answer(ctx, pupil)


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize("call", [show, answer])
def test_whoever_may_not_see_the_child_gets_404(
    ctx: Context, plan: Plan, pupil: Pupil, registry: Registry, call: Callable[..., Any]
) -> None:
    plan.make()
    with pytest.raises(NotFound):
        call(ctx, pupil, account_id=OTHER, email=OTHER_EMAIL)
    with pytest.raises(NotFound):
        call(ctx, pupil, email=OTHER_EMAIL)
    with pytest.raises(NotFound):
        call(ctx, Pupil(id="x", organisation_id="", claim={}))
    # Of another family, at the same organisation.
    neighbor = plan.make_pupil(email=OTHER_EMAIL, account_id=OTHER, given_name="Zoé")
    with pytest.raises(NotFound):
        call(ctx, neighbor)


@pytest.mark.requirement("CHD-13", "CHD-12")
@pytest.mark.parametrize("call", [show, answer])
def test_a_guardian_whose_link_is_suspended_or_ended_gets_404(
    ctx: Context, plan: Plan, pupil: Pupil, call: Callable[..., Any]
) -> None:
    plan.make()
    with ctx.db.transaction() as session:
        session.execute(update(Student).values(status="gone"))
    with pytest.raises(NotFound):
        call(ctx, pupil)
    with ctx.db.transaction() as session:
        session.execute(update(Student).values(status="active"))
    children.unlink_child(ctx, account_id=ACCOUNT, child_id=pupil.id)
    with pytest.raises(NotFound):
        call(ctx, pupil)
    assert stored(ctx) == []


@pytest.mark.requirement("CHD-13", "CHD-11")
def test_a_disputed_guardian_does_not_answer(
    ctx: Context, plan: Plan, pupil: Pupil, registry: Registry, clock: FakeClock
) -> None:
    plan.make()
    registry.make_guardian(pupil, email=OTHER_EMAIL, rights=["view_file", "re_register"])
    clock.advance(timedelta(hours=1))
    plan.claim(pupil, email=OTHER_EMAIL, account_id=OTHER)
    (other,) = disputes.list_other_guardians(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id)
    disputes.dispute_link(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id, link_id=other["link_id"])
    with pytest.raises(NotFound):
        answer(ctx, pupil, account_id=OTHER, email=OTHER_EMAIL)


@pytest.mark.requirement("RR-03")
@pytest.mark.parametrize("call", [show, answer])
def test_outside_the_window_the_refusal_carries_the_dates(
    ctx: Context, plan: Plan, pupil: Pupil, clock: FakeClock, call: Callable[..., Any]
) -> None:
    with pytest.raises(CampaignClosed) as none:
        call(ctx, pupil)
    assert none.value.facts == {"occasion": "none_planned"}
    plan.make(opens_on=date(2026, 2, 2))
    with pytest.raises(CampaignClosed) as upcoming:
        call(ctx, pupil)
    assert upcoming.value.facts == {
        "occasion": "upcoming",
        "school_year": "2026-2027",
        "opens_on": date(2026, 2, 2),
        "closes_on": date(2026, 2, 6),
    }
    clock.move_to(datetime(2026, 3, 1, 12, tzinfo=UTC))
    with pytest.raises(CampaignClosed) as over:
        call(ctx, pupil)
    assert over.value.facts["occasion"] == "over"


@pytest.mark.requirement("RR-03", "RR-01")
def test_a_campaign_is_open_for_the_students_whom_it_concerns(ctx: Context, plan: Plan, registry: Registry) -> None:
    school_id = registry.make_school(organisation_id=plan.organisation_id, source_id="phare")
    here = plan.make_pupil(school_id=school_id, given_name="Ève")
    elsewhere = plan.make_pupil(given_name="Léo")
    older = plan.make_pupil(school_id=school_id, grade="06", given_name="Noé")
    made = plan.make(grades=["05"], schools=["phare"])
    assert answer(ctx, here)["campaign"]["id"] == made["id"]
    for pupil in (elsewhere, older):
        with pytest.raises(CampaignClosed) as refused:
            answer(ctx, pupil)
        assert refused.value.facts == {"occasion": "none_planned"}


def test_another_organisations_campaign_asks_nobody_here(
    ctx: Context, plan: Plan, pupil: Pupil, registry: Registry
) -> None:
    other = Plan(ctx, registry)
    other.make()
    with pytest.raises(CampaignClosed):
        answer(ctx, pupil)


@on_one_kind
@pytest.mark.requirement("RR-01", "RR-03")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.integers(0, 400),
    length=st.integers(0, 60),
    minutes=st.integers(-3 * 1440, 63 * 1440),
    seconds=st.sampled_from([0, 59, -1]),
)
def test_an_answer_is_taken_exactly_when_the_window_holds_the_day(
    ctx: Context, plan: Plan, first: int, length: int, minutes: int, seconds: int
) -> None:
    # Over both changes of the clock; each example has its own window, pupil and moment.
    opens_on = date(2026, 10, 1) + timedelta(days=first)
    closes_on = opens_on + timedelta(days=length)
    moment = days.begins_at(opens_on) + timedelta(minutes=minutes, seconds=seconds)
    now = FakeClock(moment)
    at = Context.open(ctx.settings, db=ctx.db, clock=now)
    with ctx.db.transaction() as session:
        for model in (GivenAnswer, CampaignAnswer, Campaign):
            session.execute(delete(model))
    pupil = plan.make_pupil(account_id=None, birth_on=date(2015, 1, 1))
    account_id = ids.new()
    Plan.claim(_at(plan, at), pupil, email=PARENT, account_id=account_id)
    plan.make(opens_on=opens_on, closes_on=closes_on, school_year=f"{opens_on.year}-{opens_on.year + 1}")
    taken = True
    try:
        answer(at, pupil, account_id=account_id)
    except CampaignClosed:
        taken = False
    is_in_window = days.begins_at(opens_on) <= moment < days.begins_at(closes_on + timedelta(days=1))
    assert taken == is_in_window == (opens_on <= days.today(moment) <= closes_on)
    assert len(stored(ctx)) == int(taken)


def _at(plan: Plan, ctx: Context) -> Plan:
    moved = object.__new__(Plan)
    moved.ctx, moved.registry, moved.organisation_id = ctx, plan.registry, plan.organisation_id
    return moved


def outcome(act: Callable[[], Any]) -> str:
    try:
        return str(act()["answer"]["answer"])
    except Problem as refused:
        return refused.code()


@pytest.mark.requirement("RR-01")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_amendments_leave_one_answer_and_tell_each_change(
    ctx: Context, plan: Plan, pupil: Pupil, told: Callable[[str], list[dict[str, Any]]], round_number: int
) -> None:
    plan.make()
    acts = [partial(answer, ctx, pupil, word) for word in ("returning", "leaving") * 6]
    with ThreadPoolExecutor(len(acts)) as threads:
        outcomes = list(threads.map(outcome, acts))
    assert len(outcomes) == 12
    assert set(outcomes) <= {"returning", "leaving"}
    (standing,) = stored(ctx)
    with ctx.db.read() as session:
        last = session.scalar(
            select(GivenAnswer.answer).join(CampaignAnswer, CampaignAnswer.given_id == GivenAnswer.id)
        )
        changes = session.scalar(select(func.count()).select_from(GivenAnswer))
    events = [each["answer"] for each in told("re-registration-answered")]
    assert standing == (pupil.id, last)
    # Told in the order in which they were written: never the same twice in a row, and the last is what stands.
    assert (events[-1], len(events)) == (last, changes)
    assert all(one != other for one, other in pairwise(events))


@pytest.mark.requirement("RR-01", "RR-03")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_answers_that_race_the_end_are_before_it_or_refused(
    ctx: Context, plan: Plan, told: Callable[[str], list[dict[str, Any]]], round_number: int
) -> None:
    made = plan.make()
    pupils = [plan.make_pupil(account_id=ids.new(), given_name=f"Enfant {number}") for number in range(8)]
    with ctx.db.read() as session:
        holders = dict(session.execute(select(JournalEntry.student_id, JournalEntry.account_id)).all())
    acts: list[Callable[[], Any]] = [partial(answer, ctx, pupil, account_id=holders[pupil.id]) for pupil in pupils]
    with ThreadPoolExecutor(len(acts) + 1) as threads:
        closing = threads.submit(plan.change, made, closes_on=days.today(ctx.clock.now()) - timedelta(days=1))
        outcomes = list(threads.map(outcome, acts))
        closing.result()
    taken = outcomes.count("returning")
    assert taken + outcomes.count("campaign_closed") == len(acts)
    assert taken == len(stored(ctx)) == len(told("re-registration-answered"))
    assert {outcome(act) for act in acts} == {"campaign_closed"}


def wait_for_somebody_to_wait(ctx: Context) -> None:
    """Return when a transaction waits for a row that another one holds; on SQLite writers wait before they begin."""
    paused = threading.Event()
    for _ in range(500 * (not ctx.db.is_sqlite)):
        with ctx.db.read() as session:
            if session.scalar(WAITING):
                return
        paused.wait(0.01)


@pytest.mark.requirement("RR-01", "RR-03")
@pytest.mark.parametrize("is_amendment", [True, False])
def test_an_answer_that_met_an_open_campaign_is_refused_when_it_has_closed_by_the_time_of_the_write(
    ctx: Context, plan: Plan, pupil: Pupil, is_amendment: bool
) -> None:
    made = plan.make()
    [answer(ctx, pupil, "returning") for _ in range(is_amendment)]
    yesterday = days.today(ctx.clock.now()) - timedelta(days=1)
    with ThreadPoolExecutor(1) as threads:
        with ctx.db.transaction() as session:
            session.execute(update(Campaign).where(Campaign.id == made["id"]).values(closes_on=yesterday))
            late = threads.submit(outcome, partial(answer, ctx, pupil, "leaving"))
            wait_for_somebody_to_wait(ctx)
        assert late.result() == "campaign_closed"
    assert given_words(ctx) == ["returning"] * is_amendment


@pytest.mark.requirement("RR-02", "CHD-12")
def test_an_answer_waits_for_whoever_changes_the_file_and_is_judged_by_it(
    ctx: Context, plan: Plan, pupil: Pupil
) -> None:
    plan.make()
    with ThreadPoolExecutor(1) as threads:
        with ctx.db.transaction() as session:
            # As an import does: the links of the students whose guardians change come first.
            session.execute(select(Link.id).with_for_update())
            session.execute(update(Guardianship).values(is_principal=False))
            late = threads.submit(outcome, partial(answer, ctx, pupil))
            wait_for_somebody_to_wait(ctx)
        assert late.result() == "not_principal_guardian"
    assert stored(ctx) == []


@pytest.mark.requirement("RR-03")
def test_the_same_answer_is_refused_too_once_the_campaign_has_closed(ctx: Context, plan: Plan, pupil: Pupil) -> None:
    made = plan.make()
    answer(ctx, pupil, "returning")
    plan.change(made, closes_on=days.today(ctx.clock.now()) - timedelta(days=1))
    assert {outcome(partial(answer, ctx, pupil, word)) for word in ("returning", "leaving")} == {"campaign_closed"}
    assert given_words(ctx) == ["returning"]
