import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import marshmallow as ma
import pytest

from services.enrollment import schemas
from services.enrollment.context import Context
from shared import ids
from tests.enrollment.campaigns.conftest import Plan
from tests.enrollment.campaigns.test_announcing import make_families
from tests.support.clock import FakeClock
from tests.support.enrollment import Browser, Caller, Pupil, Registry, SchoolSystem

NBSP = "\u00a0"
CAMPAIGN = {"school_year": "2026-2027", "opens_on": "2026-01-12", "closes_on": "2026-02-06"}
ENGLISH = {"Accept-Language": "en"}
MakeSystem = Callable[..., SchoolSystem]


def fits(schema: type[ma.Schema], document: Any, *, many: bool = False) -> bool:
    """Tell whether an answer holds what its schema says: every field, no other, of the right type."""
    return schema(many=many, unknown=ma.RAISE).validate(document) in ({}, [])


def patch(caller: Caller, path: str, body: Any) -> Any:
    return caller.call("PATCH", path, json=body)


@pytest.fixture
def path(pupil: Pupil) -> str:
    """Where a parent answers for the child."""
    return f"/children/{pupil.id}/re-registration"


@pytest.fixture
def system(plan: Plan, make_school_system: MakeSystem) -> SchoolSystem:
    """The system of the organisation, which may do everything with campaigns."""
    return make_school_system(plan.code, "campaigns.read", "campaigns.write")


@pytest.mark.requirement("RR-01", "RR-02")
def test_a_parent_answers_amends_and_reads_the_answer(plan: Plan, path: str, browser: Browser) -> None:
    plan.make(message={"fr": "Bonjour.", "en": "Hello."})
    asked = browser.get(path)
    assert (asked.status_code, asked.json["answer"], asked.json["may_answer"]) == (200, None, True)
    assert asked.json["campaign"]["closes_on"] == "2026-02-06"
    first = browser.put(path, {"answer": "returning"})
    amended = browser.put(path, {"answer": "leaving", "leaving_to": " Gaspé ", "explanation": "Un\r\ndéménagement."})
    assert (first.status_code, amended.status_code) == (200, 200)
    assert amended.json["answer"] == {
        "answer": "leaving",
        "leaving_to": "Gaspé",
        "explanation": "Un\ndéménagement.",
        "answered_at": "2026-01-15T14:30:00+00:00",
        "is_own": True,
    }
    assert browser.get(path).json == amended.json
    for answer in (asked, amended):
        assert fits(schemas.ReRegistrationOut, answer.json)


@pytest.mark.requirement("RR-03", "XC-07")
def test_outside_the_window_the_refusal_tells_the_dates(
    plan: Plan, path: str, browser: Browser, clock: FakeClock
) -> None:
    for refused in (browser.get(path), browser.put(path, {"answer": "returning"})):
        assert (refused.status_code, refused.json["code"]) == (409, "campaign_closed")
        assert [refused.json[name] for name in ("school_year", "opens_on", "closes_on")] == [None] * 3
        assert refused.json["detail"].startswith("Aucune période de réinscription en ligne n’est prévue")
    plan.make()
    clock.advance(timedelta(days=60))
    over = browser.get(path)
    assert over.json["detail"].startswith(
        f"La réinscription en ligne pour l’année scolaire 2026-2027 se faisait du 12{NBSP}janvier 2026 au 6{NBSP}février 2026"
    )
    plan.make(
        school_year="2027-2028",
        opens_on=clock.now().date() + timedelta(days=7),
        closes_on=clock.now().date() + timedelta(days=20),
    )
    upcoming = browser.put(path, {"answer": "returning"}, headers=ENGLISH)
    assert [upcoming.json[name] for name in ("school_year", "opens_on", "closes_on")] == [
        "2027-2028",
        "2026-03-23",
        "2026-04-05",
    ]
    assert f"will take place from March{NBSP}23, 2026 to April{NBSP}5, 2026 inclusive" in upcoming.json["detail"]


@pytest.mark.requirement("RR-02")
def test_whoever_is_not_the_principal_guardian_is_told_so(
    plan: Plan, pupil: Pupil, path: str, registry: Registry, make_browser: Callable[..., Browser]
) -> None:
    plan.make()
    account_id = ids.new()
    registry.make_guardian(pupil, email="autre@exemple.ca")
    plan.claim(pupil, email="autre@exemple.ca", account_id=account_id)
    other = make_browser(account_id=account_id, email="autre@exemple.ca")
    assert other.get(path).json["may_answer"] is False
    refused = other.put(path, {"answer": "returning"})
    assert (refused.status_code, refused.json["code"]) == (403, "not_principal_guardian")
    assert refused.json["type"] == "/problems/enrollment/not-principal-guardian"


