import re
from pathlib import Path
from typing import Any

import pytest

from portal.app import FOLDER
from portal.languages import Texts
from portal.pages.guardians import ACTIONS
from tests.portal.conftest import Browser, FakeApi
from tests.portal.test_family import ROOT, child, hold, said
from vitrail_client.models import journal_entry_out

JOURNAL, GUARDIANS = f"{ROOT}/child-0/access-journal", f"{ROOT}/child-0/other-guardians"
TEXTS = Texts(FOLDER / "texts")


def entry(number: int, action: str, **rest: Any) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "action": action,
        "who": "you",
        "role": "guardian",
        "at": "2026-11-20T15:05:00Z",
        **rest,
    }


def guardian(number: int, **rest: Any) -> dict[str, Any]:
    fields = {"link_id": f"l{number}", "linked_at": "2026-11-03T15:00:00Z", "status": "active", "is_disputable": True}
    return {**fields, **rest}


@pytest.fixture
def parent(browser: Browser, api: FakeApi) -> Browser:
    hold(api, child(0))
    browser.sign_in()
    return browser


@pytest.mark.requirement("PRV-1")
def test_the_journal_says_who_did_what_day_by_day(parent: Browser, api: FakeApi) -> None:
    entries = [
        entry(1, "file_opened"),
        entry(2, "child_linked", who="other_guardian", at="2026-11-20T14:00:00Z"),
        # The day is the school's: in Québec it is still the nineteenth.
        entry(3, "record_published", who="school", role="school", at="2026-11-20T02:30:00Z"),
    ]
    api.answer("GET", JOURNAL, 200, entries, **{"X-Pagination": '{"total": 60, "page": 1, "total_pages": 3}'})

    text = parent.get("/enfants/child-0/journal").text
    told = said(text)

    assert "Vendredi 20 novembre 2026 10 h 05Vous avez ouvert le dossier de l’enfant." in told
    assert "9 h 00Un autre répondant a associé l’enfant à son compte." in told
    assert "Jeudi 19 novembre 2026 21 h 30L’école a publié de l’information au dossier." in told
    assert 'href="/enfants/child-0/journal?page=2"' in text
    english = said(parent.get("/en/children/child-0/journal").text)
    assert "Another guardian linked the child to their account." in english


def test_what_came_later_than_the_portal_is_told_in_general_words(parent: Browser, api: FakeApi) -> None:
    api.answer("GET", JOURNAL, 200, [entry(1, "teleported")])

    assert "Vous avez fait autre chose avec le dossier." in said(parent.get("/enfants/child-0/journal").text)


def test_every_action_that_the_api_names_has_its_sentence() -> None:
    described = Path(journal_entry_out.__file__).read_text("utf-8")

    named = set(re.findall(r"`([a-z_]+)`", described))
    assert named == ACTIONS
    assert {f"journal.{each}" for each in (*ACTIONS, "other")} <= TEXTS.keys("fr")


@pytest.mark.requirement("PRV-1", "CHD-11")
def test_the_other_accounts_are_listed_without_a_word_of_whose_they_are(parent: Browser, api: FakeApi) -> None:
    others = [
        guardian(1),
        guardian(2, is_disputable=False),
        guardian(3, status="suspended", is_disputable=False),
    ]
    api.answer("GET", GUARDIANS, 200, others)

    text = parent.get("/enfants/child-0/autres-repondants").text

    assert re.findall(r'href="([^"]+)/contester"', text) == ["/enfants/child-0/autres-repondants/l1"]
    assert said(text).count("Un autre compte, associé le 3 novembre 2026") == 3
    assert "Cet accès est plus ancien que le vôtre" in said(text)
    assert "Accès suspendu" in said(text)


def test_no_other_account_is_said_calmly(parent: Browser, api: FakeApi) -> None:
    api.answer("GET", GUARDIANS, 200, [])

    assert "Aucun autre compte" in said(parent.get("/enfants/child-0/autres-repondants").text)


@pytest.mark.requirement("CHD-11")
def test_an_access_is_disputed_only_after_the_consequences_are_read(parent: Browser, api: FakeApi) -> None:
    api.answer("GET", GUARDIANS, 200, [guardian(1)])
    api.answer("POST", f"{GUARDIANS}/l1/dispute", 204)
    path = "/enfants/child-0/autres-repondants/l1/contester"

    asks = said(parent.get(path).text)
    before = {request.url.path for request in api.seen}
    answer = parent.send(path)

    assert "Ce compte cesse tout de suite de voir le dossier de l’enfant." in asks
    assert "Vous ne pourrez pas revenir en arrière vous-même." in asks
    assert f"{GUARDIANS}/l1/dispute" not in before
    assert answer.headers["Location"] == "/enfants/child-0/autres-repondants"
    assert "est suspendu. L’école va vérifier." in said(parent.get("/enfants/child-0/autres-repondants").text)


@pytest.mark.requirement("CHD-11")
def test_an_access_that_cannot_be_disputed_any_more_says_why(parent: Browser, api: FakeApi) -> None:
    api.answer("GET", GUARDIANS, 200, [guardian(1)])
    api.refuse("POST", f"{GUARDIANS}/l1/dispute", 409, "link_not_disputable")

    answer = parent.send("/enfants/child-0/autres-repondants/l1/contester")

    assert answer.status_code == 409
    assert "Détail link_not_disputable" in answer.text


@pytest.mark.parametrize("others", [[], [guardian(1, status="suspended")]])
def test_what_there_is_no_more_to_dispute_leads_back(
    parent: Browser, api: FakeApi, others: list[dict[str, Any]]
) -> None:
    api.answer("GET", GUARDIANS, 200, others)

    answer = parent.get("/enfants/child-0/autres-repondants/l1/contester")

    assert answer.headers["Location"] == "/enfants/child-0/autres-repondants"
