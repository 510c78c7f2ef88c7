"""What guardians read of each kind: what the school sent, in their language, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest

from services.records.context import Context
from services.records.rules import kinds
from services.records.rules.kinds import KINDS
from services.records.schemas.family import LISTS, ContactAnswerOut, FileAnswerOut
from tests.support import entries
from tests.support.callers import events_told, kinds_told
from tests.support.records import Browser, Child, Enrollment

MakeBrowser = Callable[..., Browser]
LISTED = tuple(LISTS)
# Whose content goes out with nothing added to it.
PLAIN = tuple(kind for kind in LISTED if kind != kinds.STATEMENT)


def listed(browser: Browser, child: Child, kind: str, query: str = "", **rest: Any) -> dict[str, Any]:
    answer = browser.get(f"/children/{child.id}/{KINDS[kind].path}{query}", **rest)
    assert answer.status_code == 200
    assert LISTS[kind]().validate(answer.json) == {}
    return answer.json


def make_child(told: Enrollment, organisation_id: str, **overrides: Any) -> Child:
    child = told.make_child(organisation_id, **overrides)
    told.link(child)
    return child


@pytest.mark.requirement("RE-03", "RE-04", "RE-05", "RE-06", "RE-08", "RE-10", "RE-14", "RE-15")
@pytest.mark.parametrize("kind", LISTED)
def test_list_items_shows_what_the_school_sent(ctx: Context, browser: Browser, child: Child, kind: str) -> None:
    entry_id = entries.stand(ctx, kind, organisation_id=child.organisation_id, signature="aaa.bbb.ccc")
    (item,) = listed(browser, child, kind)["items"]
    own = {"id": entry_id, "published_at": "2026-01-15T14:30:00.000000Z", "corrected_at": None}
    assert {name: item[name] for name in own} == own
    assert item.get("signature", "aaa.bbb.ccc") == "aaa.bbb.ccc"
    assert ("signature" in item, "document" in item) == (KINDS[kind].is_signed, KINDS[kind].has_document)
    content = entries.content(kind)
    assert {name: item[name] for name in content} == content


@pytest.mark.requirement("RE-03", "CHD-13")
@pytest.mark.parametrize("kind", LISTED)
def test_list_items_shows_nothing_of_others(
    ctx: Context, browser: Browser, child: Child, told: Enrollment, kind: str
) -> None:
    elsewhere_id = told.make_organisation("799000")
    own = {"student_source_id": child.student_source_id} if kind in entries.OF_STUDENTS else {}
    entries.stand(ctx, kind, organisation_id=elsewhere_id, **own)
    others = {"student_source_id": "eleve-d-autrui"} if kind in entries.OF_STUDENTS else {"school_source_id": "autre"}
    entries.stand(ctx, kind, organisation_id=child.organisation_id, **others)
    answer = browser.get(f"/children/{child.id}/{KINDS[kind].path}")
    assert answer.json["items"] == []
    assert '"total": 0' in answer.headers["X-Pagination"]


@pytest.mark.requirement("RE-14", "RE-15")
@pytest.mark.parametrize("kind", [kinds.MESSAGE, kinds.RESOURCE, kinds.AGENDA_ENTRY])
def test_list_items_shows_a_child_without_a_school_what_is_for_every_school(
    ctx: Context, browser: Browser, told: Enrollment, organisation_id: str, kind: str
) -> None:
    child = make_child(told, organisation_id, school_source_id=None)
    of_all = entries.stand(ctx, kind, organisation_id=organisation_id)
    entries.stand(ctx, kind, organisation_id=organisation_id, school_source_id="ecole-1")
    assert [item["id"] for item in listed(browser, child, kind)["items"]] == [of_all]


@pytest.mark.requirement("XC-07")
def test_list_items_says_each_text_in_the_readers_language(ctx: Context, browser: Browser, child: Child) -> None:
    entries.stand(
        ctx,
        kinds.RESULT,
        organisation_id=child.organisation_id,
        subject={"fr": "Mathématique", "en": "Mathematics"},
        competency={"fr": "Raisonner"},
        comment={"fr": "Bien.", "en": "Bien."},
        title='Un "fr": entre guillemets',
    )
    (french,) = listed(browser, child, kinds.RESULT)["items"]
    (english,) = listed(browser, child, kinds.RESULT, headers={"Accept-Language": "en-CA"})["items"]
    assert (french["subject"], english["subject"]) == ("Mathématique", "Mathematics")
    # What is said in one language is read in that one by everybody.
    assert (english["competency"], english["comment"]) == ("Raisonner", "Bien.")
    assert english["title"] == french["title"] == 'Un "fr": entre guillemets'


@pytest.mark.requirement("RE-03")
def test_list_items_comes_in_pages_newest_day_first(ctx: Context, browser: Browser, child: Child) -> None:
    for day in range(1, 8):
        entries.stand(ctx, kinds.RESULT, organisation_id=child.organisation_id, date=f"2025-11-{day:02}")
    path = f"/children/{child.id}/results?page_size=3"
    first, last, beyond = (browser.get(f"{path}&page={number}") for number in (1, 3, 9))
    assert [item["date"] for item in first.json["items"]] == ["2025-11-07", "2025-11-06", "2025-11-05"]
    assert [item["date"] for item in last.json["items"]] == ["2025-11-01"]
    # Nothing on that page, and yet not nothing at all.
    assert beyond.json == {"items": [], "empty_reason": None}
    assert all('"total": 7, "total_pages": 3' in each.headers["X-Pagination"] for each in (first, last, beyond))


@pytest.mark.requirement("RE-06")
def test_list_items_has_report_cards_of_this_and_earlier_years(ctx: Context, browser: Browser, child: Child) -> None:
    of = {"organisation_id": child.organisation_id}
    for year, issued_on in (("2023-2024", "2024-07-05"), ("2025-2026", "2025-11-20")):
        entries.stand(ctx, kinds.REPORT_CARD, **of, school_year=year, issued_on=issued_on)
    first = {"type": "first_communication", "term": None, "issued_on": "2025-10-15"}
    entries.stand(ctx, kinds.REPORT_CARD, **of, **first)
    found = [(item["type"], item["school_year"]) for item in listed(browser, child, kinds.REPORT_CARD)["items"]]
    assert found == [
        *(("report_card", "2025-2026"), ("first_communication", "2025-2026"), ("report_card", "2023-2024"))
    ]
    (earlier,) = listed(browser, child, kinds.REPORT_CARD, "?school_year=2023-2024")["items"]
    assert earlier["issued_on"] == "2024-07-05"


@pytest.mark.requirement("RE-07")
def test_list_items_says_whom_to_ask_for_a_report_card_that_is_not_there(
    ctx: Context, browser: Browser, child: Child
) -> None:
    entries.stand(ctx, kinds.CONTACT, organisation_id=child.organisation_id)
    nothing = listed(browser, child, kinds.REPORT_CARD)
    assert nothing["empty_reason"] == "not_published_yet"
    assert nothing["contact"]["mailto"] == "mailto:secretariat@exemple.ca"
    assert listed(browser, child, kinds.REPORT_CARD, "?school_year=2019-2020")["empty_reason"] == "none"
    entries.stand(ctx, kinds.REPORT_CARD, organisation_id=child.organisation_id)
    assert listed(browser, child, kinds.REPORT_CARD)["contact"] is None


@pytest.mark.requirement("RE-06", "RE-10")
@pytest.mark.parametrize("kind", [kinds.REPORT_CARD, kinds.STATEMENT, kinds.TAX_SLIP])
def test_list_items_leads_to_the_document(ctx: Context, browser: Browser, child: Child, kind: str) -> None:
    entry_id = entries.stand(ctx, kind, organisation_id=child.organisation_id, document_digest="d" * 64)
    (item,) = listed(browser, child, kind)["items"]
    assert item["document"] == f"/api/v1/children/{child.id}/{KINDS[kind].path}/{entry_id}/document"


@pytest.mark.requirement("RE-10")
def test_list_items_has_no_document_of_a_tax_slip_without_one(ctx: Context, browser: Browser, child: Child) -> None:
    entries.stand(ctx, kinds.TAX_SLIP, organisation_id=child.organisation_id)
    assert listed(browser, child, kinds.TAX_SLIP)["items"][0]["document"] is None


@pytest.mark.requirement("RE-08", "RE-09", "RE-11")
def test_list_items_has_the_statements_of_each_ledger_and_how_to_pay(
    ctx: Context, browser: Browser, child: Child
) -> None:
    of = {"organisation_id": child.organisation_id}
    entries.stand(ctx, kinds.STATEMENT, **of, ledger="school", issued_on="2025-10-03")
    entries.stand(ctx, kinds.STATEMENT, **of, ledger="sports", issued_on="2025-10-02", balance="0.00")
    entries.stand(ctx, kinds.STATEMENT, **of, ledger="daycare", issued_on="2025-10-01", payee=None)
    school, sports, daycare = listed(browser, child, kinds.STATEMENT)["items"]
    labels = [each["ledger_label"] for each in (school, sports, daycare)]
    assert labels == ["École", "Intersport", "Service de garde"]
    assert "CSS DES PHARES" in school["how_to_pay"]
    assert (sports["how_to_pay"], "l’école vous dira" in daycare["how_to_pay"]) == (None, True)
    assert school["lines"] == [{"description": "Cahiers d’exercices", "amount": "42.50", "on": None}]
    (english, *_) = listed(browser, child, kinds.STATEMENT, headers={"Accept-Language": "en"})["items"]
    assert (english["ledger_label"], english["how_to_pay"][:11]) == ("School", "Pay at your")


@pytest.mark.requirement("RE-12", "RE-13")
def test_read_file_shows_subjects_teachers_and_transport(ctx: Context, browser: Browser, child: Child) -> None:
    path = f"/children/{child.id}/file"
    assert browser.get(path).json == {"file": None, "empty_reason": "none"}
    entries.stand(
        ctx,
        kinds.FILE,
        organisation_id=child.organisation_id,
        homeroom_teacher={"name": "Robert Parant"},
        details=[{"label": {"fr": "Casier", "en": "Locker"}, "value": "204"}],
    )
    answer = browser.get(path).json
    assert FileAnswerOut().validate(answer) == {}
    (subject,) = answer["file"]["subjects"]
    assert subject["teachers"] == [
        {
            "name": "Lisanne Tannahill",
            "email": "lisanne.tannahill@exemple.ca",
            "mailto": "mailto:lisanne.tannahill@exemple.ca",
        }
    ]
    # Nobody to write to, and no link that pretends so.
    assert answer["file"]["homeroom_teacher"] == {"name": "Robert Parant", "email": None, "mailto": None}
    assert answer["file"]["transport"][0]["stop"] == "Rue des Pins"
    assert answer["file"]["details"] == [{"label": "Casier", "value": "204"}]


@pytest.mark.requirement("RE-12")
def test_read_file_shows_the_newest(ctx: Context, browser: Browser, child: Child) -> None:
    for group in ("301", "302"):
        entries.stand(ctx, kinds.FILE, organisation_id=child.organisation_id, group=group)
    assert browser.get(f"/children/{child.id}/file").json["file"]["group"] == "302"


@pytest.mark.requirement("RE-16")
def test_read_contact_prefers_the_childs_own_school(ctx: Context, browser: Browser, child: Child) -> None:
    path = f"/children/{child.id}/contact"
    assert browser.get(path).json == {"contact": None, "empty_reason": "none"}
    of = {"organisation_id": child.organisation_id}
    entries.stand(ctx, kinds.CONTACT, **of, name="Une autre école", school_source_id="autre")
    assert browser.get(path).json["contact"] is None
    entries.stand(ctx, kinds.CONTACT, **of, school_source_id=child.school_source_id)
    entries.stand(ctx, kinds.CONTACT, **of, name="CSS des Phares")
    answer = browser.get(path).json
    assert ContactAnswerOut().validate(answer) == {}
    assert answer["contact"]["name"] == "École du Mistral"


@pytest.mark.requirement("RE-02")
def test_list_items_says_that_there_is_no_agenda_in_primary(
    ctx: Context, browser: Browser, told: Enrollment, organisation_id: str
) -> None:
    pupil = make_child(told, organisation_id, level="primary", grade="05")
    student = make_child(told, organisation_id, level="secondary", grade="07")
    # Of the whole organisation: of both, if the one had an agenda.
    entries.stand(ctx, kinds.AGENDA_ENTRY, organisation_id=organisation_id)
    answer = browser.get(f"/children/{pupil.id}/agenda")
    assert answer.json == {"items": [], "empty_reason": "not_in_primary"}
    assert '"total": 0' in answer.headers["X-Pagination"]
    assert len(listed(browser, student, kinds.AGENDA_ENTRY)["items"]) == 1


@pytest.mark.requirement("RE-04")
@pytest.mark.parametrize(
    ("level", "grade", "count", "reason"),
    [
        ("secondary", "10", 1, None),
        ("secondary", "S5", 1, None),
        ("secondary", "09", 0, "not_applicable"),
        ("primary", "06", 0, "not_applicable"),
    ],
)
def test_list_items_has_ministerial_results_in_secondary_four_and_five(
    ctx: Context,
    browser: Browser,
    told: Enrollment,
    organisation_id: str,
    level: str,
    grade: str,
    count: int,
    reason: str | None,
) -> None:
    child = make_child(told, organisation_id, level=level, grade=grade, student_source_id="eleve-1")
    entries.stand(ctx, kinds.MINISTERIAL_RESULT, organisation_id=organisation_id)
    answer = listed(browser, child, kinds.MINISTERIAL_RESULT)
    assert (len(answer["items"]), answer["empty_reason"]) == (count, reason)


@pytest.mark.requirement("RE-10")
def test_list_items_expects_tax_slips_in_the_daycare_alone(ctx: Context, browser: Browser, child: Child) -> None:
    assert listed(browser, child, kinds.TAX_SLIP)["empty_reason"] == "not_applicable"
    entries.stand(ctx, kinds.FILE, organisation_id=child.organisation_id, uses_daycare=True)
    assert listed(browser, child, kinds.TAX_SLIP)["empty_reason"] == "not_published_yet"


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("?from=2025-11-05", ["2026-01-02", "2025-11-05"]),
        ("?to=2025-11-05", ["2025-11-05", "2025-06-30"]),
        ("?from=2025-11-01&to=2025-11-30", ["2025-11-05"]),
        ("?school_year=2024-2025", ["2025-06-30"]),
        ("?school_year=2025-2026&to=2025-12-31", ["2025-11-05"]),
    ],
)
def test_list_items_narrows_to_days_and_years(
    ctx: Context, browser: Browser, child: Child, query: str, days: list[str]
) -> None:
    for day in ("2025-06-30", "2025-11-05", "2026-01-02"):
        entries.stand(ctx, kinds.ASSIGNMENT, organisation_id=child.organisation_id, date=day, due_on=None)
    assert [item["date"] for item in listed(browser, child, kinds.ASSIGNMENT, query)["items"]] == days


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?from=2025", "from"),
        ("?from=2025-11-05&to=2025-11-04", "to"),
        ("?school_year=2025", "school_year"),
        ("?school_year=2025-2027", "school_year"),
        ("?from=0001-01-01", "from"),
        ("?page=0", "page"),
        ("?page_size=101", "page_size"),
    ],
)
def test_list_items_refuses_days_and_pages_that_are_none(
    browser: Browser, child: Child, query: str, parameter: str
) -> None:
    answer = browser.get(f"/children/{child.id}/results{query}")
    assert answer.status_code == 422
    assert [each["parameter"] for each in answer.json["errors"]] == [parameter]


@pytest.mark.requirement("PRV-1")
def test_list_items_tells_of_the_first_look_of_the_day(
    ctx: Context, browser: Browser, child: Child, clock: Any
) -> None:
    for path in ("results", "report-cards", "assignments", "results", "file", "contact", "tiles"):
        browser.get(f"/children/{child.id}/{path}")
    looks = events_told(ctx, "tile-viewed")
    assert [look["tile"] for look in looks] == ["results", "file"]
    assert {look["child_id"] for look in looks} == {child.id}
    # Another process, which remembers nothing, tells nothing twice either.
    Browser(Context.open(ctx.settings, db=ctx.db, clock=clock)).get(f"/children/{child.id}/results")
    assert len(kinds_told(ctx)) == 2
    clock.advance(clock.now().replace(hour=23) - clock.now())
    browser.get(f"/children/{child.id}/results")
    assert len(kinds_told(ctx)) == 2


def test_list_items_counts_what_is_asked_for_and_nothing_else(ctx: Context, browser: Browser, child: Child) -> None:
    whose = {"organisation_id": child.organisation_id, "student_source_id": child.student_source_id}
    for day in ("2024-11-14", "2025-11-14", "2025-11-15"):
        entries.stand(ctx, kinds.RESULT, date=day, **whose)
    for page in (1, 3):
        answer = browser.get(f"/children/{child.id}/results?from=2025-09-01&page_size=1&page={page}")
        assert '"total": 2' in answer.headers["X-Pagination"]
