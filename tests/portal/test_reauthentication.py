import pytest

from tests.portal.conftest import ACCOUNT, Browser, FakeApi
from tests.portal.test_pages import CHALLENGE, STATE

PATH = "/confirmer-mon-identite"
RENEWED = {"token": "the-new-token", "csrf_token": "n"}
PROOF = {"ticket": "proof", "expires_at": STATE["expires_at"]}


def account(api: FakeApi, *, has_password: bool) -> None:
    details = {**ACCOUNT, "has_password": has_password, "must_confirm_children": False}
    api.answer("GET", "/api/v1/account", 200, details)


@pytest.fixture
def holder(browser: Browser, api: FakeApi) -> Browser:
    """Somebody who has signed in a while ago."""
    account(api, has_password=True)
    api.answer("POST", "/api/v1/session/reauthentication", 200, RENEWED)
    browser.sign_in()
    return browser


@pytest.mark.requirement("ACC-11")
def test_what_asks_for_a_proof_leads_to_it_and_names_the_page_to_come_back_to(holder: Browser, api: FakeApi) -> None:
    api.refuse("GET", "/api/v1/children", 403, "reauthentication_required")

    assert holder.get("/enfants?a=1").headers["Location"] == "/confirmer-mon-identite?back=/enfants?a%3D1"


@pytest.mark.requirement("ACC-11", "SES-3")
def test_the_password_proves_and_the_session_goes_on_with_its_new_token(holder: Browser, api: FakeApi) -> None:
    answer = holder.send(PATH, password="Fenetre-7bleue", back="/compte/copie")

    assert answer.headers["Location"] == "/compte/copie"
    holder.get("/enfants")
    assert api.seen[-1].headers["Authorization"] == "Bearer the-new-token"
    assert "C’est bien vous" not in answer.text


@pytest.mark.requirement("ACC-11")
def test_another_password_is_told_at_its_field_and_the_way_back_stays(holder: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/session/reauthentication", 422, "current_password_wrong")

    answer = holder.send(PATH, password="Rideau-4jaune!", back="/compte/copie")

    assert answer.status_code == 422
    assert '<a href="#password">Titre current_password_wrong</a>' in answer.text
    assert 'name="back" value="/compte/copie"' in answer.text
    assert "Rideau-4jaune!" not in answer.text


def test_an_empty_password_is_told_without_a_question_to_the_api(holder: Browser, api: FakeApi) -> None:
    answer = holder.send(PATH, password="")

    assert answer.status_code == 422
    assert "/api/v1/session/reauthentication" not in {request.url.path for request in api.seen}


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_the_proof_leads_nowhere_but_here(holder: Browser, back: str) -> None:
    assert holder.send(PATH, password="Fenetre-7bleue", back=back).headers["Location"] == "/enfants"


@pytest.mark.requirement("ACC-11")
def test_an_account_without_a_password_proves_its_own_mailbox(holder: Browser, api: FakeApi) -> None:
    account(api, has_password=False)
    api.answer("POST", "/api/v1/verification-codes", 202, CHALLENGE)
    api.answer("GET", "/api/v1/verification-codes/c1", 200, STATE)
    api.answer("POST", "/api/v1/verification-codes/c1/verification", 200, PROOF)

    sent = holder.send(f"{PATH}/courriel", page=f"{PATH}?back=/compte/copie", back="/compte/copie")
    assert b'"parent@example.org"' in api.seen[-1].content
    assert b'"email_confirmation"' in api.seen[-1].content
    done = holder.send(f"{PATH}/code", code="123456")

    assert sent.headers["Location"] == f"{PATH}/code"
    assert b'"proof"' in api.seen[-1].content
    assert done.headers["Location"] == "/compte/copie"


@pytest.mark.requirement("ACC-11")
def test_a_proof_that_is_worth_nothing_begins_anew(holder: Browser, api: FakeApi) -> None:
    account(api, has_password=False)
    api.answer("POST", "/api/v1/verification-codes", 202, CHALLENGE)
    api.answer("GET", "/api/v1/verification-codes/c1", 200, STATE)
    api.answer("POST", "/api/v1/verification-codes/c1/verification", 200, PROOF)
    api.refuse("POST", "/api/v1/session/reauthentication", 409, "not_verified")
    holder.send(f"{PATH}/courriel", page=PATH)

    assert holder.send(f"{PATH}/code", code="123456").headers["Location"] == f"{PATH}/courriel"
    assert holder.get(f"{PATH}/courriel").headers["Location"] == PATH


def test_a_stranger_has_nothing_to_prove_again(browser: Browser) -> None:
    assert browser.get(f"{PATH}?back=/enfants").headers["Location"].startswith("/?back=")
