from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from registry_generator import PlacedStudent
from tests.portal.browser.conftest import DESKTOP, PASSWORD, PHONE, Visitor
from tests.support.households import Household

pytestmark = pytest.mark.slow

NEW_PASSWORD = "Porte-8verte"


def proof(child: PlacedStudent, **typed: str) -> dict[str, str]:
    assert child.birth_on is not None
    return {
        "last_name": child.family_name,
        "first_name": child.given_name,
        "birth_day": str(child.birth_on.day),
        "birth_month": str(child.birth_on.month),
        "birth_year": str(child.birth_on.year),
        "identifier": child.file_number,
        **typed,
    }


def choose(visitor: Visitor, search: str) -> None:
    visitor.page.fill("#search", search)
    visitor.page.press("#search", "Enter")
    visitor.page.click(".choices a")


@pytest.mark.requirement("ID-07", "ID-08", "ID-14", "ID-16", "ID-17", "ID-21", "EN-01", "EN-15", "EN-18")
@pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_parent_creates_an_account_and_links_a_child(
    make_visitor: Callable[..., Visitor], household: Household, script: bool
) -> None:
    guardian = make_visitor(household.email, java_script_enabled=script)
    guardian.open("/")
    guardian.page.click("text=Créez votre compte")
    guardian.submit(email=household.email)
    assert guardian.path() == "/creer-un-compte/code"
    code = guardian.code()
    guardian.submit(code=f" {code[:3]}\u00a0{code[3:]} ")
    guardian.submit(password=PASSWORD, password_confirmation=PASSWORD)
    assert guardian.path() == "/enfants/ajouter"

    choose(guardian, "phares")
    guardian.submit(**proof(household.child, first_name="Eloise"))
    assert guardian.says("Les informations ne concordent pas")
    assert guardian.says("Référence à donner à l’école")
    guardian.submit(first_name=household.child.given_name)

    assert guardian.says(f"{household.child.given_name} {household.child.family_name} est associé à votre compte")
    guardian.page.click("text=Revenir à Portail Parents")
    assert guardian.page.locator(".child").count() == 1


@pytest.mark.requirement("ID-25", "ID-22", "ID-23")
def test_a_forgotten_password_is_replaced_and_ends_every_session(
    make_visitor: Callable[..., Visitor], household: Household
) -> None:
    at_home, elsewhere = make_visitor(household.email), make_visitor(household.email, size=DESKTOP)
    at_home.create_account()

    elsewhere.open("/")
    elsewhere.submit(email=household.email, password="oublié")
    assert elsewhere.says("Courriel ou mot de passe invalide.")
    elsewhere.page.locator(".summary").get_by_role("link", name="Mot de passe oublié").click()
    # What was typed has come along.
    assert elsewhere.page.input_value("#email") == household.email
    elsewhere.submit()
    elsewhere.submit(code=elsewhere.code(2))
    elsewhere.submit(password=NEW_PASSWORD, password_confirmation=NEW_PASSWORD)
    assert elsewhere.says("Votre mot de passe est changé")
    elsewhere.submit(email=household.email, password=NEW_PASSWORD)
    assert elsewhere.path() == "/enfants"

    at_home.open("/enfants")
    assert at_home.says("Votre session a pris fin")


@pytest.mark.requirement("ID-10", "ID-11", "ID-15")
def test_a_new_code_comes_after_its_time_and_voids_the_first(make_visitor: Callable[..., Visitor]) -> None:
    visitor = make_visitor("patient@example.org")
    visitor.open("/creer-un-compte")
    visitor.submit(email=visitor.email)
    button = visitor.page.get_by_role("button", name="Obtenir un nouveau code")
    expect(button).to_be_disabled()
    expect(visitor.page.locator("#wait")).to_contain_text("Possible dans")

    expect(button).to_be_enabled()
    button.click()
    expect(visitor.page.locator(".told")).to_contain_text("Un nouveau code est parti")

    first, second = visitor.code(1), visitor.code(2)
    visitor.submit(code=first)
    assert visitor.page.locator(".summary").count() == 1
    visitor.submit(code=second)
    assert visitor.path() == "/creer-un-compte/mot-de-passe"


@pytest.mark.requirement("ID-16")
def test_a_pasted_sentence_leaves_its_code_in_the_field(make_visitor: Callable[..., Visitor]) -> None:
    visitor = make_visitor("paste@example.org", permissions=["clipboard-read", "clipboard-write"])
    visitor.open("/creer-un-compte")
    visitor.submit(email=visitor.email)

    visitor.page.evaluate("navigator.clipboard.writeText('Votre code : 392 131. Merci')")
    visitor.page.focus("#code")
    visitor.page.keyboard.press("Control+V")

    assert visitor.page.input_value("#code") == "392131"


