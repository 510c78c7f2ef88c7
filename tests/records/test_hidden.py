"""What the school holds back does not exist for parents: no list, count, tile, reason or refusal tells it from nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.records.context import Context
from services.records.rules import kinds
from services.records.rules.kinds import KINDS
from services.records.rules.publication import DRAFT, PUBLISHED, WITHDRAWN
from shared import ids
from tests.support import entries
from tests.support.clock import FakeClock
from tests.support.records import OTHER_ACCOUNT, Browser, Child, Enrollment

MakeBrowser = Callable[..., Browser]
PATHS = (
    *("tiles", "results", "ministerial-results", "assignments", "report-cards", "statements", "tax-slips"),
    *("file", "agenda", "messages", "resources", "contact"),
)
QUERIES = ("", "?page=2", "?school_year=2025-2026&from=2000-01-01")
# The clock of the tests stands on 15 January 2026, 14:30.
TOMORROW = datetime(2026, 1, 16, 14, 30, tzinfo=UTC)
HELD_BACK = [
    pytest.param({"state": DRAFT}, id="a draft"),
    pytest.param({"state": PUBLISHED, "available_at": TOMORROW}, id="under an embargo"),
    pytest.param({"state": WITHDRAWN}, id="withdrawn"),
]


def everything(browser: Browser, child: Child, queries: tuple[str, ...] = QUERIES) -> dict[str, tuple[Any, ...]]:
    """Return what every path answers about a child: status, body, and the count."""
    found = {}
    for path in PATHS:
        for query in queries:
            answer = browser.get(f"/children/{child.id}/{path}{query}")
            found[path + query] = (answer.status_code, answer.text, answer.headers.get("X-Pagination"))
    return found


def stand_each(ctx: Context, child: Child, **held_back: Any) -> list[str]:
    """Write an entry of each kind, which would change every answer if it were seen."""
    uses_daycare = {kinds.FILE: {"uses_daycare": True}}
    return [
        entries.stand(
            ctx,
            kind,
            organisation_id=child.organisation_id,
            signature="a.b.c",
            document_digest="d" * 64 if KINDS[kind].has_document else None,
            **held_back,
            **uses_daycare.get(kind, {}),
        )
        for kind in KINDS
    ]


@pytest.mark.requirement("RE-04", "RE-05", "CHD-13")
@pytest.mark.parametrize("held_back", HELD_BACK)
def test_nothing_that_is_held_back_changes_any_answer(
    ctx: Context, browser: Browser, child: Child, held_back: dict[str, Any]
) -> None:
    before = everything(browser, child)
    stand_each(ctx, child, **held_back)
    assert everything(browser, child) == before


@pytest.mark.requirement("RE-05")
@pytest.mark.parametrize("held_back", HELD_BACK)
def test_nothing_that_is_held_back_shows_beside_what_is_published(
    ctx: Context, browser: Browser, child: Child, held_back: dict[str, Any]
) -> None:
    stand_each(ctx, child)
    before = everything(browser, child)
    hidden = stand_each(ctx, child, **held_back)
    after = everything(browser, child)
    assert after == before
    assert [entry_id for entry_id in hidden if entry_id in str(after)] == []


@pytest.mark.requirement("RE-05")
def test_every_kind_changes_an_answer_once_it_is_published(ctx: Context, browser: Browser, child: Child) -> None:
    # That the tests above would notice.
    before = everything(browser, child)
    shown = stand_each(ctx, child)
    after = everything(browser, child)
    assert [path for path in PATHS if after[path] == before[path]] == []
    assert [entry_id for entry_id in shown if entry_id not in str(after)] == []


@pytest.mark.requirement("RE-04", "RE-05")
@pytest.mark.parametrize("kind", KINDS)
def test_an_embargo_ends_at_its_moment_and_not_before(
    ctx: Context, browser: Browser, child: Child, clock: FakeClock, kind: str
) -> None:
    before = everything(browser, child, ("",))
    entry_id = entries.stand(ctx, kind, organisation_id=child.organisation_id, available_at=TOMORROW)
    clock.move_to(TOMORROW - timedelta(microseconds=1))
    assert everything(browser, child, ("",)) == before
    clock.move_to(TOMORROW)
    assert entry_id in str(everything(browser, child, ("",)))


@pytest.mark.requirement("CHD-13", "RE-14")
@pytest.mark.parametrize("held_back", HELD_BACK)
def test_a_guessed_id_is_refused_like_one_that_does_not_exist(
    ctx: Context, browser: Browser, child: Child, held_back: dict[str, Any]
) -> None:
    hidden = entries.stand(ctx, kinds.MESSAGE, organisation_id=child.organisation_id, **held_back)
    answers = [
        browser.call("PATCH", f"/children/{child.id}/messages/{message_id}", json={"is_read": True})
        for message_id in (hidden, ids.new())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    told, of_nothing = [{**answer.json, "request_id": None} for answer in answers]
    assert told == of_nothing


@pytest.mark.requirement("RE-02", "RE-04", "RE-17")
@pytest.mark.parametrize(
    ("level", "grade", "kind"),
    [("primary", "05", kinds.AGENDA_ENTRY), ("secondary", "09", kinds.MINISTERIAL_RESULT)],
)
def test_what_a_level_does_not_have_is_not_counted_either(
    ctx: Context, browser: Browser, told: Enrollment, organisation_id: str, level: str, grade: str, kind: str
) -> None:
    child = told.make_child(organisation_id, level=level, grade=grade, student_source_id="eleve-1")
    told.link(child)
    before = everything(browser, child)
    entries.stand(ctx, kind, organisation_id=organisation_id)
    assert everything(browser, child) == before


@pytest.mark.requirement("RE-04")
def test_a_right_that_is_not_to_view_the_file_opens_nothing(
    ctx: Context, browser: Browser, told: Enrollment, organisation_id: str
) -> None:
    child = told.make_child(organisation_id, student_source_id="eleve-1")
    told.link(child, rights=("report_absences",))
    stand_each(ctx, child)
    assert {status for status, _, _ in everything(browser, child).values()} == {404}


def statuses(browser: Browser, child: Child) -> set[int]:
    """Return the statuses that every path answers about a child."""
    return {status for status, _, _ in everything(browser, child, ("",)).values()}


@pytest.mark.requirement("CHD-13", "RE-17")
def test_a_child_that_changes_board_takes_nothing_of_the_old_one_along(
    ctx: Context, browser: Browser, told: Enrollment, organisation_id: str
) -> None:
    child = told.make_child(organisation_id, student_source_id="eleve-1")
    told.link(child)
    shown = stand_each(ctx, child)
    letter, card = (shown[list(KINDS).index(kind)] for kind in (kinds.MESSAGE, kinds.REPORT_CARD))
    before = everything(browser, child)
    # The new board calls another student as the old one has called this one.
    other = told.make_organisation(code="999000")
    told.link(replace(child, organisation_id=other, student_source_id="eleve-7"))
    after = everything(browser, child)
    assert [entry_id for entry_id in shown if entry_id in str(after)] == []
    asked = [
        browser.get(f"/children/{child.id}/report-cards/{card}/document"),
        browser.call("PATCH", f"/children/{child.id}/messages/{letter}", json={"is_read": True}),
    ]
    assert [each.status_code for each in asked] == [404, 404]
    told.link(child)
    assert everything(browser, child) == before


@pytest.mark.requirement("CHD-13")
def test_what_one_guardian_may_see_opens_nothing_to_another(
    ctx: Context, browser: Browser, make_browser: MakeBrowser, told: Enrollment, organisation_id: str
) -> None:
    child = told.make_child(organisation_id, student_source_id="eleve-1")
    told.link(child)
    other = make_browser(account_id=OTHER_ACCOUNT)
    card = stand_each(ctx, child)[list(KINDS).index(kinds.REPORT_CARD)]
    document = f"/children/{child.id}/report-cards/{card}/document"
    assert statuses(other, child) == {404}
    told.link(child, account_id=OTHER_ACCOUNT, rights=("report_absences",))
    assert (statuses(browser, child), statuses(other, child)) == ({200}, {404})
    tag = {"If-None-Match": f'"{"d" * 64}"'}
    assert [each.get(document, headers=tag).status_code for each in (browser, other)] == [304, 404]
    # The first is suspended, the other takes over.
    told.unlink(child)
    told.link(child, account_id=OTHER_ACCOUNT)
    assert (statuses(browser, child), statuses(other, child)) == ({404}, {200})
    assert [each.get(document, headers=tag).status_code for each in (browser, other)] == [404, 304]
