from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from services.enrollment.context import Context
from services.enrollment.errors import CampaignBegun, CampaignOverlaps, OrganisationUnknown
from services.enrollment.models import Campaign
from services.enrollment.operations import campaigns
from shared import ids
from shared.problems import NotFound, Problem, ValidationFailed
from tests.enrollment.campaigns.conftest import Plan
from tests.support.clock import FakeClock
from tests.support.enrollment import Registry

ROUNDS = 3


def pointers(refused: pytest.ExceptionInfo[ValidationFailed]) -> list[str]:
    return [error["pointer"] for error in refused.value.errors]


@pytest.mark.requirement("RR-01")
def test_a_campaign_is_listed_as_it_was_planned(ctx: Context, plan: Plan, registry: Registry) -> None:
    registry.make_school(organisation_id=plan.organisation_id, source_id="phare", code="712001")
    registry.make_school(organisation_id=plan.organisation_id, source_id=None, code="712002")
    made = plan.make(
        grades=["06", "05", "06"],
        schools=["712002", "phare", "712001"],
        message={"fr": "Bonjour.", "en": "Hello."},
        reminder_days=3,
    )
    assert made == {
        "id": made["id"],
        "school_year": "2026-2027",
        "opens_on": date(2026, 1, 12),
        "closes_on": date(2026, 2, 6),
        "state": "open",
        "grades": ["06", "05"],
        # A school is known by one name, whichever it was given.
        "schools": ["712002", "phare"],
        "message": {"fr": "Bonjour.", "en": "Hello."},
        "reminder_days": 3,
        "reminds_on": date(2026, 2, 3),
        "changed_at": ctx.clock.now(),
    }
    later = plan.make(opens_on=date(2026, 3, 2), closes_on=date(2026, 3, 6), school_year="2027-2028")
    assert campaigns.list_campaigns(ctx, organisation_code=plan.code) == [made, later]
    assert later["state"] == "upcoming"


def test_a_campaign_reminds_as_the_settings_say_unless_it_says_otherwise(
    plan: Plan, make_context: Callable[..., Context], registry: Registry
) -> None:
    assert plan.make()["reminder_days"] == 7
    silent = Plan(make_context(campaign_reminder_days=0), registry)
    assert (silent.make()["reminder_days"], silent.make(grades=["x"], **LATER, reminder_days=4)["reminder_days"]) == (
        None,
        4,
    )


LATER = {"opens_on": date(2026, 3, 2), "closes_on": date(2026, 3, 6)}


@pytest.mark.parametrize(
    ("overrides", "at"),
    [
        ({"closes_on": date(2026, 1, 11)}, ["#/closes_on"]),
        ({"opens_on": date(2025, 12, 1), "closes_on": date(2026, 1, 14)}, ["#/closes_on"]),
        # The end of it would be no day of any calendar, and whoever tells of it would fall over it.
        ({"closes_on": date.max}, ["#/closes_on"]),
        ({"closes_on": date(2027, 1, 14)}, ["#/closes_on"]),
        ({"school_year": "2026"}, ["#/school_year"]),
        ({"school_year": "2062-2063"}, ["#/school_year"]),
        ({"schools": ["phare", "nulle-part"]}, ["#/schools/1"]),
        ({"closes_on": date(2026, 1, 11), "school_year": "x"}, ["#/closes_on", "#/school_year"]),
    ],
)
def test_a_campaign_that_cannot_be_is_refused(
    ctx: Context, plan: Plan, registry: Registry, overrides: dict[str, Any], at: list[str]
) -> None:
    registry.make_school(organisation_id=plan.organisation_id, source_id="phare")
    registry.make_school(source_id="nulle-part")
    with pytest.raises(ValidationFailed) as refused:
        plan.make(**overrides)
    assert pointers(refused) == at
    assert campaigns.list_campaigns(ctx, organisation_code=plan.code) == []


@pytest.mark.requirement("RR-01")
def test_a_campaign_may_last_a_year(plan: Plan) -> None:
    planned = plan.make(closes_on=date(2027, 1, 13))
    assert planned["closes_on"] == date(2027, 1, 13)


def test_an_organisation_that_nobody_knows_plans_nothing(ctx: Context, plan: Plan) -> None:
    with pytest.raises(OrganisationUnknown):
        plan.make(organisation_code="000000")
    with pytest.raises(OrganisationUnknown):
        campaigns.list_campaigns(ctx, organisation_code="000000")


