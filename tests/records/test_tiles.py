"""The tiles of a child, by its level, its organisation, and what there is."""

from collections.abc import Callable
from typing import Any

import pytest

from services.records.context import Context
from services.records.rules import kinds
from services.records.schemas.family import TilesOut
from tests.support import entries
from tests.support.records import OTHER_ACCOUNT, Browser, Child, Enrollment, SchoolSystem

MakeBrowser = Callable[..., Browser]
MakeSchoolSystem = Callable[..., SchoolSystem]


def tiles(browser: Browser, child: Child, **rest: Any) -> dict[str, Any]:
    answer = browser.get(f"/children/{child.id}/tiles", **rest)
    assert answer.status_code == 200
    assert TilesOut().validate(answer.json) == {}
    return {tile["code"]: tile for tile in answer.json["tiles"]}


def make_child(told: Enrollment, organisation_id: str, **overrides: Any) -> Child:
    child = told.make_child(organisation_id, **overrides)
    told.link(child)
    return child


@pytest.mark.requirement("RE-01")
def test_list_tiles_names_them_in_the_readers_language(browser: Browser, child: Child) -> None:
    found = tiles(browser, child)
    assert [tile["label"] for tile in found.values()] == [
        *("Agenda", "Absences", "Résultats", "Finances", "Dossiers", "Messages", "Ressources")
    ]
    results = found["results"]
    assert [section["label"] for section in results["sections"]] == [
        *("Résultats", "Résultats ministériels", "Résultats et travaux", "Bulletins")
    ]
    english = tiles(browser, child, headers={"Accept-Language": "en"})
    assert [section["label"] for section in english["results"]["sections"]][-1] == "Report cards"


@pytest.mark.requirement("RE-01")
def test_list_tiles_leads_to_paths_that_answer(browser: Browser, child: Child) -> None:
    hrefs = [
        section["href"]
        for code, tile in tiles(browser, child).items()
        for section in tile["sections"]
        # Another service's.
        if code != "absences"
    ]
    answers = [browser.get(href.removeprefix("/api/v1")).status_code for href in hrefs]
    assert answers == [200] * 9


@pytest.mark.requirement("RE-02", "RE-04")
def test_list_tiles_has_no_agenda_and_no_ministerial_results_in_primary(
    browser: Browser, told: Enrollment, organisation_id: str
) -> None:
    found = tiles(browser, make_child(told, organisation_id, level="primary", grade="05"))
    assert "agenda" not in found
    assert [section["code"] for section in found["results"]["sections"]] == ["results", "assignments", "report_cards"]


@pytest.mark.requirement("RE-10")
@pytest.mark.parametrize(
    ("kind", "overrides"), [(kinds.FILE, {"uses_daycare": True}), (kinds.TAX_SLIP, {})], ids=["file", "tax slip"]
)
def test_list_tiles_has_tax_slips_for_a_child_of_the_daycare(
    ctx: Context, browser: Browser, child: Child, kind: str, overrides: dict[str, Any]
) -> None:
    assert [each["code"] for each in tiles(browser, child)["finances"]["sections"]] == ["statements"]
    entries.stand(
        ctx, kind, organisation_id=child.organisation_id, student_source_id=child.student_source_id, **overrides
    )
    assert [each["code"] for each in tiles(browser, child)["finances"]["sections"]] == ["statements", "tax_slips"]


@pytest.mark.requirement("RE-10")
def test_list_tiles_goes_by_the_newest_file(ctx: Context, browser: Browser, child: Child) -> None:
    for uses_daycare in (True, False):
        entries.stand(ctx, kinds.FILE, organisation_id=child.organisation_id, uses_daycare=uses_daycare)
    # And by what the school says, not by what somebody wrote in a text.
    details = [{"label": "Note", "value": '"uses_daycare":true'}]
    entries.stand(ctx, kinds.FILE, organisation_id=child.organisation_id, uses_daycare=False, details=details)
    assert [each["code"] for each in tiles(browser, child)["finances"]["sections"]] == ["statements"]


@pytest.mark.requirement("RE-14")
def test_list_tiles_opens_the_messages_and_counts_those_that_are_not_read(
    ctx: Context, browser: Browser, make_browser: MakeBrowser, told: Enrollment, child: Child
) -> None:
    told.link(child, account_id=OTHER_ACCOUNT)
    of = {"organisation_id": child.organisation_id}
    read = entries.stand(ctx, kinds.MESSAGE, **of)
    entries.stand(ctx, kinds.MESSAGE, **of, school_source_id=child.school_source_id)
    entries.stand(ctx, kinds.MESSAGE, **of, student_source_id=child.student_source_id)
    entries.stand(ctx, kinds.MESSAGE, **of, student_source_id="eleve-d-autrui")
    entries.stand(ctx, kinds.MESSAGE, **of, school_source_id="autre-ecole")
    entries.stand(ctx, kinds.MESSAGE, organisation_id=told.make_organisation("799000"))
    found = tiles(browser, child)
    assert [code for code, tile in found.items() if tile["opens_on_entry"]] == ["messages"]
    assert {code: tile["unread_count"] for code, tile in found.items() if tile["unread_count"] is not None} == {
        "messages": 3
    }
    browser.call("PATCH", f"/children/{child.id}/messages/{read}", json={"is_read": True})
    assert tiles(browser, child)["messages"]["unread_count"] == 2
    # Each account reads for itself.
    assert tiles(make_browser(account_id=OTHER_ACCOUNT), child)["messages"]["unread_count"] == 3


@pytest.mark.requirement("RE-17")
def test_replace_tiles_lets_parents_have_those_and_no_others(
    ctx: Context, browser: Browser, make_school_system: MakeSchoolSystem, child: Child
) -> None:
    statement = {"student_source_id": child.student_source_id, "organisation_id": child.organisation_id}
    entries.stand(ctx, kinds.STATEMENT, **statement)
    entries.stand(ctx, kinds.FILE, **statement)
    system = make_school_system("records.read", "records.write")
    chosen = {"tiles": ["messages", "results"]}
    assert system.get("/tiles").json["tiles"] == list(tiles(browser, child))
    assert (system.put("/tiles", chosen).json, system.get("/tiles").json) == (chosen, chosen)
    assert list(tiles(browser, child)) == ["messages", "results"]
    withheld = browser.get(f"/children/{child.id}/statements")
    assert withheld.json == {"items": [], "empty_reason": "not_applicable"}
    assert '"total": 0' in withheld.headers["X-Pagination"]
    assert browser.get(f"/children/{child.id}/file").json == {"file": None, "empty_reason": "not_applicable"}
    # What they chose before is what they chose last.
    system.put("/tiles", {"tiles": ["finances"]})
    assert len(browser.get(f"/children/{child.id}/statements").json["items"]) == 1


@pytest.mark.requirement("RE-17")
def test_replace_tiles_is_of_the_organisation_alone(
    browser: Browser, make_school_system: MakeSchoolSystem, told: Enrollment, child: Child
) -> None:
    told.make_organisation("799000")
    make_school_system("records.write", organisation_code="799000").put("/tiles", {"tiles": []})
    assert len(tiles(browser, child)) == 7


@pytest.mark.requirement("RE-17")
@pytest.mark.parametrize("chosen", [["cafeteria"], ["results", "results"], "results", [None]])
def test_replace_tiles_refuses_what_is_no_choice(
    make_school_system: MakeSchoolSystem, organisation_id: str, chosen: Any
) -> None:
    answer = make_school_system("records.write").put("/tiles", {"tiles": chosen})
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
