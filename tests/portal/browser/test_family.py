import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.portal.browser.conftest import DESKTOP, PHONE, FurnishedFamily, Visitor
from tests.portal.browser.test_journeys import choose, proof
from tests.support.households import PHARES, Household, source_id

pytestmark = pytest.mark.slow


@pytest.mark.requirement("EN-20")
@pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without-javascript"])
def test_another_child_is_shown_on_the_same_tile_with_the_keyboard_alone(
    make_visitor: Callable[..., Visitor], furnished_family: FurnishedFamily, script: bool
) -> None:
    visitor = make_visitor(furnished_family.email, java_script_enabled=script)
    visitor.sign_in()
    visitor.open(f"/enfants/{furnished_family.children['nathan']}/resultats")
    keyboard = visitor.page.keyboard

    visitor.page.focus(".switcher summary")
    keyboard.press("Enter")
    visitor.page.focus(".switcher a:not([aria-current])")
    with visitor.page.expect_navigation():
        keyboard.press("Enter")

    assert visitor.path().endswith("/resultats")
    assert furnished_family.children["nathan"] not in visitor.path()
    expect(visitor.page.locator(".tiles-menu [aria-current=page]")).to_contain_text("Résultats")


@pytest.mark.requirement("EN-20", "RE-02")
def test_a_tile_that_the_other_child_lacks_leads_to_its_first_page(
    family_visitor: Visitor, furnished_family: FurnishedFamily
) -> None:
    nathan, eloise = furnished_family.children["nathan"], furnished_family.children["eloise"]
    family_visitor.open(f"/enfants/{nathan}/agenda")

    family_visitor.page.click(".switcher summary")
    family_visitor.page.click(".switcher a:has-text('Éloïse')")

    assert family_visitor.path() == f"/enfants/{eloise}"
    assert family_visitor.says("Cet enfant n’a pas cette section")
    expect(family_visitor.page.locator(".tiles-menu")).not_to_contain_text("Agenda")


@pytest.mark.requirement("AT-02", "RE-01", "RE-14")
def test_the_first_page_leads_to_what_waits(family_visitor: Visitor, furnished_family: FurnishedFamily) -> None:
    family_visitor.open(f"/enfants/{furnished_family.children['nathan']}")
    waiting = family_visitor.page.locator(".waiting")

    expect(waiting).to_contain_text("à motiver")
    expect(waiting).to_contain_text("Message de l’école")
    family_visitor.page.click(".waiting a:has-text('à motiver')")
    assert family_visitor.path().startswith(f"/enfants/{furnished_family.children['nathan']}/absences")


@pytest.mark.requirement("RR-01", "RR-02", "RR-03")
@pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_child_is_re_registered_and_the_answer_changed(
    make_visitor: Callable[..., Visitor], furnished_family: FurnishedFamily, script: bool
) -> None:
    visitor = make_visitor(furnished_family.email, java_script_enabled=script)
    visitor.sign_in()
    path = f"/enfants/{furnished_family.children['rosalie']}/reinscription"

    visitor.open(path)
    visitor.page.check("input[value=leaving]")
    visitor.submit(leaving_to="Gaspé", explanation="Nous déménageons.")
    assert visitor.says("Vous avez répondu : l’enfant quitte.")
    assert visitor.page.input_value("#leaving_to") == "Gaspé"
    visitor.page.check("input[value=returning]")
    expect(visitor.page.locator("#leaving_to")).to_be_hidden()
    visitor.submit(explanation="")

    assert visitor.says("Votre réponse est transmise à l’école.")
    assert visitor.says("Vous avez répondu : l’enfant revient.")
    visitor.open(f"/enfants/{furnished_family.children['eloise']}/reinscription")
    assert visitor.says("La réinscription en ligne n’est pas ouverte")
    assert visitor.page.locator(".summary").count() == 0


