from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from services.enrollment.context import Context
from services.enrollment.models import AnswerReading, Campaign, CampaignAnswer, CampaignNotice, GivenAnswer, Student
from services.enrollment.operations import campaigns, sweeping
from shared import ids
from shared.problems import NotFound
from tests.enrollment.campaigns.conftest import Plan
from tests.enrollment.campaigns.test_announcing import addressed, make_families
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Pupil, Registry

CLIENT = "gpi-de-la-rive"


def read(ctx: Context, plan: Plan, campaign: dict[str, Any], answer: str | None = None) -> list[dict[str, Any]]:
    rows = campaigns.read_answers(
        ctx, campaign_id=campaign["id"], organisation_code=plan.code, client_id=CLIENT, answer=answer
    )
    return [dict(zip(rows.names, values, strict=True)) for values in rows.values]


def answer(ctx: Context, pupil: Pupil, word: str, **rest: Any) -> None:
    campaigns.answer_campaign(ctx, account_id=ACCOUNT, email=PARENT, child_id=pupil.id, answer=word, **rest)


def counts(ctx: Context) -> dict[str, int]:
    tables = (Campaign, CampaignNotice, CampaignAnswer, GivenAnswer, AnswerReading)
    with ctx.db.read() as session:
        return {each.__name__: session.scalar(select(func.count()).select_from(each)) or 0 for each in tables}


@pytest.mark.requirement("RR-02")
def test_read_answers_gives_everybody_concerned_with_and_without_an_answer(
    ctx: Context, plan: Plan, registry: Registry
) -> None:
    school_id = registry.make_school(organisation_id=plan.organisation_id, source_id="phare", name="École du Phare")
    first = plan.make_pupil(source_id="e1", file_number="1234567", school_id=school_id)
    plan.make_pupil(source_id="e2", file_number="1234568", given_name="Léo", account_id=None)
    plan.make_pupil(source_id="e3", given_name="Mia", grade="06", account_id=None)
    made = plan.make(grades=["05"])
    answer(ctx, first, "leaving", leaving_to="Gaspé", explanation="Nous déménageons.")
    assert read(ctx, plan, made) == [
        {
            "source_id": "e1",
            "file_number": "1234567",
            "last_name": "Côté-Gagnon",
            "first_name": "Éloïse",
            "school_source_id": "phare",
            "school": "École du Phare",
            "grade": "05",
            "answer": "leaving",
            "leaving_to": "Gaspé",
            "explanation": "Nous déménageons.",
            "answered_at": ctx.clock.now(),
        },
        {
            "source_id": "e2",
            "file_number": "1234568",
            "last_name": "Côté-Gagnon",
            "first_name": "Léo",
            **dict.fromkeys(("school_source_id", "school")),
            "grade": "05",
            **dict.fromkeys(("answer", "leaving_to", "explanation", "answered_at")),
        },
    ]
    assert [row["source_id"] for row in read(ctx, plan, made, "leaving")] == ["e1"]
    assert [row["source_id"] for row in read(ctx, plan, made, "none")] == ["e2"]
    assert read(ctx, plan, made, "returning") == []


@pytest.mark.requirement("RR-02")
def test_a_campaign_reads_and_writes_to_nobody_of_another_organisation(
    ctx: Context, plan: Plan, registry: Registry
) -> None:
    # Without grades and schools a campaign concerns every student there is, of its organisation.
    neighbor = Plan(ctx, registry)
    for each, name in ((plan, "own"), (neighbor, "neighbor")):
        each.make_pupil(source_id=name, email=f"{name}@exemple.ca", account_id=None)
    made = plan.make()
    page = campaigns.list_answers(
        ctx, campaign_id=made["id"], organisation_code=plan.code, client_id=CLIENT, answer=None, offset=0, limit=20
    )
    beyond = campaigns.list_answers(
        ctx, campaign_id=made["id"], organisation_code=plan.code, client_id=CLIENT, answer=None, offset=20, limit=20
    )
    assert ([row["source_id"] for row in page.items], page.item_count) == (["own"], 1)
    assert (beyond.items, beyond.item_count) == ([], 1)
    assert [row["source_id"] for row in read(ctx, plan, made)] == ["own"]
    assert [row["source_id"] for row in read(ctx, plan, made, "none")] == ["own"]
    assert campaigns.announce(ctx) == 1
    assert [to for _kind, to in addressed(ctx)] == ["own@exemple.ca"]


def test_an_answer_stays_when_its_student_leaves_or_is_concerned_no_more(ctx: Context, plan: Plan) -> None:
    gone, moved, silent = (plan.make_pupil(source_id=name, given_name=name) for name in ("e1", "e2", "e3"))
    made = plan.make(grades=["05"])
    answer(ctx, gone, "leaving")
    answer(ctx, moved, "returning")
    with ctx.db.transaction() as session:
        session.execute(update(Student).where(Student.id.in_([gone.id, silent.id])).values(status="gone"))
        session.execute(update(Student).where(Student.id == moved.id).values(grade="06"))
    assert [row["source_id"] for row in read(ctx, plan, made)] == ["e1", "e2"]