@pytest.mark.requirement("CHD-13")
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_strangers_child_and_no_child_answer_alike(
    plan: Plan, path: str, make_browser: Callable[..., Browser], method: str
) -> None:
    plan.make()
    stranger = make_browser(account_id=ids.new(), email="autre@exemple.ca")
    answers = [
        stranger.call(method, each, json={"answer": "returning"})
        for each in (path, f"/children/{ids.new()}/re-registration", "/children/x/re-registration")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json["detail"] for answer in answers}) == 1
    nobody = make_browser(account_id=None, email=None)
    assert nobody.call(method, path, json={"answer": "returning"}).status_code == 401


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/answer"),
        ({"answer": "undecided"}, "#/answer"),
        ({"answer": None}, "#/answer"),
        ({"answer": ["returning"]}, "#/answer"),
        ({"answer": "returning", "leaving_to": "Gaspé"}, "#/leaving_to"),
        ({"answer": "leaving", "leaving_to": "x" * 501}, "#/leaving_to"),
        ({"answer": "leaving", "leaving_to": "a\nb"}, "#/leaving_to"),
        ({"answer": "leaving", "explanation": "x" * 501}, "#/explanation"),
        ({"answer": "leaving", "explanation": "a\u202eb"}, "#/explanation"),
        ({"answer": "leaving", "explanation": 1}, "#/explanation"),
        ({"answer": "leaving", "student_id": "x"}, "#/student_id"),
    ],
)
def test_an_answer_that_is_none_is_refused_with_where(
    plan: Plan, path: str, browser: Browser, body: dict[str, Any], pointer: str
) -> None:
    plan.make()
    refused = browser.put(path, body)
    assert (refused.status_code, [error["pointer"] for error in refused.json["errors"]]) == (422, [pointer])
    assert browser.get(path).json["answer"] is None


# The school's door


@pytest.mark.requirement("RR-01")
def test_a_school_plans_changes_and_lists_its_campaigns(system: SchoolSystem, plan: Plan, registry: Registry) -> None:
    registry.make_school(organisation_id=plan.organisation_id, source_id="phare")
    wish = {**CAMPAIGN, "grades": ["05"], "schools": ["phare"], "message": {"fr": "Un\nDeux", "en": "One\nTwo"}}
    made = system.post("/campaigns", wish)
    assert made.status_code == 201
    assert {name: made.json[name] for name in wish} == wish
    assert (made.json["state"], made.json["reminds_on"]) == ("open", "2026-01-30")
    changed = patch(system, f"/campaigns/{made.json['id']}", {"closes_on": "2026-02-13", "grades": None})
    assert (changed.status_code, changed.json["closes_on"], changed.json["grades"]) == (200, "2026-02-13", None)
    listed = system.get("/campaigns")
    assert listed.json == [changed.json]
    assert json.loads(listed.headers["X-Pagination"])["total"] == 1
    assert fits(schemas.CampaignOut, listed.json, many=True)


def test_the_same_plan_under_one_key_is_made_once(system: SchoolSystem) -> None:
    sent = [system.post("/campaigns", CAMPAIGN, headers={"Idempotency-Key": "une-fois"}) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json == sent[1].json
    assert len(system.get("/campaigns").json) == 1


@pytest.mark.requirement("RR-01")
def test_a_school_is_told_why_a_campaign_cannot_be(system: SchoolSystem) -> None:
    made = system.post("/campaigns", CAMPAIGN).json
    overlapping = system.post("/campaigns", CAMPAIGN)
    assert (overlapping.status_code, overlapping.json["code"]) == (409, "campaign_overlaps")
    assert [overlapping.json[name] for name in ("campaign_id", "opens_on", "closes_on")] == [
        made["id"],
        "2026-01-12",
        "2026-02-06",
    ]
    begun = patch(system, f"/campaigns/{made['id']}", {"opens_on": "2026-01-20"})
    assert (begun.status_code, begun.json["code"], begun.json["opens_on"]) == (409, "campaign_begun", "2026-01-12")
    turned = system.post("/campaigns", {**CAMPAIGN, "closes_on": "2026-01-11"})
    assert (turned.status_code, turned.json["errors"][0]["pointer"]) == (422, "#/closes_on")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"school_year": None}, "#/school_year"),
        ({"opens_on": "12/01/2026"}, "#/opens_on"),
        ({"opens_on": None}, "#/opens_on"),
        ({"grades": []}, "#/grades"),
        ({"grades": "05"}, "#/grades"),
        ({"schools": ["x"] * 501}, "#/schools"),
        ({"message": {"fr": "Bonjour."}}, "#/message/en"),
        ({"message": {"fr": "", "en": "Hello."}}, "#/message/fr"),
        ({"message": {"fr": "x" * 2001, "en": "Hello."}}, "#/message/fr"),
        ({"reminder_days": 0}, "#/reminder_days"),
        ({"reminder_days": 61}, "#/reminder_days"),
        ({"reminder_days": "7"}, "#/reminder_days"),
        ({"organisation_id": "x"}, "#/organisation_id"),
    ],
)
def test_a_campaign_of_the_wrong_form_is_refused_with_where(
    system: SchoolSystem, change: dict[str, Any], pointer: str
) -> None:
    refused = system.post("/campaigns", {**CAMPAIGN, **change})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, pointer)
    assert system.get("/campaigns").json == []