@pytest.mark.requirement("EN-02", "CHD-11", "PRV-1")
def test_an_access_by_a_pin_is_disputed_and_the_journal_says_so(
    make_visitor: Callable[..., Visitor], guardian: Visitor, household: Household
) -> None:
    child, other = household.child, make_visitor(f"nip-{household.email}")
    issued = guardian.system.command("enrollment", "pins", "issue", PHARES, source_id(household))
    pin = re.search(r"(\S+)  until", issued)
    assert pin is not None
    guardian.create_account()
    choose(guardian, "phares")
    guardian.submit(**proof(child))
    root = guardian.path().removesuffix("/associe")

    other.create_account()
    choose(other, "phares")
    expect(other.page.locator("#pin")).to_be_hidden()
    other.submit(**proof(child))
    assert other.says("Oups. Accès refusé")
    other.page.check("input[name=has_pin][value=yes]")
    other.submit(pin=pin[1])
    assert other.says(f"{child.given_name} {child.family_name} est associé à votre compte")

    guardian.open(f"{root}/autres-repondants")
    guardian.page.click("text=Contester cet accès")
    assert guardian.says("Ce compte cesse tout de suite de voir le dossier de l’enfant.")
    with guardian.page.expect_navigation():
        guardian.page.click("main form .is-danger")
    assert guardian.says("L’accès de l’autre compte est suspendu.")
    guardian.open(f"{root}/journal")
    assert guardian.says("Vous avez contesté l’accès d’un autre compte.")
    assert guardian.says("Un autre répondant a associé l’enfant à son compte.")
    other.open("/enfants")
    assert other.says("Accès suspendu")
    assert other.page.locator("a:has-text('Ouvrir le dossier')").count() == 0


@pytest.mark.requirement("EN-18", "EN-19", "EN-25", "ID-36")
def test_the_form_is_repeated_for_a_child_of_another_board(guardian: Visitor, household: Household) -> None:
    guardian.create_account()
    choose(guardian, "phares")
    guardian.submit(**proof(household.child))
    guardian.page.click("text=Répéter pour un autre enfant")
    assert guardian.says("CSS des Phares")
    guardian.page.click("text=Changer")
    choose(guardian, "affluents")
    guardian.submit(**proof(household.sibling))
    guardian.page.click("text=Revenir à Portail Parents")

    assert guardian.page.locator(".child").count() == 2
    guardian.page.click(f".child a:has-text('{household.child.given_name}') >> nth=0")
    guardian.page.click(".switcher summary")
    guardian.page.click("text=Ajouter un enfant")
    assert guardian.path() == "/enfants/ajouter"


@pytest.mark.requirement("EN-03")
def test_a_private_school_is_found_by_saying_so(guardian: Visitor) -> None:
    guardian.create_account()
    assert guardian.says("Mon enfant fréquente un établissement privé")

    guardian.page.get_by_role("group").get_by_role("link", name="Oui").click()

    expect(guardian.page.locator("h1")).to_have_text("Établissement privé")
    assert guardian.page.locator(".choices a").count() > 0


def test_a_child_is_let_go_of_and_added_again(guardian: Visitor, household: Household) -> None:
    guardian.create_account()
    choose(guardian, "phares")
    guardian.submit(**proof(household.child))
    guardian.open("/enfants")

    guardian.page.click("text=Retirer de mon compte")
    assert guardian.says("Vous pourrez ajouter l’enfant de nouveau")
    with guardian.page.expect_navigation():
        guardian.page.click("main form .is-danger")
    assert guardian.says("L’enfant n’est plus associé à votre compte.")
    assert guardian.says("Aucun enfant n’est encore associé à votre compte.")
    guardian.open("/enfants/ajouter")
    choose(guardian, "phares")
    guardian.submit(**proof(household.child))

    assert guardian.says("est associé à votre compte")


@pytest.mark.parametrize(("language", "size", "scheme"), [("fr", PHONE, "dark"), ("en", DESKTOP, "light")])
def test_every_page_of_the_family_is_accessible_with_its_switcher_open(
    make_visitor: Callable[..., Visitor],
    furnished_family: FurnishedFamily,
    language: str,
    size: tuple[int, int],
    scheme: str,
) -> None:
    visitor = make_visitor(furnished_family.email, size=size, color_scheme=scheme)
    visitor.sign_in(language=language)
    root = {"fr": "/enfants", "en": "/en/children"}[language]
    pages = {
        "fr": ("", "/journal", "/autres-repondants", "/reinscription", "/retirer"),
        "en": ("", "/journal", "/other-guardians", "/re-registration", "/remove"),
    }[language]
    found: dict[str, list[str]] = {}
    visitor.open(root)
    found[root] = visitor.violations()
    for name in ("eloise", "nathan", "rosalie"):
        for page in pages:
            visitor.open(f"{root}/{furnished_family.children[name]}{page}")
            visitor.page.click(".switcher summary")
            found[f"{name}{page}"] = visitor.violations()

    assert len(found) == 16
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
