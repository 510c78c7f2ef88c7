import gzip
import re

import httpx
import pytest

from portal import logs
from tests.portal.conftest import Browser, FakeApi

CHALLENGE = {"challenge_id": "c1", "expires_at": "2099-01-01T00:00:00+00:00", "retry_after_s": 60}
STATE = {"state": "pending", "expires_at": "2099-01-01T00:00:00+00:00", "retry_after_s": 60}
ACCESS = re.compile(r"<script(?![^>]* src=)|\son\w+=|style=|javascript:|https?://")


@pytest.fixture
def proving(browser: Browser, api: FakeApi) -> Browser:
    """Somebody who has asked for a code."""
    api.answer("POST", "/api/v1/verification-codes", 202, CHALLENGE)
    api.answer("GET", "/api/v1/verification-codes/c1", 200, STATE)
    browser.send("/creer-un-compte", email="parent@example.org")
    return browser


@pytest.mark.requirement("SES-9")
@pytest.mark.parametrize("path", ["/", "/en/", "/creer-un-compte", "/mot-de-passe-oublie", "/nulle-part"])
def test_pages_hold_nothing_that_their_policy_forbids(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert ACCESS.findall(answer.text) == []
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_first_view_is_small(browser: Browser) -> None:
    page = browser.get("/")
    assets = re.findall(r'(?:href|src)="(/portal/[^"]+)"', page.text)

    assert len(set(assets)) == 4
    assert len(page.data) + sum(len(browser.get(each).data) for each in set(assets)) < 40_000


def test_assets_may_be_kept_for_ever(browser: Browser) -> None:
    [css] = re.findall(r'href="(/portal/tokens.css[^"]+)"', browser.get("/").text)

    assert "immutable" in browser.get(css).headers["Cache-Control"]
    assert browser.get("/portal/app.py").status_code == 404


def test_assets_are_packed_for_whoever_can_unpack_and_pages_are_not(browser: Browser) -> None:
    page = browser.client.get("/", headers={"Accept-Encoding": "gzip, br"})
    [css] = re.findall(r'href="(/portal/portal.css[^"]+)"', page.text)
    packed = browser.client.get(css, headers={"Accept-Encoding": "gzip, br"})
    plain = browser.client.get(css, headers={"Accept-Encoding": "gzip;q=0"})

    assert "Content-Encoding" not in page.headers
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Content-Encoding" not in plain.headers


@pytest.mark.requirement("ID-33", "ID-28")
def test_instructions_do_not_look_like_errors(browser: Browser) -> None:
    text = browser.get("/").text

    assert '<div class="notice"><p>Avant de vous connecter</p></div>' in text
    assert 'class="summary"' not in text


@pytest.mark.requirement("ID-23")
def test_a_refusal_stands_in_a_summary_with_what_to_do(browser: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/session", 401, "credentials_rejected")

    answer = browser.sign_in()

    assert answer.status_code == 401
    assert "<title>Erreur : " in answer.text.replace("\u00a0", " ")
    assert "Titre credentials_rejected" in answer.text
    assert "Détail credentials_rejected" in answer.text
    assert "Fenetre-7bleue" not in answer.text
    assert 'value="parent@example.org"' in answer.text


def test_what_was_left_empty_is_told_beside_its_field_and_in_the_summary(browser: Browser, api: FakeApi) -> None:
    answer = browser.send("/", email="", password="")

    assert answer.status_code == 422
    assert '<a href="#email">Saisissez votre courriel</a>' in answer.text
    assert 'id="email-wrong"' in answer.text
    assert 'aria-describedby=" email-wrong"' in answer.text
    assert "POST" not in {request.method for request in api.seen}


@pytest.mark.requirement("ID-31")
def test_an_old_account_is_led_to_be_made_anew(browser: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/session", 403, "account_must_be_recreated")

    assert 'href="/creer-un-compte"' in browser.sign_in().text


@pytest.mark.requirement("SES-1")
def test_what_was_typed_goes_along_once_and_in_no_address(browser: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/session", 401, "credentials_rejected")
    refused = browser.sign_in().text
    assert [link for link in re.findall(r'(?:href|action)="([^"]*)"', refused) if "parent" in link] == []

    assert 'value="parent@example.org"' in browser.get("/mot-de-passe-oublie").text
    # Whoever sits here next does not see it.
    assert "parent@example.org" not in browser.get("/mot-de-passe-oublie").text


def test_a_form_counts_once_however_often_it_is_sent(browser: Browser, api: FakeApi) -> None:
    browser.sign_in()

    assert [request.headers["Idempotency-Key"] for request in api.seen if request.method == "POST"] == ["k1"]


@pytest.mark.parametrize("path", ["/creer-un-compte", "/en/forgotten-password"])
def test_a_service_that_is_away_is_told_as_such(browser: Browser, api: FakeApi, path: str) -> None:
    api.fail("GET", "/api/v1/notices")

    answer = browser.get(path)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "<h1>" in answer.text


def test_the_first_page_is_shown_though_the_service_is_away(browser: Browser, api: FakeApi) -> None:
    api.fail("GET", "/api/v1/notices")

    assert browser.get("/").status_code == 200


def test_an_answer_that_is_none_of_the_api_s_is_as_good_as_none(browser: Browser, api: FakeApi) -> None:
    api.answers["GET", "/api/v1/notices"] = httpx.Response(200, text="<html>a proxy's page")

    assert browser.get("/creer-un-compte").status_code == 503


@pytest.mark.requirement("ID-13")
def test_a_closed_window_can_be_taken_up_again(proving: Browser) -> None:
    # A browser that was closed has kept what has a date, and nothing else.
    proving.client.delete_cookie("vitrail-portal")

    assert "parent@example.org" in proving.get("/creer-un-compte").text
    assert "parent@example.org" in proving.get("/creer-un-compte/code").text


@pytest.mark.requirement("ID-11")
def test_a_new_code_can_be_asked_for_beside_the_first(proving: Browser) -> None:
    text = proving.get("/creer-un-compte/code").text

    assert "Obtenir un nouveau code" in text
    assert 'data-wait="60"' in text
    assert "dans 60 secondes" in text


@pytest.mark.requirement("ID-15")
def test_a_wrong_code_is_told_at_its_field(proving: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/verification-codes/c1/verification", 422, "code_rejected")

    answer = proving.send("/creer-un-compte/code", code="000000")

    assert '<a href="#code">Titre code_rejected</a>' in answer.text
    assert "000000" not in answer.text


@pytest.mark.requirement("ID-14")
@pytest.mark.parametrize(("asked", "leads_to"), [("/creer-un-compte/mot-de-passe", "/creer-un-compte/code")])
def test_no_password_before_the_code(proving: Browser, asked: str, leads_to: str) -> None:
    assert proving.get(asked).headers["Location"] == leads_to


@pytest.mark.requirement("ID-14")
@pytest.mark.parametrize("step", ["code", "mot-de-passe"])
def test_no_step_without_the_first(browser: Browser, step: str) -> None:
    assert browser.get(f"/creer-un-compte/{step}").headers["Location"].startswith("/creer-un-compte")


@pytest.mark.requirement("ID-20")
def test_cancel_voids_the_code(proving: Browser, api: FakeApi) -> None:
    api.answer("DELETE", "/api/v1/verification-codes/c1", 204)

    answer = proving.send("/creer-un-compte/annuler", page="/creer-un-compte/code")

    assert answer.headers["Location"] == "/"
    assert (api.seen[-1].method, api.seen[-1].url.path) == ("DELETE", "/api/v1/verification-codes/c1")
    assert proving.get("/creer-un-compte/code").headers["Location"] == "/creer-un-compte"


@pytest.mark.requirement("ID-24")
def test_who_has_an_account_chooses_a_new_password_at_once(proving: Browser, api: FakeApi) -> None:
    policy = {"name": "p", "min_length": 8, "max_length": 16, "required_classes": 3, "classes": [], "symbols": ""}
    ticket = {"ticket": "proof", "expires_at": STATE["expires_at"]}
    api.answer("GET", "/api/v1/password-policy", 200, {**policy, "hint": "De 8 à 16"})
    api.answer("POST", "/api/v1/verification-codes/c1/verification", 200, ticket)
    proving.send("/creer-un-compte/code", code="123456")
    api.refuse("POST", "/api/v1/accounts", 409, "account_exists")
    passwords = {"password": "Fenetre-7bleue", "password_confirmation": "Fenetre-7bleue"}

    refused = proving.send("/creer-un-compte/mot-de-passe", **passwords)
    api.answer("POST", "/api/v1/password-resets", 204)
    done = proving.send("/mot-de-passe-oublie/mot-de-passe", **passwords)

    assert 'href="/mot-de-passe-oublie/mot-de-passe"' in refused.text
    assert done.headers["Location"] == "/"
    assert b'"proof"' in api.seen[-1].content


def test_nothing_that_is_typed_is_logged(browser: Browser, api: FakeApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    api.fail("POST", "/api/v1/session")

    assert browser.sign_in().status_code == 503

    told = "\n".join(logs.JsonLine().format(record) for record in caplog.records)
    assert {"api_unreachable", "ConnectError"} <= set(re.findall(r"\w+", told))
    assert {"parent@example.org", "Fenetre"} & set(re.findall(r"[\w@.]+", told)) == set()
