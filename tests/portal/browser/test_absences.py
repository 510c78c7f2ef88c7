from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.portal.browser.conftest import PASSWORD, QUEBEC, Visitor
from tests.support import households as households_of
from tests.support.households import AFFLUENTS, PHARES, Household
from tests.support.system import Parent, SchoolSystem, System, wait_until

pytestmark = pytest.mark.slow

ANNOUNCE = "/absences/annoncer"
SCOPES = ("attendance.read", "attendance.write")
# From the family's first page: the way here, each of two children, the next day, the reason (opened and chosen), « Soumettre ».
FEWEST_TOUCHES = 7
SUBMIT = "main form .is-first"


@pytest.fixture(scope="module")
def schools(system: System, households: Iterator[Household]) -> Iterator[dict[str, SchoolSystem]]:
    """Two boards' own systems, where every weekday of this school year and the next has school."""
    with ExitStack() as stack:
        made = {code: stack.enter_context(SchoolSystem(system, code, scopes=SCOPES)) for code in (PHARES, AFFLUENTS)}
        first = today().year - 1
        for school in made.values():
            wait_until(lambda at=school: at.http.get("/bell-times"), lambda answer: answer.status_code == 200)  # type: ignore[misc]
            for year in range(first, first + 3):
                days = {"first_day": f"{year}-07-01", "last_day": f"{year + 1}-06-30"}
                told = school.http.put("/school-years", json=days)
                assert told.is_success, told.text
        yield made


@pytest.fixture
def parent(system: System, household: Household) -> Iterator[Parent]:
    """The household's guardian at the API, with an account and both children."""
    with Parent(system, household.email) as made:
        made.sign_up(PASSWORD)
        for board, child in (("phares", household.child), ("affluents", household.sibling)):
            claimed = made.claim(**households_of.form(made, board, child))
            assert claimed.status_code == 201, claimed.text
            path = f"/children/{claimed.json()['child']['id']}/absence-reasons"
            wait_until(lambda at=path: made.get(at), lambda answer: answer.status_code == 200)  # type: ignore[misc]
        yield made


@pytest.fixture
def announcer(
    parent: Parent,
    make_visitor: Callable[..., Visitor],
    schools: dict[str, SchoolSystem],
    request: pytest.FixtureRequest,
) -> Visitor:
    """The same guardian with a browser, signed in."""
    visitor = make_visitor(parent.email, **getattr(request, "param", {}))
    visitor.sign_in()
    return visitor


def today() -> date:
    return datetime.now(QUEBEC).date()


def announced(visitor: Visitor) -> list[list[str]]:
    """Return child and notice of each that the page tells of."""
    return [each.split(".") for each in visitor.page.url.partition("notices=")[2].replace("%2C", ",").split(",")]


def fed(schools: dict[str, SchoolSystem], notice_id: str) -> tuple[SchoolSystem, dict[str, Any]]:
    """Return the school that reads a notice, and the notice as it reads it."""
    [found] = [
        (school, each)
        for school in schools.values()
        for each in school.http.get("/absence-notices", params={"limit": 500}).json()["items"]
        if each["id"] == notice_id
    ]
    return found


def choose_reason(visitor: Visitor) -> str:
    """Choose the first reason that every school offers; return it as the school reads it."""
    found = visitor.page.locator("#reason option:not([data-explain])").nth(1).get_attribute("value")
    assert found is not None
    visitor.page.select_option("#reason", found)
    return found


def fill_in(visitor: Visitor, *, children: int = 2) -> None:
    """Say that so many of the children are away on the day after next."""
    visitor.open(ANNOUNCE)
    for number in range(children):
        visitor.page.locator("[name=child]").nth(number).check()
    visitor.page.locator("[name=day]").nth(1).check()
    choose_reason(visitor)


