"""From a school's system to a parent's screen, by what both can call: who sees what, and from when (acceptance 7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.records.context import Context
from services.records.operations import telling
from services.records.rules import kinds
from tests.support import entries
from tests.support.callers import kinds_told
from tests.support.clock import FakeClock
from tests.support.records import Browser, Child, Enrollment, SchoolSystem

# Midnight at school, ten days after the exam of 15 June.
TENTH_DAY = datetime(2026, 6, 25, 4, 0, tzinfo=UTC)
EXAM = {"session": "2026-06", "exam_on": "2026-06-15"}


@pytest.fixture
def system(make_school_system: Callable[..., SchoolSystem], organisation_id: str) -> SchoolSystem:
    """The system of the organisation of the tests."""
    assert organisation_id
    return make_school_system("records.read", "records.write")


@pytest.fixture
def make_child(told: Enrollment, organisation_id: str) -> Callable[..., Child]:
    """Make a child that the parent of the tests holds."""

    def make(**overrides: Any) -> Child:
        child = told.make_child(organisation_id, **overrides)
        told.link(child)
        return child

    return make


def send(system: SchoolSystem, kind: str, source_id: str, **overrides: Any) -> dict[str, Any]:
    answer = system.put(f"/{kinds.KINDS[kind].path}/{source_id}", entries.sent(kind, **overrides))
    assert answer.status_code in {200, 201}, answer.text
    return answer.json


def seen(browser: Browser, child: Child, path: str) -> tuple[int, str | None]:
    answer = browser.get(f"/children/{child.id}/{path}")
    assert answer.status_code == 200
    return len(answer.json["items"]), answer.json["empty_reason"]


def verdict(browser: Browser, signature: str) -> str:
    answer = browser.post("/verifications", {"signature": signature})
    assert answer.status_code == 200
    return answer.json["status"]


@pytest.mark.requirement("RE-02")
def test_a_pupils_agenda_is_empty_with_its_reason(
    system: SchoolSystem, browser: Browser, make_child: Callable[..., Child]
) -> None:
    pupil, student = make_child(level="primary", grade="04"), make_child(level="secondary", grade="08")
    send(system, kinds.AGENDA_ENTRY, "examen")
    assert seen(browser, pupil, "agenda") == (0, "not_in_primary")
    assert seen(browser, student, "agenda") == (1, None)


@pytest.mark.requirement("RE-04")
def test_ministerial_results_are_hidden_on_the_ninth_day_and_visible_on_the_tenth(
    ctx: Context, system: SchoolSystem, browser: Browser, make_child: Callable[..., Child], clock: FakeClock
) -> None:
    of = {"student_source_id": "eleve-1", **EXAM}
    fifth = make_child(level="secondary", grade="11", student_source_id="eleve-1")
    third = make_child(level="secondary", grade="09", student_source_id="eleve-3")
    clock.move_to(datetime(2026, 6, 16, 12, tzinfo=UTC))
    send(system, kinds.MINISTERIAL_RESULT, "histoire", **of)
    send(system, kinds.MINISTERIAL_RESULT, "maths", **{**of, "student_source_id": "eleve-3"})
    # Nothing that the school can say makes it earlier.
    system.put("/ministerial-results/histoire/publication", {"available_at": "2026-06-17T00:00:00Z"})
    system.put("/releases/2026-06", {"is_published": True})
    clock.move_to(TENTH_DAY - timedelta(microseconds=1))
    telling.tell_changes(ctx)
    assert seen(browser, fifth, "ministerial-results") == (0, "not_published_yet")
    assert "record-published" not in kinds_told(ctx)
    clock.move_to(TENTH_DAY)
    telling.tell_changes(ctx)
    assert seen(browser, fifth, "ministerial-results") == (1, None)
    assert kinds_told(ctx).count("record-published") == 2
    # Whoever is in the third year has none, whatever was sent.
    assert seen(browser, third, "ministerial-results") == (0, "not_applicable")


@pytest.mark.requirement("RE-04")
@pytest.mark.parametrize(
    ("released_on", "seen_at"),
    [("2026-07-08", datetime(2026, 7, 8, 4, tzinfo=UTC)), ("2026-06-20", datetime(2026, 6, 20, 4, tzinfo=UTC))],
)
def test_ministerial_results_are_seen_on_the_ministrys_own_day_where_it_is_told(
    system: SchoolSystem,
    browser: Browser,
    make_child: Callable[..., Child],
    clock: FakeClock,
    released_on: str,
    seen_at: datetime,
) -> None:
    child = make_child(level="secondary", grade="S4", student_source_id="eleve-1")
    send(system, kinds.MINISTERIAL_RESULT, "histoire", **EXAM)
    assert system.put("/ministerial-sessions/2026-06", {"released_on": released_on}).status_code == 200
    clock.move_to(seen_at - timedelta(microseconds=1))
    assert seen(browser, child, "ministerial-results")[0] == 0
    clock.move_to(seen_at)
    assert seen(browser, child, "ministerial-results") == (1, None)


@pytest.mark.requirement("RE-05")
def test_an_assignment_shows_when_the_teacher_makes_it_available(
    system: SchoolSystem, browser: Browser, make_child: Callable[..., Child]
) -> None:
    child = make_child(student_source_id="eleve-1")
    send(system, kinds.ASSIGNMENT, "expose", is_draft=True)
    assert seen(browser, child, "assignments") == (0, "not_published_yet")
    assert system.put("/assignments/expose/publication", {}).status_code == 200
    assert seen(browser, child, "assignments") == (1, None)
    assert system.delete("/assignments/expose/publication").status_code == 204
    assert seen(browser, child, "assignments") == (0, "not_published_yet")


@pytest.mark.requirement("RE-06")
def test_a_terms_report_cards_show_with_their_release(
    system: SchoolSystem, browser: Browser, make_child: Callable[..., Child], clock: FakeClock
) -> None:
    child = make_child(student_source_id="eleve-1")
    send(system, kinds.REPORT_CARD, "bulletin-1", release="2025-2026-E1")
    assert seen(browser, child, "report-cards") == (0, "not_published_yet")
    released_at = clock.now() + timedelta(days=3)
    told = {"is_published": True, "available_at": released_at.isoformat()}
    assert system.put("/releases/2025-2026-E1", told).status_code == 200
    clock.move_to(released_at - timedelta(seconds=1))
    assert seen(browser, child, "report-cards")[0] == 0
    clock.move_to(released_at)
    assert seen(browser, child, "report-cards") == (1, None)
    # Sent later into one that is published: at once.
    send(system, kinds.REPORT_CARD, "bulletin-1-bis", release="2025-2026-E1")
    assert seen(browser, child, "report-cards") == (2, None)


@pytest.mark.requirement("RE-03")
def test_a_correction_is_told_with_its_moment_and_a_signature_of_its_own(
    system: SchoolSystem, browser: Browser, make_child: Callable[..., Child], clock: FakeClock
) -> None:
    child = make_child(student_source_id="eleve-1")
    path = f"/children/{child.id}/results"
    send(system, kinds.RESULT, "maths", mark="28 %")
    (first,) = browser.get(path).json["items"]
    assert (first["mark"], first["corrected_at"]) == ("28 %", None)
    corrected_at = clock.advance(timedelta(hours=1))
    send(system, kinds.RESULT, "maths", mark="82 %")
    (second,) = browser.get(path).json["items"]
    assert (second["id"], second["mark"]) == (first["id"], "82 %")
    assert datetime.fromisoformat(second["corrected_at"]) == corrected_at
    assert (verdict(browser, first["signature"]), verdict(browser, second["signature"])) == ("replaced", "genuine")
    system.delete("/results/maths/publication")
    assert [verdict(browser, each["signature"]) for each in (first, second)] == ["withdrawn", "withdrawn"]
    assert browser.get(path).json["items"] == []


@pytest.mark.requirement("RE-04", "RE-05")
def test_a_correction_that_waits_takes_back_what_was_seen(
    system: SchoolSystem, browser: Browser, make_child: Callable[..., Child], clock: FakeClock
) -> None:
    child = make_child(student_source_id="eleve-1")
    send(system, kinds.RESULT, "maths", mark="28 %")
    (first,) = browser.get(f"/children/{child.id}/results").json["items"]
    tomorrow = clock.now() + timedelta(days=1)
    send(system, kinds.RESULT, "maths", mark="82 %", available_at=tomorrow.isoformat())
    assert seen(browser, child, "results")[0] == 0
    assert verdict(browser, first["signature"]) != "genuine"
    clock.move_to(tomorrow)
    (second,) = browser.get(f"/children/{child.id}/results").json["items"]
    assert second["mark"] == "82 %"
    assert (verdict(browser, first["signature"]), verdict(browser, second["signature"])) == ("replaced", "genuine")
