"""The form that leads to a claim, as a front end is told of it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import marshmallow as ma
import pytest

from services.enrollment.operations import children, claims, confirmations
from services.enrollment.schemas import ClaimIn
from services.enrollment.schemas.claim_form import ClaimFormOut
from shared.texts import LANGUAGES, Texts
from tests.support.clock import FakeClock
from tests.support.enrollment import ACCOUNT, PARENT, Browser, Registry, as_json

TEXTS = Texts(Path(children.__file__).parents[1] / "texts" / "claim_form")


def form(browser: Browser, language: str = "fr") -> dict[str, Any]:
    answer = browser.get("/claim-form", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert ClaimFormOut(unknown=ma.RAISE).validate(answer.json) == {}
    document: dict[str, Any] = answer.json
    return document


def fields(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = form(browser)["fields"]
    return found


def field(browser: Browser, name: str) -> dict[str, Any]:
    return next(each for each in fields(browser) if each["name"] == name)


@pytest.mark.requirement("EN-01")
def test_the_form_has_the_title_and_the_introduction_of_the_guides(browser: Browser) -> None:
    shown = form(browser)
    assert shown["title"] == "Associer un enfant à mon compte"
    assert shown["introduction"] == (
        "Pour obtenir l’accès aux informations scolaires de votre enfant, veuillez remplir le formulaire ci-dessous."
    )
    assert shown["submit"] == "Enregistrer"
    assert form(browser, "en")["title"] == "Link a child to my account"


@pytest.mark.requirement("EN-01", "EN-02", "EN-03", "EN-04", "EN-09", "EN-10", "EN-11", "EN-12")
def test_the_fields_stand_in_the_order_of_the_guides(browser: Browser) -> None:
    assert [each["label"] for each in fields(browser)] == [
        "J’ai reçu un NIP de l’établissement scolaire",
        "NIP",
        "Mon enfant fréquente un établissement privé",
        "Centre de services scolaire ou commission scolaire",
        "Établissement privé",
        "Nom de l’enfant",
        "Prénom de l’enfant",
        "Date de naissance",
        "Numéro de fiche ou code permanent",
        "Mon courriel",
    ]


@pytest.mark.requirement("EN-02", "EN-03")
def test_the_first_two_answers_are_no_unless_said(browser: Browser) -> None:
    asked = [each for each in fields(browser) if each["kind"] == "yes_no"]
    assert [(each["name"], each["default"]) for each in asked] == [("has_pin", False), ("is_private", False)]
    assert field(browser, "pin")["shown_when"] == {"has_pin": True}


@pytest.mark.requirement("EN-03", "EN-04", "EN-05")
def test_the_list_to_choose_from_is_that_of_boards_or_of_private_schools(browser: Browser, registry: Registry) -> None:
    registry.make_organisation(name="CSS des Phares")
    registry.make_organisation(name="Collège de la Baie-Claire", kind="private", network=None)
    lists = {
        each["shown_when"]["is_private"]: browser.get(each["choices"].removeprefix("/api/v1"))
        for each in fields(browser)
        if each["kind"] == "choice"
    }
    assert {is_private: [each["name"] for each in told.json] for is_private, told in lists.items()} == {
        False: ["CSS des Phares"],
        True: ["Collège de la Baie-Claire"],
    }


@pytest.mark.requirement("EN-16", "EN-17")
def test_the_form_says_where_the_numbers_are_found_and_whom_to_ask(browser: Browser) -> None:
    told = field(browser, "identifier")["help"]
    documents = (
        "bulletin",
        "horaire",
        "état de compte",
        "carte d’identité",
        "carte étudiante",
        "bordereau d’embarquement",
    )
    assert [each for each in documents if each not in told] == []
    assert "7 chiffres" in told
    assert "12 caractères" in told
    assert "secrétariat de l’école" in told


@pytest.mark.requirement("EN-12", "ID-06", "ID-28")
def test_the_email_is_the_accounts_own_with_the_standing_instruction(browser: Browser) -> None:
    email = field(browser, "email")
    assert (email["kind"], email["default"]) == ("account_email", PARENT)
    assert "Le courriel doit être celui que vous avez fourni à l’école." in email["help"]


def test_every_field_of_a_claim_is_on_the_form(browser: Browser) -> None:
    # The date is asked for once, and may be sent in parts.
    sent = set(ClaimIn().fields) - {"birth_day", "birth_month", "birth_year"}
    assert {each["name"] for each in fields(browser)} == sent | {"has_pin", "is_private", "email"}


@pytest.mark.requirement("EN-21", "ID-21")
def test_the_first_connection_leads_to_the_form(browser: Browser, registry: Registry) -> None:
    shown = form(browser)
    assert (shown["occasion"], shown["invitation"]["text"]) == (
        "first_child",
        "Cliquez ici pour remplir le formulaire",
    )
    assert "première connexion" in shown["invitation"]["reason"]
    # What the form asks for is what links the child.
    assert browser.post("/claims", as_json(registry.make_student())).status_code == 201
    assert form(browser)["occasion"] == "another_child"


@pytest.mark.requirement("EN-18", "EN-19")
def test_afterwards_it_is_repeated_or_left_and_later_it_adds_a_child(browser: Browser, registry: Registry) -> None:
    browser.post("/claims", as_json(registry.make_student()))
    shown = form(browser)
    assert [(each["code"], each["text"]) for each in shown["afterwards"]] == [
        ("repeat", "Répéter pour un autre enfant"),
        ("leave", "Revenir à Portail Parents"),
    ]
    assert shown["invitation"]["text"] == "Ajouter un enfant"


@pytest.mark.requirement("ID-32", "EN-21", "CHD-16")
def test_children_that_are_to_be_confirmed_lead_to_the_same_form(
    browser: Browser, registry: Registry, clock: FakeClock
) -> None:
    pupil = registry.make_student(organisation_id=registry.make_organisation(code="712000"))
    claims.claim_child(registry.ctx, account_id=ACCOUNT, email=PARENT, address="192.0.2.1", **pupil.claim)
    clock.advance(timedelta(days=1))
    confirmations.require_confirmation(registry.ctx, organisation_codes=["712000"], before=clock.now().date())
    shown = form(browser)
    assert (shown["occasion"], shown["invitation"]["text"]) == ("to_confirm", "Cliquez ici pour remplir le formulaire")
    assert "afin d’autoriser votre accès" in shown["invitation"]["reason"]
    browser.post("/claims", as_json(pupil))
    assert form(browser)["occasion"] == "another_child"


@pytest.mark.requirement("ACC-2")
def test_nobody_is_shown_the_form_before_signing_in(make_browser: Callable[..., Browser]) -> None:
    assert make_browser(account_id=None, email=None).get("/claim-form").status_code == 401


@pytest.mark.requirement("XC-07")
def test_every_text_of_the_form_is_there_in_both_languages() -> None:
    own = {slug: [TEXTS.of(slug, language) for language in LANGUAGES] for slug in TEXTS.slugs("fr")}
    assert TEXTS.slugs("fr") == TEXTS.slugs("en")
    assert [slug for slug, (french, english) in own.items() if bool(french.detail) != bool(english.detail)] == []
