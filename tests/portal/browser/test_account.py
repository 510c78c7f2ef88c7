from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from registry_generator import PlacedStudent
from tests.portal.browser.conftest import DESKTOP, PASSWORD, Visitor
from tests.portal.browser.test_journeys import choose, proof
from tests.support.households import Household

pytestmark = pytest.mark.slow

NEW_PASSWORD = "Porte-8verte"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def link(visitor: Visitor, child: PlacedStudent) -> None:
    visitor.open("/enfants/ajouter")
    choose(visitor, "phares")
    visitor.submit(**proof(child))


@pytest.mark.requirement("ACC-11", "PWD-11")
def test_the_other_sessions_are_seen_and_ended(make_visitor: Callable[..., Visitor], household: Household) -> None:
    here, elsewhere = make_visitor(household.email), make_visitor(household.email, size=DESKTOP)
    here.create_account()
    elsewhere.sign_in()

    here.choose_in_menu("Mon compte")
    here.page.click("text=Où je suis connecté")
    expect(here.page.locator(".entries li")).to_have_count(2)
    here.page.get_by_role("button", name="Me déconnecter partout ailleurs").click()
    expect(here.page.locator(".told")).to_have_text("Vous êtes déconnecté partout ailleurs.")

    elsewhere.open("/compte")
    assert elsewhere.says("Votre session a pris fin")


@pytest.mark.requirement("PWD-11")
def test_a_changed_password_is_the_one_that_opens(guardian: Visitor) -> None:
    guardian.create_account()
    guardian.open("/compte/mot-de-passe")
    guardian.page.fill("#password", NEW_PASSWORD)
    expect(guardian.page.locator(".rules .is-met")).to_have_count(2)
    guardian.submit(current_password="wrong", password=NEW_PASSWORD, password_confirmation=NEW_PASSWORD)
    assert guardian.says("Le mot de passe actuel n’est pas le bon")

    guardian.submit(current_password=PASSWORD, password=NEW_PASSWORD, password_confirmation=NEW_PASSWORD)
    expect(guardian.page.locator("h1")).to_have_text("Mon compte")
    guardian.choose_in_menu("Se déconnecter")
    guardian.submit(email=guardian.email, password=NEW_PASSWORD)

    assert guardian.path() == "/enfants"


@pytest.mark.requirement("ACC-11")
def test_a_change_of_e_mail_is_taken_back_by_the_former_mailbox(make_visitor: Callable[..., Visitor]) -> None:
    taker, former = make_visitor("former-mailbox@example.org"), make_visitor("former-mailbox@example.org")
    taker.create_account()
    taker.open("/compte")
    taker.page.click(".facts >> text=Changer >> nth=0")
    taker.email = "taken-over@example.org"
    taker.submit(email=taker.email)
    taker.submit(code=taker.code())
    expect(taker.page.locator("h1")).to_have_text("Confirmer le nouveau courriel")
    taker.page.get_by_role("button", name="Changer mon courriel").click()
    expect(taker.page.locator(".facts")).to_contain_text("taken-over@example.org")

    former.open("/")
    former.page.click("text=Ce n’est pas moi")
    former.submit(email=former.email)
    former.submit(code=former.code(2))
    former.page.get_by_role("button", name="Reprendre mon adresse").click()
    former.submit(password=NEW_PASSWORD, password_confirmation=NEW_PASSWORD)
    former.submit(email=former.email, password=NEW_PASSWORD)
    former.open("/compte")

    expect(former.page.locator(".facts")).to_contain_text("former-mailbox@example.org")
    taker.open("/compte")
    assert taker.says("Votre session a pris fin")


@pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_copy_is_taken_and_the_account_deleted(make_visitor: Callable[..., Visitor], script: bool) -> None:
    visitor = make_visitor(f"leaver-{script}@example.org".lower(), java_script_enabled=script)
    visitor.create_account()
    visitor.choose_in_menu("Mon compte")
    visitor.page.click("text=Copie de mes renseignements")
    with visitor.page.expect_download() as downloaded:
        visitor.page.get_by_role("button", name="Télécharger la copie").click()
    assert visitor.email in downloaded.value.path().read_text("utf-8")

    visitor.open("/compte/suppression")
    visitor.page.check("#understood")
    visitor.page.fill("#password", PASSWORD)
    visitor.page.get_by_role("button", name="Supprimer définitivement mon compte").click()
    assert visitor.says("Votre compte est supprimé")
    visitor.submit(email=visitor.email, password=PASSWORD)

    assert visitor.says("Courriel ou mot de passe invalide.")


@pytest.mark.requirement("XC-01", "XC-02", "RE-16")
def test_a_parent_writes_to_the_school_with_a_picture(guardian: Visitor, household: Household) -> None:
    guardian.create_account()
    link(guardian, household.child)
    expect(guardian.page.locator("h1")).to_contain_text("est associé")

    guardian.page.click("footer >> text=Nous joindre")
    guardian.page.click("text=Écrire à l’école >> nth=0")
    guardian.page.select_option("#section", "report_cards")
    guardian.page.set_input_files("#screenshot", {"name": "écran.png", "mimeType": "image/png", "buffer": PIXEL})
    guardian.submit(error_message="Le bulletin ne s’affiche pas.")

    assert guardian.says("Votre demande est envoyée")
    expect(guardian.page.locator(".code")).to_have_text(guardian.path().rpartition("/")[2])


@pytest.mark.requirement("RE-06")
def test_anybody_verifies_a_file_without_signing_in(make_visitor: Callable[..., Visitor]) -> None:
    visitor = make_visitor("nobody@example.org")
    visitor.open("/")
    visitor.page.click("text=Vérifier un document")

    pdf = {"name": "bulletin.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    visitor.page.set_input_files("#document", pdf)
    visitor.submit()

    expect(visitor.page.locator(".verdict h2")).to_contain_text("Ce fichier n’est pas celui que l’école a publié")


def test_the_menu_needs_neither_script_nor_room(make_visitor: Callable[..., Visitor]) -> None:
    visitor = make_visitor("narrow@example.org", size=(320, 568), java_script_enabled=False)
    visitor.create_account()

    visitor.choose_in_menu("Mon compte")
    expect(visitor.page.locator("h1")).to_have_text("Mon compte")
    visitor.choose_in_menu("Se déconnecter")

    assert visitor.says("Vous êtes déconnecté")
