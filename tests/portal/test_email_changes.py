import json

import pytest

from tests.portal.conftest import ACCOUNT, Browser, FakeApi
from tests.portal.test_account import DETAILS, POLICY, asked, holder, said

__all__ = ["holder"]

CHALLENGE = {"challenge_id": "c1", "expires_at": "2099-01-01T00:00:00+00:00", "retry_after_s": 0}
STATE = {"state": "pending", "expires_at": "2099-01-01T00:00:00+00:00", "retry_after_s": 0}
TICKET = {"ticket": "proof", "expires_at": "2099-01-01T00:00:00+00:00"}
NEW = "nouvelle@example.org"


def prove(browser: Browser, api: FakeApi, *, start: str, email: str) -> str:
    """Walk up to the code, and return where it leads."""
    api.answer("POST", "/api/v1/verification-codes", 202, CHALLENGE)
    api.answer("GET", "/api/v1/verification-codes/c1", 200, STATE)
    api.answer("POST", "/api/v1/verification-codes/c1/verification", 200, TICKET)
    browser.send(start, email=email)
    return browser.send(f"{start}/code", code="123456").headers["Location"]


@pytest.mark.requirement("ACC-11")
def test_the_new_mailbox_is_proven_and_the_change_confirmed(holder: Browser, api: FakeApi) -> None:
    api.answer("PUT", "/api/v1/account/email", 200, {**DETAILS, "email": NEW})

    leads_to = prove(holder, api, start="/compte/courriel", email=NEW)
    shown = holder.get(leads_to).text
    before = asked(api, "PUT", "/api/v1/account/email")
    answer = holder.send(leads_to)

    [code] = asked(api, "POST", "/api/v1/verification-codes")
    assert said(code) == {"email": NEW, "purpose": "email_confirmation"}
    assert ("parent@example.org" in shown, NEW in shown, before) == (True, True, [])
    assert said(asked(api, "PUT", "/api/v1/account/email")[0]) == {"ticket": "proof"}
    assert answer.headers["Location"] == "/compte"
    assert "Votre courriel est changé" in holder.get("/compte").text


@pytest.mark.parametrize("path", ["/compte/courriel", "/compte/courriel/code", "/compte/courriel/confirmation"])
def test_nobody_changes_the_e_mail_of_an_account_from_outside(browser: Browser, path: str) -> None:
    assert browser.get(path).headers["Location"] == f"/?back={path}"


def test_no_change_without_the_code(holder: Browser) -> None:
    assert holder.get("/compte/courriel/confirmation").headers["Location"] == "/compte/courriel"


@pytest.mark.requirement("ACC-11")
def test_the_proof_of_the_mailbox_outlives_the_proof_of_who_one_is(holder: Browser, api: FakeApi) -> None:
    api.refuse("PUT", "/api/v1/account/email", 403, "reauthentication_required")

    leads_to = prove(holder, api, start="/compte/courriel", email=NEW)
    answer = holder.send(leads_to)

    assert answer.headers["Location"] == f"/confirmer-mon-identite?back={leads_to}"
    assert holder.get(leads_to).status_code == 200


@pytest.mark.parametrize("code", ["email_unchanged", "account_exists"])
def test_a_mailbox_that_will_not_do_is_told(holder: Browser, api: FakeApi, code: str) -> None:
    api.refuse("PUT", "/api/v1/account/email", 409, code)

    answer = holder.send(prove(holder, api, start="/compte/courriel", email=NEW))

    assert answer.status_code == 409
    assert f"Titre {code}" in answer.text


def test_keeping_the_present_e_mail_voids_the_code(holder: Browser, api: FakeApi) -> None:
    api.answer("DELETE", "/api/v1/verification-codes/c1", 204)
    leads_to = prove(holder, api, start="/compte/courriel", email=NEW)

    answer = holder.send("/compte/courriel/annuler", page=leads_to)

    assert answer.headers["Location"] == "/compte"
    assert holder.get(leads_to).headers["Location"] == "/compte/courriel"


@pytest.mark.requirement("ACC-11")
def test_the_former_mailbox_takes_the_account_back_once_that_is_confirmed(browser: Browser, api: FakeApi) -> None:
    api.answer("POST", "/api/v1/email-change-undos", 204)
    api.answer("GET", "/api/v1/password-policy", 200, POLICY)

    leads_to = prove(browser, api, start="/ce-n-est-pas-moi", email=str(ACCOUNT["email"]))
    shown = browser.get(leads_to).text
    before = asked(api, "POST", "/api/v1/email-change-undos")
    answer = browser.send(leads_to)

    [code] = asked(api, "POST", "/api/v1/verification-codes")
    assert said(code)["purpose"] == "email_change_undo"
    assert ("Toutes les sessions sont fermées" in shown, before) == (True, [])
    assert said(asked(api, "POST", "/api/v1/email-change-undos")[0]) == {"ticket": "proof"}
    assert answer.headers["Location"] == "/mot-de-passe-oublie/mot-de-passe"
    assert "Choisissez maintenant un nouveau mot de passe" in browser.get("/mot-de-passe-oublie/mot-de-passe").text


@pytest.mark.requirement("ACC-11")
def test_the_same_proof_is_good_for_the_new_password(browser: Browser, api: FakeApi) -> None:
    api.answer("POST", "/api/v1/email-change-undos", 204)
    api.answer("GET", "/api/v1/password-policy", 200, POLICY)
    api.answer("POST", "/api/v1/password-resets", 204)
    browser.send(prove(browser, api, start="/ce-n-est-pas-moi", email=str(ACCOUNT["email"])))

    browser.send("/mot-de-passe-oublie/mot-de-passe", password="Porte-8verte", password_confirmation="Porte-8verte")

    assert json.loads(asked(api, "POST", "/api/v1/password-resets")[0].content)["ticket"] == "proof"


def test_nothing_to_take_back_is_told_with_what_to_do(browser: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/email-change-undos", 409, "email_change_missing")

    answer = browser.send(prove(browser, api, start="/ce-n-est-pas-moi", email=str(ACCOUNT["email"])))

    assert "Titre email_change_missing" in answer.text
    assert 'href="/mot-de-passe-oublie"' in answer.text


def test_the_way_back_stands_on_the_sign_in_page(browser: Browser) -> None:
    assert 'href="/ce-n-est-pas-moi"' in browser.get("/").text
