import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.records import letters, schemas
from services.records.context import Context
from services.records.operations import help as helping
from services.records.schemas.help import HelpOut
from services.records.schemas.support import SupportRequestIn
from tests.support.records import Browser

CHECKS = ["compatible_browser", "other_device", "right_portal", "right_email", "valid_email", "password_reset"]
ITEMS = ["child_name", "email", "error_message", "browser", "section", "screenshot"]
TEXTS = Path(schemas.__file__).parents[1] / "texts"


def of_code(listed: list[dict[str, Any]], code: str) -> dict[str, Any]:
    [found] = [each for each in listed if each["code"] == code]
    return found


def texts_of(document: Any) -> Iterator[str]:
    children = document.values() if isinstance(document, dict) else document
    for each in children:
        yield from [each] if isinstance(each, str) else texts_of(each) if isinstance(each, dict | list) else []


@pytest.mark.requirement("XC-03")
def test_help_gives_the_six_checks_of_the_guide_in_its_order_to_everybody(make_browser: Callable[..., Browser]) -> None:
    answer = make_browser(account_id=None).get("/help")
    assert (answer.status_code, [each["code"] for each in answer.json["checks"]]) == (200, CHECKS)
    assert HelpOut().validate(answer.json) == {}
    right_portal = of_code(answer.json["checks"], "right_portal")
    assert "Portail parents (https://portail.exemple.ca)" in right_portal["detail"]


@pytest.mark.requirement("XC-04")
def test_help_says_what_to_do_when_the_email_is_not_recognized(ctx: Context) -> None:
    question = of_code(helping.show_help(ctx, language="fr")["questions"], "email_not_recognized")
    assert question["title"].startswith(
        "Je ne peux pas accéder au site. Celui-ci ne reconnaît pas mon adresse courriel"
    )
    create, check = question["steps"]
    assert "Créez votre compte" in create
    assert "secrétaire" in check
    assert "dossier" in check


@pytest.mark.requirement("XC-05")
def test_help_says_what_to_do_when_no_code_comes(ctx: Context) -> None:
    question = of_code(helping.show_help(ctx, language="fr")["questions"], "code_not_received")
    for step, word in zip(
        question["steps"], ("bonne adresse", "une minute", "nouvel onglet", "indésirables"), strict=True
    ):
        assert word in step


@pytest.mark.requirement("XC-01", "XC-02")
def test_help_says_whom_to_ask_and_which_six_items_to_give(ctx: Context) -> None:
    asked = helping.show_help(ctx, language="fr")["support"]
    assert "secrétaire de l’école" in asked["detail"]
    assert [each["name"] for each in asked["items"]] == ITEMS
    assert {each["name"] for each in asked["items"] if each["is_required"]} == set(ITEMS) - {"screenshot"}
    assert set(ITEMS) == SupportRequestIn().fields.keys() - {"child_id"}


@pytest.mark.requirement("XC-07")
def test_help_says_the_same_in_english(browser: Browser) -> None:
    said = {language: browser.get("/help", headers={"Accept-Language": language}).json for language in ("fr", "en")}
    for part in ("checks", "questions"):
        french, english = ([each["code"] for each in said[language][part]] for language in ("fr", "en"))
        assert french == english
    steps = {language: [len(each["steps"]) for each in said[language]["questions"]] for language in said}
    assert steps["fr"] == steps["en"]
    french_texts, english_texts = set(texts_of(said["fr"])), set(texts_of(said["en"]))
    codes = {*CHECKS, *ITEMS, *(each["code"] for each in said["fr"]["questions"]), "/api/v1/support-requests"}
    assert french_texts & english_texts == codes


@pytest.mark.parametrize("folder", ["help", "letters"])
def test_french_texts_are_set_as_french_is(folder: str) -> None:
    said = list(texts_of(tomllib.loads((TEXTS / folder / "fr.toml").read_text(encoding="utf-8"))))
    assert said
    for text in said:
        assert "'" not in text
        assert not [mark for mark in ":;?!»" if f" {mark}" in text]
        assert "« " not in text


def test_the_letter_to_the_school_says_nothing_of_the_child() -> None:
    for kind in letters.KINDS:
        letter = letters.write(
            kind,
            to="aide@exemple.ca",
            language="fr",
            portal_name="Portail parents",
            public_url="https://portail.exemple.ca",
            code="ABCDEFGHJK",
        )
        assert "ABCDEFGHJK" in letter.text
        assert "ABCDEFGHJK" not in letter.subject
        assert "{" not in letter.text + letter.subject
