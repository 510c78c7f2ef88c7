import re
from typing import Any

import pytest

from portal.family import PAGES_OF_EVERY_CHILD
from portal.pages import ADDRESSES
from portal.pages.family import PAGES_OF_SECTIONS
from tests.portal.conftest import Browser, FakeApi
from vitrail_client.models.tile_out_code import TILE_OUT_CODE_VALUES

ROOT = "/api/v1/children"
SECTIONS = [
    {"code": "results", "label": "Résultats", "href": "/x"},
    {"code": "report_cards", "label": "Bulletins", "href": "/x"},
]
CAMPAIGN = {
    "id": "c1",
    "school_year": "2027-2028",
    "opens_on": "2027-01-11",
    "closes_on": "2027-01-29",
    "message": {"fr": "Confirmez la place.", "en": "Confirm the place."},
}


def tile(code: str, label: str, **rest: Any) -> dict[str, Any]:
    return {"code": code, "label": label, "opens_on_entry": False, "sections": [], "unread_count": None, **rest}


TILES = [
    tile("agenda", "Agenda"),
    tile("absences", "Absences"),
    tile("results", "Résultats", sections=SECTIONS),
    tile("messages", "Messages", opens_on_entry=True, unread_count=3),
]


def child(number: int, **rest: Any) -> dict[str, Any]:
    return {
        "id": f"child-{number}",
        "first_name": ("Élodie", "Noah", "Zoé")[number],
        "last_name": "Tremblay",
        "grade": "05",
        "level": "primary",
        "organisation": {"id": "o1", "code": "123", "name": "CSS des Phares"},
        "school": {"id": "s1", "name": "École du Rocher"},
        "rights": ["re_register", "report_absences", "view_file"],
        "status": "active",
        **rest,
    }


def message(subject: str, **rest: Any) -> dict[str, Any]:
    return {
        "id": subject,
        "subject": subject,
        "body": "…",
        "date": "2026-11-20",
        "sender": "La direction",
        "links": [],
        "is_important": False,
        "is_read": False,
        "corrected_at": None,
        "published_at": "2026-11-20T12:00:00+00:00",
        "school_year": "2026-2027",
        **rest,
    }


def asked(**rest: Any) -> dict[str, Any]:
    return {"campaign": CAMPAIGN, "answer": None, "may_answer": True, **rest}


def given(**rest: Any) -> dict[str, Any]:
    fields = {"answer": "leaving", "leaving_to": "Gaspé", "explanation": None, "is_own": True}
    return {**fields, "answered_at": "2027-01-12T15:00:00+00:00", **rest}


def hold(api: FakeApi, *children: dict[str, Any], tiles: list[dict[str, Any]] = TILES) -> None:
    api.answer("GET", ROOT, 200, list(children))
    for each in children:
        root = f"{ROOT}/{each['id']}"
        api.answer("GET", root, 200, each)
        api.answer("GET", f"{root}/tiles", 200, {"tiles": tiles})
        api.answer("GET", f"{root}/absences", 200, [], **{"X-Pagination": '{"total": 0}'})
        api.answer("GET", f"{root}/messages", 200, {"items": [], "empty_reason": "none"})
        api.refuse("GET", f"{root}/re-registration", 409, "campaign_closed")


def describe_claims(api: FakeApi, occasion: str = "another_child") -> None:
    fields = [
        {"name": name, "kind": "text", "label": f"Champ {name}", "help": "", "default": None}
        | {"choices": None, "shown_when": None}
        for name in ("has_pin", "pin", "is_private", "organisation_id", "last_name", "first_name", "birth_date")
    ]
    afterwards = [
        {"code": "repeat", "text": "Répéter pour un autre enfant"},
        {"code": "leave", "text": "Revenir à Portail Parents"},
    ]
    invitation = {"text": "Cliquez ici pour remplir le formulaire", "reason": "Par mesure de sécurité"}
    form = {"title": "Associer un enfant à mon compte", "introduction": "…", "submit": "Enregistrer"}
    form |= {"fields": fields, "afterwards": afterwards, "invitation": invitation, "occasion": occasion}
    api.answer("GET", "/api/v1/claim-form", 200, form)


