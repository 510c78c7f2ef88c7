from typing import Any

import pytest

from tests.portal.conftest import Browser, FakeApi

TILES = [
    {"code": "agenda", "label": "Agenda", "opens_on_entry": False, "sections": [], "unread_count": None},
    {"code": "results", "label": "Résultats", "opens_on_entry": False, "sections": [], "unread_count": None},
    {"code": "messages", "label": "Messages", "opens_on_entry": True, "sections": [], "unread_count": 3},
]


def child(number: int, **rest: Any) -> dict[str, Any]:
    return {
        "id": f"child-{number}",
        "first_name": ("Élodie", "Noah", "Zoé")[number],
        "last_name": "Tremblay",
        "grade": "5",
        "level": "primary",
        "organisation": {"id": "o1", "code": "123", "name": "CSS des Phares"},
        "school": {"id": "s1", "name": "École du Rocher"},
        "rights": ["school_file"],
        "status": "active",
        **rest,
    }


def hold(api: FakeApi, *children: dict[str, Any], tiles: list[dict[str, Any]] = TILES) -> None:
    api.answer("GET", "/api/v1/children", 200, list(children))
    for each in children:
        api.answer("GET", f"/api/v1/children/{each['id']}", 200, each)
        api.answer("GET", f"/api/v1/children/{each['id']}/tiles", 200, {"tiles": tiles})


@pytest.fixture
def parent(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


def test_whoever_is_not_signed_in_signs_in_and_comes_back(browser: Browser) -> None:
    assert browser.get("/enfants/child-0").headers["Location"] == "/?back=/enfants/child-0"


@pytest.mark.requirement("EN-20", "RE-01")
def test_a_child_stands_in_its_family_and_its_tiles(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0), child(1))

    text = parent.get("/enfants/child-0").text

    assert 'href="/enfants/child-1"' in text
    assert 'href="/enfants/child-0" aria-current="true"' in text
    assert text.index(">Agenda<") < text.index(">Résultats<") < text.index(">Messages ")


def test_an_only_child_has_no_switcher(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0))

    text = parent.get("/enfants/child-0").text

    assert "<details" not in text
    assert "Ajouter un enfant" in text


def test_a_child_of_others_is_refused_as_the_api_refuses(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0))
    api.refuse("GET", "/api/v1/children/child-9", 404, "not_found")

    answer = parent.get("/enfants/child-9")

    assert answer.status_code == 404
    assert "Titre not_found" in answer.text


def test_a_child_whose_file_has_not_come_yet_is_shown_without_tiles(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0))
    api.refuse("GET", "/api/v1/children/child-0/tiles", 404, "not_found")

    answer = parent.get("/enfants/child-0")

    assert answer.status_code == 200
    assert "tiles-menu" not in answer.text


def test_a_tile_that_another_child_lacks_leads_to_its_first_page(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0), child(1))

    answer = parent.get("/enfants/child-1/aussi/finances")

    assert answer.headers["Location"] == "/enfants/child-1"
    assert "voici son accueil" in parent.get("/enfants/child-1").text
