import json
from typing import Any

import pytest

from tests.portal.conftest import Browser, FakeApi
from tests.portal.test_family import child, said

ORGANISATIONS = "/api/v1/organisations"
# In the order of the guides' form.
LABELS = {
    "has_pin": "J’ai reçu un NIP de l’établissement scolaire",
    "pin": "NIP",
    "is_private": "Mon enfant fréquente un établissement privé",
    "board": "Centre de services scolaire ou commission scolaire",
    "private_school": "Établissement privé",
    "last_name": "Nom de l’enfant",
    "first_name": "Prénom de l’enfant",
    "birth_date": "Date de naissance",
    "identifier": "Numéro de fiche ou code permanent",
    "email": "Mon courriel",
}
CHOICES = {"board": f"{ORGANISATIONS}?kind=public", "private_school": f"{ORGANISATIONS}?kind=private"}
PROOF = {
    "last_name": "Tremblay",
    "first_name": "Élodie",
    "birth_day": "5",
    "birth_month": "4",
    "birth_year": "2016",
    "identifier": "1234567",
}


def organisation(number: int, **rest: Any) -> dict[str, Any]:
    return {
        "id": f"o{number}",
        "code": f"71{number}000",
        "name": "CSS des Phares",
        "former_name": "CS des Phares",
        "kind": "public",
        "network": "francophone",
        "is_subscribed": True,
        **rest,
    }


@pytest.fixture
def parent(browser: Browser, api: FakeApi) -> Browser:
    fields = [
        {
            "name": "organisation_id" if code in CHOICES else code,
            "kind": "text",
            "label": label,
            "help": f"Aide {code}",
            "default": None,
            "choices": CHOICES.get(code),
            "shown_when": None,
        }
        for code, label in LABELS.items()
    ]
    form = {
        "title": "Associer un enfant à mon compte",
        "introduction": "Pour obtenir l’accès",
        "submit": "Enregistrer",
        "fields": fields,
        "afterwards": [],
        "invitation": {"text": "", "reason": ""},
        "occasion": "first_child",
    }
    api.answer("GET", "/api/v1/claim-form", 200, form)
    api.answer("GET", ORGANISATIONS, 200, [organisation(1)], **{"X-Pagination": '{"total": 1}'})
    browser.sign_in()
    return browser


@pytest.mark.requirement("EN-01", "EN-03", "EN-04")
def test_the_form_asks_about_a_private_school_and_says_no_at_first(parent: Browser) -> None:
    text = parent.get("/enfants/ajouter").text

    assert "Associer un enfant à mon compte" in text
    assert LABELS["is_private"] in text
    assert 'kind=public" aria-current="true">Non</a>' in text
    assert f"<h1>{LABELS['board']}</h1>" in text


@pytest.mark.requirement("EN-03")
def test_a_private_school_is_chosen_out_of_its_own_list(parent: Browser, api: FakeApi) -> None:
    text = parent.get("/enfants/ajouter?kind=private").text

    assert f"<h1>{LABELS['private_school']}</h1>" in text
    assert 'kind=private" aria-current="true">Oui</a>' in text
    assert [r.url.params["kind"] for r in api.seen if r.url.path == ORGANISATIONS] == ["private"]


@pytest.mark.requirement("EN-05", "EN-08")
def test_the_list_is_searched_and_led_through_page_by_page(parent: Browser, api: FakeApi) -> None:
    where = '{"total": 13, "page": 2, "total_pages": 3}'
    api.answer("GET", ORGANISATIONS, 200, [organisation(1)], **{"X-Pagination": where})

    text = parent.get("/enfants/ajouter?search=des&page=2").text

    assert "13 résultats" in said(text)
    assert "CSS des Phares anciennement CS des Phares" in said(text)
    assert "page=3&amp;kind=public&amp;search=des" in text
    assert [dict(r.url.params) for r in api.seen if r.url.path == ORGANISATIONS] == [
        {"search": "des", "kind": "public", "page": "2", "page_size": "6"}
    ]


@pytest.mark.requirement("EN-05")
@pytest.mark.parametrize("number", ["0", "-1", "x", "٣", "99999999999999999999"])
def test_a_page_that_cannot_be_is_another(parent: Browser, api: FakeApi, number: str) -> None:
    assert parent.get(f"/enfants/ajouter?page={number}").status_code == 200
    assert [int(r.url.params["page"]) in {1, 1000} for r in api.seen if r.url.path == ORGANISATIONS] == [True]


@pytest.mark.requirement("EN-24")
def test_a_school_that_does_not_subscribe_cannot_be_chosen(parent: Browser, api: FakeApi) -> None:
    api.answer("GET", ORGANISATIONS, 200, [organisation(1, is_subscribed=False)])

    text = parent.get("/enfants/ajouter").text

    assert "Pas abonné au service" in text
    assert 'href="/enfants/ajouter/o1' not in text


@pytest.mark.requirement("EN-02", "EN-09", "EN-10", "EN-11", "EN-12", "EN-16")
def test_the_form_asks_in_the_order_of_the_guides(parent: Browser) -> None:
    text = parent.get("/enfants/ajouter/o1?organisation=CSS+des+Phares").text

    asked = [
        text.index(f">{LABELS[code]}<") for code in LABELS if code not in {"is_private", "private_school", "board"}
    ]
    assert asked == sorted(asked)
    assert 'value="no" checked' in text
    assert "Aide identifier" in text
    assert "<dd>parent@example.org<p" in text


@pytest.mark.requirement("EN-02")
@pytest.mark.parametrize(("has_pin", "sent"), [("no", None), ("yes", "AB12")])
def test_a_pin_is_sent_only_by_who_has_one(parent: Browser, api: FakeApi, has_pin: str, sent: str | None) -> None:
    api.answer("POST", "/api/v1/claims", 201, {"child": child(0)})

    answer = parent.send(
        "/enfants/ajouter/o1", page="/enfants/ajouter/o1?organisation=x", has_pin=has_pin, pin="AB12", **PROOF
    )

    assert answer.headers["Location"] == "/enfants/child-0/associe"
    assert json.loads(api.seen[-1].content).get("pin") == sent


@pytest.mark.requirement("EN-15")
def test_what_does_not_agree_is_told_of_no_field(parent: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/claims", 422, "claim_mismatch", support_reference="AB-12")

    answer = parent.send(
        "/enfants/ajouter/o1", page="/enfants/ajouter/o1?organisation=x", has_pin="yes", pin="AB12", **PROOF
    )

    assert answer.status_code == 422
    assert "Titre claim_mismatch" in answer.text
    assert "Référence à donner à l’école : AB-12" in said(answer.text)
    assert 'class="wrong"' not in answer.text
    assert 'value="Élodie"' in answer.text
    assert "AB12" not in answer.text


@pytest.mark.requirement("EN-09", "EN-10")
def test_what_is_missing_is_told_at_its_field(parent: Browser, api: FakeApi) -> None:
    answer = parent.send(
        "/enfants/ajouter/o1", page="/enfants/ajouter/o1?organisation=x", **{**PROOF, "birth_day": "", "last_name": ""}
    )

    assert answer.status_code == 422
    assert 'href="#birth_day"' in answer.text
    assert 'href="#last_name"' in answer.text
    assert [r.method for r in api.seen if r.url.path == "/api/v1/claims"] == []


def test_an_organisation_that_is_none_leads_back_to_the_list(parent: Browser) -> None:
    assert parent.get("/enfants/ajouter/o9?organisation=Rien").headers["Location"] == "/enfants/ajouter"