@pytest.fixture
def parent(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


def said(text: str) -> str:
    """Return what a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text.replace("\u00a0", " ")))


@pytest.mark.parametrize(
    "path",
    [
        "/enfants",
        "/enfants/ajouter",
        "/enfants/c",
        "/enfants/c/journal",
        "/enfants/c/autres-repondants",
        "/enfants/c/reinscription",
        "/enfants/c/retirer",
        "/enfants/c/aussi/results",
    ],
)
def test_whoever_is_not_signed_in_signs_in_and_comes_back(browser: Browser, api: FakeApi, path: str) -> None:
    assert browser.get(path).headers["Location"] == f"/?back={path}"
    assert api.seen == []


@pytest.mark.requirement("RE-01")
def test_every_tile_and_every_page_that_is_led_to_is_there() -> None:
    names = {each.name for each in ADDRESSES}

    assert names >= TILE_OUT_CODE_VALUES
    assert names >= {*PAGES_OF_EVERY_CHILD, *PAGES_OF_SECTIONS.values()}


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
    assert '<a class="quiet" href="/enfants">Famille</a>' in text


def test_a_child_of_others_is_refused_as_the_api_refuses(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0))
    api.refuse("GET", f"{ROOT}/child-9", 404, "not_found")

    answer = parent.get("/enfants/child-9")

    assert answer.status_code == 404
    assert "Titre not_found" in answer.text


def test_a_child_whose_file_has_not_come_yet_says_so(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0))
    api.refuse("GET", f"{ROOT}/child-0/tiles", 404, "not_found")

    answer = parent.get("/enfants/child-0")

    assert answer.status_code == 200
    assert "tiles-menu" not in answer.text
    assert "cela prend quelques instants" in answer.text


@pytest.mark.requirement("AT-02", "RE-14", "RR-02")
def test_the_first_page_says_what_waits(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0))
    root = f"{ROOT}/child-0"
    api.answer("GET", f"{root}/absences", 200, [], **{"X-Pagination": '{"total": 2, "page": 1, "total_pages": 2}'})
    letters = [message("Sortie au musée"), message("Ancienne", is_read=True), message("Fermeture", is_important=True)]
    api.answer("GET", f"{root}/messages", 200, {"items": letters, "empty_reason": None})
    api.answer("GET", f"{root}/re-registration", 200, asked())

    text = said(parent.get("/enfants/child-0").text)

    assert "2 absences à motiver" in text
    assert "Réinscription 2027-2028Répondez d’ici le 29 janvier 2027." in text
    assert "Sortie au musée" in text
    assert "Important : Fermeture" in text
    assert "Ancienne" not in text
    assert [r.url.query for r in api.seen if r.url.path.endswith("absences")] == [
        b"status=to_motivate&page=1&page_size=1"
    ]


def test_the_first_page_is_calm_when_nothing_waits(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0), tiles=[tile("messages", "Messages", opens_on_entry=True, unread_count=0)])

    assert "Rien ne vous attend" in said(parent.get("/enfants/child-0").text)
    assert [r for r in api.seen if r.url.path.endswith("/messages")] == []


def test_the_first_page_does_without_what_is_away(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0))
    for part in ("absences", "messages", "re-registration"):
        api.fail("GET", f"{ROOT}/child-0/{part}")

    answer = parent.get("/enfants/child-0")

    assert answer.status_code == 200
    assert "Résultats" in answer.text


def test_the_first_page_does_without_the_tiles(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0))
    api.fail("GET", f"{ROOT}/child-0/tiles")

    answer = parent.get("/enfants/child-0")

    assert answer.status_code == 200
    assert "ne répondent pas pour l’instant" in answer.text
    assert "/absences/annoncer?child=child-0" in answer.text
    assert "tiles-menu" not in answer.text


def test_a_guardian_without_a_right_is_offered_none_of_it(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0, rights=["view_file"]))

    text = parent.get("/enfants/child-0").text

    assert '<a class="button is-first" href="/absences/' not in text
    assert [r.url.path for r in api.seen if r.url.path.endswith(("absences", "re-registration"))] == []


@pytest.mark.parametrize(
    ("status", "says"), [("to_confirm", "Confirmer l’identité"), ("suspended", "secrétariat de l’école")]
)
@pytest.mark.requirement("ID-32")
def test_a_child_that_is_not_open_says_what_to_do(parent: Browser, api: FakeApi, status: str, says: str) -> None:
    hold(api, child(0, status=status, school=None, grade=None, level=None, rights=[]))

    text = parent.get("/enfants/child-0").text

    assert says in text
    assert "tiles-menu" not in text
    assert [r.url.path for r in api.seen if r.url.path.endswith("/tiles")] == []


@pytest.mark.requirement("EN-20")
def test_another_child_is_shown_on_the_same_page(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0), child(1))
    api.answer("GET", f"{ROOT}/child-0/access-journal", 200, [])

    page = parent.get("/enfants/child-0/journal").text

    assert 'href="/enfants/child-1/aussi/child.journal"' in page
    assert parent.get("/enfants/child-1/aussi/child.journal").headers["Location"] == "/enfants/child-1/journal"


@pytest.mark.requirement("EN-20")
@pytest.mark.parametrize("page", ["finances", "sign_out", "nothing", "child.removal"])
def test_a_page_that_another_child_lacks_leads_to_its_first(parent: Browser, api: FakeApi, page: str) -> None:
    hold(api, child(0), child(1))

    answer = parent.get(f"/enfants/child-1/aussi/{page}")

    assert answer.headers["Location"] == "/enfants/child-1"
    assert "voici son accueil" in parent.get("/enfants/child-1").text


def test_a_child_that_is_not_open_is_not_shown_on_the_same_page(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0), child(1, status="suspended"))
    api.answer("GET", f"{ROOT}/child-0/access-journal", 200, [])

    page = parent.get("/enfants/child-0/journal").text

    assert 'href="/enfants/child-1"' in page
    assert "Accès suspendu" in page


@pytest.mark.requirement("EN-18", "EN-23")
def test_the_family_is_seen_at_a_glance(parent: Browser, api: FakeApi) -> None:
    describe_claims(api)
    hold(api, child(0), child(1, status="suspended", school=None), child(2, status="to_confirm"))
    api.answer("GET", f"{ROOT}/child-0/re-registration", 200, asked())

    text = parent.get("/enfants").text
    told = said(text)

    assert "Élodie Tremblay École du Rocher Primaire, 5e année · CSS des Phares Accès ouvert" in told
    assert told.index("Accès ouvert") < told.index("Accès suspendu") < told.index("À confirmer")
    assert "Réinscription 2027-2028 : répondez d’ici le 29 janvier 2027." in told
    assert "Accès suspendu" in told
    assert 'href="/enfants/ajouter/o1?organisation=CSS+des+Phares"' in text
    assert text.count("/retirer") == 3
    assert "Mes enfants ne sont pas tous visibles" in told


@pytest.mark.requirement("EN-21", "ID-32")
@pytest.mark.parametrize("occasion", ["first_child", "to_confirm"])
def test_a_first_visit_is_led_to_the_form_in_the_words_of_the_guides(
    parent: Browser, api: FakeApi, occasion: str
) -> None:
    describe_claims(api, occasion)
    hold(api)

    text = parent.get("/enfants").text

    assert "Par mesure de sécurité" in text
    assert 'href="/enfants/ajouter">Cliquez ici pour remplir le formulaire</a>' in text


@pytest.mark.parametrize(
    ("level", "grade", "says"),
    [
        ("primary", "01", "Primaire, 1re année · CSS"),
        ("primary", "6", "Primaire, 6e année · CSS"),
        ("primary", "KG", "Primaire · CSS"),
        ("primary", None, "Primaire · CSS"),
        ("secondary", "07", "1re secondaire · CSS"),
        ("secondary", "11", "5e secondaire · CSS"),
        ("secondary", "S4", "4e secondaire · CSS"),
        (None, None, "École du Rocher CSS"),
    ],
)
def test_a_year_is_said_as_people_say_it(
    parent: Browser, api: FakeApi, level: str | None, grade: str | None, says: str
) -> None:
    describe_claims(api)
    hold(api, child(0, level=level, grade=grade))

    assert says in said(parent.get("/enfants").text)


@pytest.mark.requirement("EN-18")
def test_the_form_is_repeated_for_another_child_of_the_same_board(parent: Browser, api: FakeApi) -> None:
    describe_claims(api)
    hold(api, child(0))

    text = parent.get("/enfants/child-0/associe").text

    assert 'href="/enfants/ajouter/o1?organisation=CSS+des+Phares">Répéter pour un autre enfant' in text
    assert 'href="/enfants">Revenir à Portail Parents' in text


def test_a_child_is_let_go_of_only_after_its_consequences_are_read(parent: Browser, api: FakeApi) -> None:
    describe_claims(api)
    hold(api, child(0))
    api.answer("DELETE", f"{ROOT}/child-0", 204)

    asks = said(parent.get("/enfants/child-0/retirer").text)
    before = [request.method for request in api.seen]
    answer = parent.send("/enfants/child-0/retirer")

    assert "Les autres répondants gardent leur accès." in asks
    assert "DELETE" not in before
    assert answer.headers["Location"] == "/enfants"
    assert "n’est plus associé" in parent.get("/enfants").text


def test_a_child_let_go_of_twice_is_let_go_of(parent: Browser, api: FakeApi) -> None:
    hold(api, child(0))
    api.refuse("DELETE", f"{ROOT}/child-0", 404, "not_found")

    assert parent.send("/enfants/child-0/retirer").headers["Location"] == "/enfants"