@pytest.mark.requirement("AT-03", "AT-04", "AT-05", "AT-07", "AT-09")
@pytest.mark.parametrize(
    "announcer", [{}, {"java_script_enabled": False}], indirect=True, ids=["with-javascript", "without-javascript"]
)
def test_an_absence_of_two_children_reaches_the_schools_of_two_boards(
    announcer: Visitor, schools: dict[str, SchoolSystem]
) -> None:
    fill_in(announcer)
    announcer.submit()

    expect(announcer.page.locator("h1")).to_have_text("Les écoles sont avisées")
    told = announced(announcer)
    assert len(told) == 2
    assert {fed(schools, notice_id)[0] for _, notice_id in told} == set(schools.values())
    for child_id, notice_id in told:
        school, notice = fed(schools, notice_id)
        assert notice["type"] == "full_day"
        assert school.http.post(f"/absence-notices/{notice_id}/acknowledgement").status_code == 204
        announcer.open(f"/enfants/{child_id}/absences")
        assert announcer.says("Reçu par l’école le")

    announcer.page.get_by_role("button", name="Annuler cette absence").click()
    expect(announcer.page.locator(".told")).to_contain_text("L’absence est annulée")
    assert announcer.says("Aucune absence à venir n’a été annoncée.")
    assert fed(schools, notice_id)[1]["withdrawn_at"] is not None


class Touches:
    """Counts what somebody does with a page."""

    def __init__(self, visitor: Visitor) -> None:
        self.page = visitor.page
        self.count = 0

    def click(self, selector: str, number: int = 0) -> None:
        self.page.locator(selector).nth(number).click()
        self.count += 1

    def choose_reason(self, visitor: Visitor) -> None:
        # A list is opened, and something in it chosen.
        choose_reason(visitor)
        self.count += 2


def test_announcing_of_two_children_takes_few_touches(announcer: Visitor) -> None:
    announcer.open("/enfants")
    touches = Touches(announcer)

    touches.click("a[href^='/absences/annoncer']")
    touches.click("[name=child]", 0)
    touches.click("[name=child]", 1)
    touches.click("[name=day]", 1)
    touches.choose_reason(announcer)
    touches.click(SUBMIT)

    expect(announcer.page.locator("h1")).to_have_text("Les écoles sont avisées")
    assert touches.count <= FEWEST_TOUCHES
    assert announcer.violations() + announcer.overflow() == []


@pytest.mark.parametrize(
    "announcer", [{}, {"java_script_enabled": False}], indirect=True, ids=["with-javascript", "without-javascript"]
)
def test_two_clicks_announce_once(announcer: Visitor, parent: Parent) -> None:
    fill_in(announcer)
    announcer.page.dblclick(SUBMIT)

    expect(announcer.page.locator("h1")).to_have_text("Les écoles sont avisées")
    for child_id, notice_id in announced(announcer):
        standing = parent.get(f"/children/{child_id}/absence-notices").json()
        assert [each["id"] for each in standing] == [notice_id]


def test_the_back_button_announces_nothing_twice(announcer: Visitor, parent: Parent) -> None:
    fill_in(announcer)
    announcer.submit()
    told = announced(announcer)
    announcer.page.go_back()
    announcer.open(ANNOUNCE)
    fill_in(announcer)
    announcer.submit()

    assert announcer.says("Un avis couvre déjà cette période")
    assert announcer.says("L’école n’a pas été avisée")
    assert [len(parent.get(f"/children/{child_id}/absence-notices").json()) for child_id, _ in told] == [1, 1]


def test_what_one_school_refuses_keeps_nothing_from_the_other(announcer: Visitor) -> None:
    fill_in(announcer, children=1)
    announcer.submit()
    fill_in(announcer)
    announcer.page.fill("#explanation", "Grippe")
    announcer.submit()

    assert announcer.says("Une partie de l’avis seulement a été transmise")
    assert announcer.says("Un avis couvre déjà cette période")
    expect(announcer.page.locator(".told-notice")).to_have_count(1)
    expect(announcer.page.locator("[name=child]:checked")).to_have_count(1)
    expect(announcer.page.locator("#explanation")).to_have_value("Grippe")
    assert announcer.violations() + announcer.overflow() == []


