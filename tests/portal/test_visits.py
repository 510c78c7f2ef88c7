from collections.abc import Callable

import pytest

from portal.sealing import Seal
from tests.portal.conftest import Browser, FakeApi, settings

OTHER = "zyxwvutsrqponmlkjihgfedcba9876543210"


def cookies(answer: object) -> list[str]:
    return answer.headers.getlist("Set-Cookie")  # type: ignore[attr-defined,no-any-return]


def test_a_seal_opens_what_it_closed_and_nothing_else() -> None:
    seal, other = Seal((OTHER,), purpose="visit"), Seal((OTHER,), purpose="flow")
    closed = seal.close({"token": "t"})

    assert seal.open(closed) == {"token": "t"}
    assert [other.open(closed), seal.open(closed[:-2] + "xx"), seal.open(""), seal.open("a.b.c")] == [None] * 4


def test_a_new_key_closes_and_an_old_one_still_opens() -> None:
    old, both = Seal(("a" + OTHER,), purpose="visit"), Seal(("a" + OTHER, OTHER), purpose="visit")

    assert both.open(old.close({"a": 1})) == {"a": 1}
    assert old.open(both.close({"a": 1})) is None


@pytest.mark.requirement("SES-2")
def test_the_token_cannot_be_read_in_the_browser(browser: Browser) -> None:
    answer = browser.sign_in()

    assert answer.status_code == 303
    assert "the-token" not in str(answer.headers) + answer.text
    assert all({"HttpOnly", "SameSite=Lax", "Path=/"} <= set(each.split("; ")) for each in cookies(answer))


@pytest.mark.requirement("SES-2")
def test_cookies_are_bound_to_the_host_over_tls(make_browser: Callable[..., Browser]) -> None:
    told = cookies(make_browser(settings("https://portail.example.ca")).get("/"))

    assert told[0].startswith("__Host-vitrail-portal=")
    assert "Secure" in told[0].split("; ")


def test_the_token_goes_to_the_api_and_nowhere_else(browser: Browser, api: FakeApi) -> None:
    browser.sign_in()
    api.answer("GET", "/api/v1/children", 200, [])
    api.refuse("GET", "/api/v1/claim-form", 429, "too_many_requests")

    browser.get("/enfants")

    assert {request.headers["Authorization"] for request in api.seen[-2:]} == {"Bearer the-token"}


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize("given", ["", "x", "é"])
def test_a_form_that_is_none_of_the_visit_s_own_changes_nothing(browser: Browser, api: FakeApi, given: str) -> None:
    browser.get("/")
    api.seen.clear()

    answer = browser.client.post("/", data={"csrf_token": given, "email": "a@b.ca", "password": "p"})

    assert answer.status_code == 403
    assert "rien n’a été envoyé" in answer.text
    assert api.seen == []


def test_signing_in_gives_the_forms_a_new_token(browser: Browser) -> None:
    before = browser.get("/").text
    browser.sign_in()

    answer = browser.client.post(
        "/se-deconnecter", data={"csrf_token": before.split('csrf_token" value="')[1].split('"')[0]}
    )

    assert answer.status_code == 403


@pytest.mark.requirement("ID-35")
def test_signing_out_ends_the_session_at_the_api(browser: Browser, api: FakeApi) -> None:
    browser.sign_in()
    api.answer("GET", "/api/v1/children", 200, [])
    invitation = {"text": "Ajouter", "reason": "Pourquoi"}
    form = {"title": "t", "introduction": "i", "occasion": "first_child", "invitation": invitation, "fields": []}
    api.answer("GET", "/api/v1/claim-form", 200, {**form, "submit": "s", "afterwards": []})

    answer = browser.send("/se-deconnecter", page="/enfants")

    assert (api.seen[-1].method, api.seen[-1].headers["Authorization"]) == ("DELETE", "Bearer the-token")
    assert answer.headers["Location"] == "/"
    assert "Vous êtes déconnecté" in browser.get("/").text
    assert browser.get("/enfants").headers["Location"] == "/?back=/enfants"


def test_a_session_that_has_ended_leads_back_to_where_one_was(browser: Browser, api: FakeApi) -> None:
    browser.sign_in()
    api.refuse("GET", "/api/v1/children", 401, "not_signed_in")

    answer = browser.get("/enfants")

    assert answer.headers["Location"] == "/?back=/enfants"
    assert "Votre session a pris fin" in browser.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/enfants/ajouter?page=2", "/enfants/ajouter?page=2"),
        ("https://elsewhere.example/", "/enfants"),
        ("//elsewhere.example", "/enfants"),
        ("/\\elsewhere.example", "/enfants"),
        ("javascript:alert(1)", "/enfants"),
    ],
)
def test_signing_in_leads_nowhere_but_here(browser: Browser, back: str, leads_to: str) -> None:
    assert browser.sign_in(back=back).headers["Location"] == leads_to