@pytest.mark.requirement("RR-01")
@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"opens_on": date(2026, 2, 6), "closes_on": date(2026, 2, 20)},
        {"opens_on": date(2025, 12, 1), "closes_on": date(2026, 1, 16)},
        {"grades": ["05"]},
        # One student has one campaign open, whatever the year.
        {"school_year": "2027-2028"},
    ],
)
def test_two_campaigns_never_ask_one_student_on_one_day(plan: Plan, overrides: dict[str, Any]) -> None:
    first = plan.make()
    with pytest.raises(CampaignOverlaps) as refused:
        plan.make(**overrides)
    assert refused.value.facts == {
        "campaign_id": first["id"],
        "opens_on": date(2026, 1, 12),
        "closes_on": date(2026, 2, 6),
    }


def test_campaigns_of_other_days_other_students_or_other_organisations_stand_beside_it(
    ctx: Context, plan: Plan, registry: Registry
) -> None:
    for school in ("phare", "marée"):
        registry.make_school(organisation_id=plan.organisation_id, source_id=school)
    plan.make(grades=["05"], schools=["phare"])
    plan.make(grades=["06"])
    plan.make(grades=["05"], schools=["marée"])
    plan.make(opens_on=date(2026, 2, 7), closes_on=date(2026, 2, 20))
    Plan(ctx, registry).make()
    assert len(campaigns.list_campaigns(ctx, organisation_code=plan.code)) == 4


def outcome(act: Callable[[], Any]) -> str:
    try:
        act()
    except Problem as refused:
        return refused.code()
    return "done"


@pytest.mark.requirement("RR-01")
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_racing_plans_leave_one_campaign(ctx: Context, plan: Plan, round_number: int) -> None:
    moved = plan.make(**LATER)
    acts = [
        *[partial(plan.make)] * 6,
        *[partial(plan.change, moved, opens_on=date(2026, 2, 1), closes_on=date(2026, 2, 20))] * 2,
    ]
    with ThreadPoolExecutor(len(acts)) as threads:
        outcomes = list(threads.map(outcome, acts))
    made, changed = outcomes[:6].count("done"), outcomes[6:].count("done")
    assert (made, changed) in {(1, 0), (0, 2), (0, 1)}
    assert Counter(outcomes)["done"] + Counter(outcomes)["campaign_overlaps"] == len(acts)


@pytest.mark.requirement("RR-01")
def test_a_campaign_changes_in_all_its_parts_before_it_opens(plan: Plan) -> None:
    made = plan.make(**LATER)
    changed = plan.change(
        made, opens_on=date(2026, 3, 3), school_year="2027-2028", message={"fr": "a", "en": "b"}, reminder_days=None
    )
    assert changed == {
        **made,
        "opens_on": date(2026, 3, 3),
        "school_year": "2027-2028",
        "message": {"fr": "a", "en": "b"},
        "reminder_days": None,
        "reminds_on": None,
    }


@pytest.mark.requirement("RR-01")
def test_a_campaign_that_has_opened_keeps_what_parents_were_told(plan: Plan, clock: FakeClock) -> None:
    made = plan.make(**LATER)
    clock.move_to(datetime(2026, 3, 2, 4, 59, 59, tzinfo=UTC))
    plan.change(made, school_year="2027-2028")
    clock.move_to(datetime(2026, 3, 2, 5, tzinfo=UTC))
    for changes in ({"school_year": "2026-2027"}, {"opens_on": date(2026, 3, 3)}):
        with pytest.raises(CampaignBegun) as refused:
            plan.change(made, **changes)
        assert refused.value.facts == {"opens_on": date(2026, 3, 2)}
    assert plan.change(made, school_year="2027-2028", grades=["05"])["grades"] == ["05"]


@pytest.mark.requirement("RR-01", "RR-03")
def test_a_campaign_is_closed_at_once_or_opened_again(plan: Plan, clock: FakeClock) -> None:
    made = plan.make()
    assert plan.change(made, closes_on=date(2026, 1, 14))["state"] == "over"
    with pytest.raises(ValidationFailed):
        plan.change(made, closes_on=date(2026, 1, 13))
    clock.advance(timedelta(days=30))
    assert plan.change(made, message={"fr": "a", "en": "b"})["state"] == "over"
    assert plan.change(made, closes_on=date(2026, 2, 20))["state"] == "open"


@pytest.mark.requirement("CHD-13")
def test_another_organisations_campaign_is_not_there(ctx: Context, plan: Plan, registry: Registry) -> None:
    made, other = plan.make(), Plan(ctx, registry)
    for campaign_id in (made["id"], ids.new(), "x"):
        with pytest.raises(NotFound):
            other.change({"id": campaign_id}, closes_on=date(2026, 2, 20))
    with ctx.db.read() as session:
        assert session.scalar(select(Campaign.closes_on)) == date(2026, 2, 6)
    assert campaigns.list_campaigns(ctx, organisation_code=other.code) == []