@pytest.fixture
def own_reason(schools: dict[str, SchoolSystem]) -> Iterator[str]:
    """A reason that one of the two boards alone offers, for a while."""
    school = schools[PHARES]
    before = school.http.get("/absence-reasons").json()
    label = "Tournoi de quilles"
    added = {"code": "QUILLES", "label_fr": label, "label_en": label}
    assert school.http.put("/absence-reasons", json={"reasons": [*before, added]}).is_success
    yield label
    assert school.http.put("/absence-reasons", json={"reasons": before}).is_success


@pytest.mark.requirement("AT-07")
def test_a_reason_of_one_board_alone_has_the_other_s_asked_for(
    announcer: Visitor, schools: dict[str, SchoolSystem], own_reason: str
) -> None:
    fill_in(announcer)
    common = announcer.page.input_value("#reason")
    announcer.page.select_option("#reason", own_reason)
    opened = announcer.page.locator(".own-reason[open]")
    expect(opened).to_have_count(1)
    assert announcer.violations() + announcer.overflow() == []

    opened.locator("select").select_option(common)
    announcer.submit()

    read = {school: notice["reason"] for school, notice in (fed(schools, each) for _, each in announced(announcer))}
    assert read[schools[PHARES]] == "QUILLES"
    assert read[schools[AFFLUENTS]] != "QUILLES"


@pytest.mark.requirement("AT-08")
def test_submit_is_grey_until_another_reason_is_explained(announcer: Visitor) -> None:
    fill_in(announcer)
    explained = announcer.page.locator("#reason option[data-explain]").first.get_attribute("value")
    announcer.page.select_option("#reason", explained)
    expect(announcer.page.locator(SUBMIT)).to_be_disabled()
    assert announcer.violations() == []

    announcer.page.fill("#explanation", "Un mariage")
    expect(announcer.page.locator(SUBMIT)).to_be_enabled()


@pytest.mark.requirement("AT-01", "AT-02", "AT-10")
def test_what_the_school_recorded_is_motivated_several_at_once(
    announcer: Visitor, parent: Parent, schools: dict[str, SchoolSystem]
) -> None:
    fill_in(announcer, children=1)
    announcer.submit()
    [[child_id, notice_id]] = announced(announcer)
    school, notice = fed(schools, notice_id)
    student = notice["student_source_id"]
    for number in (0, 1):
        on = (today() - timedelta(days=number)).isoformat()
        line = {"student_source_id": student, "date": on, "kind": "late", "time": "09:10"}
        recorded = school.http.put(f"/absences/portal-{student}-{number}", json=line)
        assert recorded.is_success, recorded.text

    announcer.open(f"/enfants/{child_id}/absences")
    assert announcer.says("À motiver avant le")
    expect(announcer.page.locator("svg.chart")).to_be_visible()
    assert announcer.violations() + announcer.overflow() == []
    announcer.page.get_by_role("link", name="Motiver ces absences").click()
    for number in (0, 1):
        announcer.page.locator("[name=absence]").nth(number).check()
    choose_reason(announcer)
    announcer.submit()

    assert announcer.says("Les motifs sont transmis à l’école")
    assert announcer.says("Aucune absence à motiver")
    statuses = [each["status"] for each in parent.get(f"/children/{child_id}/absences").json()]
    assert statuses == ["motivated", "motivated"]


def test_announcing_needs_no_mouse(announcer: Visitor) -> None:
    announcer.open(ANNOUNCE)
    keyboard = announcer.page.keyboard
    announcer.page.locator("[name=child]").first.focus()
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("ArrowDown")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("ArrowDown")
    keyboard.press("Tab")
    expect(announcer.page.locator(":focus")).to_have_id("explanation")
    keyboard.type("Grippe")
    keyboard.press("Tab")
    keyboard.press("Enter")

    expect(announcer.page.locator("h1")).to_have_text("L’école est avisée")