@pytest.mark.requirement("ID-13")
def test_a_closed_browser_takes_the_steps_up_again(make_visitor: Callable[..., Visitor]) -> None:
    visitor = make_visitor("closed@example.org")
    visitor.open("/creer-un-compte")
    visitor.submit(email=visitor.email)
    kept = [cookie for cookie in visitor.context.cookies() if cookie["expires"] > 0]

    again = make_visitor(visitor.email, storage_state={"cookies": kept, "origins": []})
    again.open("/creer-un-compte")
    again.page.click("text=Continuer où j’étais")
    again.submit(code=visitor.code())

    assert again.path() == "/creer-un-compte/mot-de-passe"


@pytest.mark.requirement("ID-35")
def test_the_back_button_shows_nothing_after_signing_out(guardian: Visitor) -> None:
    guardian.create_account()
    guardian.open("/enfants")
    guardian.choose_in_menu("Se déconnecter")
    assert guardian.says("Vous êtes déconnecté")

    guardian.page.go_back()

    expect(guardian.page.locator("h1")).to_have_text("Accès aux parents")


def test_two_clicks_link_one_child(guardian: Visitor, household: Household) -> None:
    guardian.create_account()
    choose(guardian, "phares")
    for name, value in proof(household.child).items():
        guardian.page.fill(f"#{name}", value)

    guardian.page.dblclick("main form .is-first")

    expect(guardian.page.locator("h1")).to_contain_text("est associé à votre compte")
    guardian.open("/enfants")
    assert guardian.page.locator(".child").count() == 1


def test_signing_in_needs_no_mouse(guardian: Visitor) -> None:
    guardian.create_account()
    guardian.choose_in_menu("Se déconnecter")
    guardian.open("/")
    keyboard = guardian.page.keyboard

    keyboard.press("Tab")
    expect(guardian.page.locator(":focus")).to_have_text("Passer au contenu")
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type(guardian.email)
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")

    expect(guardian.page.locator("h1")).to_have_text("Mes enfants")


def test_what_is_wrong_is_focused_and_leads_to_its_field(guardian: Visitor) -> None:
    guardian.open("/")
    guardian.submit(email="", password="x")

    expect(guardian.page.locator(":focus")).to_contain_text("Il y a un problème")
    guardian.page.click(".summary a")
    assert guardian.page.evaluate("document.activeElement.id") == "email"


@pytest.mark.requirement("EN-05", "EN-06", "EN-07")
def test_the_list_is_six_a_page_and_searched_without_accents(guardian: Visitor) -> None:
    guardian.create_account()
    assert guardian.page.locator(".choices li").count() == 6
    guardian.page.click("text=Suivant")
    assert guardian.says("CSS de la Capitale")

    guardian.page.fill("#search", "energie")
    guardian.page.press("#search", "Enter")

    expect(guardian.page.locator(".choices")).to_contain_text("CSS de l'Énergie")


WALKS = {
    "fr": ("/", "/creer-un-compte", "/mot-de-passe-oublie", "/enfants", "/enfants/ajouter", "/nulle-part"),
    "en": (
        "/en/",
        "/en/create-an-account",
        "/en/forgotten-password",
        "/en/children",
        "/en/children/add",
        "/en/nowhere",
    ),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "size"), [("fr", PHONE), ("en", DESKTOP)])
def test_every_page_is_accessible(
    make_visitor: Callable[..., Visitor], household: Household, language: str, size: tuple[int, int], scheme: str
) -> None:
    visitor = make_visitor(household.email, size=size, color_scheme=scheme)
    first, start, forgotten, children, add, nowhere = WALKS[language]
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = visitor.violations() + visitor.overflow()

    visitor.open(first)
    look("first")
    visitor.submit(email="nobody@example.org", password="wrong")
    look("refused")
    visitor.open(forgotten)
    look("forgotten")
    visitor.open(start)
    visitor.submit(email="")
    look("missing")
    visitor.submit(email=household.email)
    look("code")
    visitor.submit(code="000000")
    look("wrong code")
    visitor.submit(code=visitor.code())
    look("password")
    visitor.submit(password="abc", password_confirmation="abc")
    look("refused password")
    visitor.submit(password=PASSWORD, password_confirmation=PASSWORD)
    look("organisations")
    visitor.open(children)
    look("no child")
    visitor.open(add)
    choose(visitor, "phares")
    look("claim")
    visitor.submit(last_name="")
    look("claim missing")
    visitor.submit(**proof(household.child, first_name="X"))
    look("claim refused")
    visitor.submit(**proof(household.child))
    look("linked")
    visitor.open(children)
    look("children")
    visitor.open(nowhere)
    look("nowhere")

    assert len(found) == 16
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