@pytest.mark.requirement("CHD-13")
def test_a_school_needs_the_scope_and_reaches_its_own_campaigns_alone(
    plan: Plan, make_school_system: MakeSystem, registry: Registry, ctx: Context, browser: Browser
) -> None:
    made = plan.make()
    one, answers = f"/campaigns/{made['id']}", f"/campaigns/{made['id']}/answers"
    reader, writer = (make_school_system(plan.code, f"campaigns.{power}") for power in ("read", "write"))
    assert reader.post("/campaigns", CAMPAIGN).status_code == patch(reader, one, {}).status_code == 403
    assert writer.get("/campaigns").json["scope"] == writer.get(answers).json["scope"] == "campaigns.read"
    other = make_school_system(Plan(ctx, registry).code, "campaigns.read", "campaigns.write")
    assert other.get("/campaigns").json == []
    assert [patch(other, one, {}).status_code, other.get(answers).status_code] == [404, 404]
    assert other.get(f"{answers}?format=csv").status_code == 404
    assert browser.get("/campaigns", prefix="/school/v1").status_code == 403
    assert (reader.get(answers).status_code, patch(writer, one, {}).status_code) == (200, 200)


@pytest.mark.requirement("RR-02")
def test_a_school_reads_the_answers_by_pages(
    system: SchoolSystem, plan: Plan, pupil: Pupil, path: str, browser: Browser
) -> None:
    made = plan.make()
    plan.make_pupil(given_name="Léo", account_id=None)
    browser.put(path, {"answer": "leaving", "leaving_to": "Gaspé"})
    answers = f"/campaigns/{made['id']}/answers"
    page = system.get(f"{answers}?page_size=1")
    assert json.loads(page.headers["X-Pagination"])["total"] == 2
    everybody = system.get(answers, headers={"Accept": "application/json"})
    assert [each["answer"] for each in everybody.json] == ["leaving", None]
    assert page.json == everybody.json[:1]
    assert fits(schemas.StudentsAnswerOut, everybody.json, many=True)
    assert [each["first_name"] for each in system.get(f"{answers}?answer=none").json] == ["Léo"]
    assert system.get(f"{answers}?answer=perhaps").status_code == 422


@pytest.mark.requirement("RR-02")
@pytest.mark.parametrize(
    ("query", "headers"),
    [("?format=csv", {}), ("", {"Accept": "text/csv"}), ("?format=csv", {"Accept": "application/json"})],
)
def test_a_school_reads_the_answers_as_a_file_that_computes_nothing(
    system: SchoolSystem,
    plan: Plan,
    pupil: Pupil,
    path: str,
    browser: Browser,
    query: str,
    headers: dict[str, str],
) -> None:
    made = plan.make()
    plan.make_pupil(given_name="+1", family_name="Roy; “dit” Léo", account_id=None, file_number="7654321")
    browser.put(path, {"answer": "leaving", "leaving_to": '=HYPERLINK("http://x";"Cliquez")', "explanation": "a,\nb"})
    answer = system.get(f"/campaigns/{made['id']}/answers{query}", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="reinscription-2026-2027.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"\xef\xbb\xbfsource_id,file_number,")
    lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [line["answer"] for line in lines] == ["leaving", ""]
    assert (lines[0]["leaving_to"], lines[0]["explanation"]) == ('\'=HYPERLINK("http://x";"Cliquez")', "a,\nb")
    assert lines[0]["answered_at"] == "2026-01-15T14:30:00Z"
    assert (lines[1]["first_name"], lines[1]["last_name"], lines[1]["file_number"]) == (
        "'+1",
        "Roy; “dit” Léo",
        "7654321",
    )


def test_the_file_is_read_while_it_is_sent(system: SchoolSystem, plan: Plan) -> None:
    make_families(plan, 2300)
    made = plan.make()
    answer = system.get(f"/campaigns/{made['id']}/answers?format=csv", buffered=False)
    assert json.loads(answer.headers["X-Pagination"])["total_pages"] == 1
    pieces: Iterator[bytes] = answer.iter_encoded()
    assert len(next(pieces)) < 70_000
    assert sum(piece.count(b"\r\n") for piece in pieces) > 1000


def test_the_document_describes_the_file_beside_the_pages(browser: Browser) -> None:
    document = browser.get("/openapi.json", prefix="").json
    answered = document["paths"]["/school/v1/campaigns/{campaign_id}/answers"]["get"]["responses"]["200"]
    assert set(answered["content"]) == {"application/json", "text/csv"}