def test_read_answers_goes_through_more_than_a_page_and_says_how_far_it_is(ctx: Context, plan: Plan) -> None:
    make_families(plan, 2300)
    made = plan.make()
    seen: list[tuple[int, int]] = []
    rows = campaigns.read_answers(
        ctx,
        campaign_id=made["id"],
        organisation_code=None,
        client_id=None,
        answer=None,
        progress=lambda *done: seen.append(done),
    )
    found = [values[0] for values in rows.values]
    assert (len(found), len(set(found)), rows.item_count) == (2300, 2300, 2300)
    assert found == sorted(found)
    assert seen == [(0, 2300), (1000, 2300), (2000, 2300), (2300, 2300)]


def test_list_answers_gives_the_same_by_pages(ctx: Context, plan: Plan) -> None:
    make_families(plan, 25)
    made = plan.make()
    asked = {"campaign_id": made["id"], "organisation_code": plan.code, "client_id": CLIENT, "answer": None}
    pages = [campaigns.list_answers(ctx, **asked, offset=offset, limit=10) for offset in (0, 10, 20, 30)]
    assert [page.item_count for page in pages] == [25] * 4
    assert [item for page in pages for item in page.items] == read(ctx, plan, made)


@pytest.mark.requirement("CHD-13", "AUD-3")
def test_another_organisations_answers_are_not_there(ctx: Context, plan: Plan, registry: Registry) -> None:
    made, other = plan.make(), Plan(ctx, registry)
    asked = {"organisation_code": other.code, "client_id": "autre", "answer": None}
    for campaign_id in (made["id"], ids.new(), "x"):
        with pytest.raises(NotFound):
            campaigns.list_answers(ctx, campaign_id=campaign_id, **asked, offset=0, limit=10)
        with pytest.raises(NotFound):
            campaigns.read_answers(ctx, campaign_id=campaign_id, **asked)
    assert counts(ctx)["AnswerReading"] == 0


@pytest.mark.requirement("AUD-3")
def test_who_read_answers_is_written_down(ctx: Context, plan: Plan) -> None:
    made = plan.make()
    read(ctx, plan, made)
    asked = {"campaign_id": made["id"], "organisation_code": plan.code, "client_id": CLIENT, "answer": None}
    campaigns.list_answers(ctx, **asked, offset=0, limit=10)
    campaigns.read_answers(ctx, **{**asked, "organisation_code": None, "client_id": None})
    with ctx.db.read() as session:
        found = session.execute(select(AnswerReading).order_by(AnswerReading.id)).scalars().all()
    assert [(each.campaign_id, each.client_id, each.form, each.at) for each in found] == [
        (made["id"], CLIENT, "csv", ctx.clock.now()),
        (made["id"], CLIENT, "page", ctx.clock.now()),
        (made["id"], None, "csv", ctx.clock.now()),
    ]


@pytest.mark.requirement("AUD-3")
def test_what_cannot_be_written_down_is_not_read(ctx: Context, plan: Plan) -> None:
    made = plan.make()
    with ctx.db.transaction() as session:
        session.execute(text("ALTER TABLE answer_readings RENAME TO elsewhere"))
    with pytest.raises(DBAPIError):
        read(ctx, plan, made)


@pytest.mark.requirement("RR-01")
def test_sweep_keeps_a_campaign_for_its_time_and_then_forgets_all_of_it(
    make_context: Callable[..., Context], registry: Registry, clock: FakeClock
) -> None:
    ctx = make_context(campaigns_kept=timedelta(days=30), journal_kept=timedelta(days=60))
    plan = Plan(ctx, registry)
    pupil = plan.make_pupil()
    made = plan.make(opens_on=date(2026, 1, 15), closes_on=date(2026, 1, 20))
    campaigns.announce(ctx)
    answer(ctx, pupil, "returning")
    answer(ctx, pupil, "leaving")
    read(ctx, plan, made)
    clock.advance(timedelta(days=34))
    assert sweeping.sweep(ctx)["campaigns"] == 0
    assert counts(ctx) == {
        "Campaign": 1,
        "CampaignNotice": 1,
        "CampaignAnswer": 1,
        "GivenAnswer": 2,
        "AnswerReading": 1,
    }
    clock.advance(timedelta(days=3))
    # Who read it is kept as long as the journal, and the campaign for as long as that refers to it.
    assert sweeping.sweep(ctx)["campaigns"] == 0
    assert counts(ctx) == {
        "Campaign": 1,
        "CampaignNotice": 0,
        "CampaignAnswer": 0,
        "GivenAnswer": 0,
        "AnswerReading": 1,
    }
    clock.advance(timedelta(days=30))
    assert sweeping.sweep(ctx)["campaigns"] == 1
    assert set(counts(ctx).values()) == {0}
