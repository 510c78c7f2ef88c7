from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.portal.conftest import SIGNED_IN, Browser, FakeApi, settings
from tests.portal.test_pages import CHALLENGE, STATE

PROVIDER = {"id": "google", "name": "Google", "start": "/api/v1/social/google/start"}
AWAY = "https://accounts.example/authorize?state=s"
SOCIAL_COOKIE = {"Set-Cookie": "vitrail-social=bound; HttpOnly; Max-Age=1800; Path=/"}
WAITING = {
    "provider": "google",
    "provider_name": "Google",
    "email": "parent@example.org",
    "expires_at": STATE["expires_at"],
}
BACK = "/connexion/google/retour?state=s&code=c&iss=i&back=/enfants/ajouter"


def sent(api: FakeApi, path: str) -> list[bytes]:
    return [request.content for request in api.seen if request.url.path == path and request.method == "POST"]


def arrive(api: FakeApi, step: str, session: object = None) -> None:
    api.answer("POST", "/api/v1/social-arrivals", 201, {"step": step, "session": session})


@pytest.fixture
def visitor(browser: Browser, api: FakeApi) -> Browser:
    """Somebody who may sign in through Google, and has set out."""
    api.answer("GET", "/api/v1/social-providers", 200, [PROVIDER])
    api.answer("POST", "/api/v1/social-visits", 201, {"url": AWAY}, **SOCIAL_COOKIE)
    browser.get("/connexion/google?back=/enfants/ajouter")
    return browser


@pytest.mark.requirement("ID-02", "ID-03")
def test_the_first_page_offers_the_social_accounts_that_there_are(browser: Browser, api: FakeApi) -> None:
    api.answer("GET", "/api/v1/social-providers", 200, [PROVIDER])

    assert 'href="/connexion/google?back=/enfants"' in browser.get("/?back=/enfants").text
    assert "Continue with Google" in browser.get("/en/").text


def test_without_providers_nothing_is_said_of_social_accounts(browser: Browser) -> None:
    assert "compte social" not in browser.get("/").text


@pytest.mark.requirement("OID-1", "OID-8")
def test_the_browser_is_sent_on_and_holds_nothing_that_it_could_read(visitor: Browser, api: FakeApi) -> None:
    answer = visitor.get("/connexion/google?back=/enfants/ajouter")

    assert (answer.status_code, answer.headers["Location"]) == (303, AWAY)
    assert b'"/connexion/google/retour?back=/enfants/ajouter"' in sent(api, "/api/v1/social-visits")[-1]
    assert "bound" not in str(answer.headers)


@pytest.mark.requirement("ID-04", "SES-2")
def test_whom_the_provider_vouches_for_is_signed_in_and_where_they_wanted_to_be(visitor: Browser, api: FakeApi) -> None:
    arrive(api, "signed_in", SIGNED_IN)

    answer = visitor.get(BACK)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/enfants/ajouter")
    assert sent(api, "/api/v1/social-arrivals") == [
        b'{"provider":"google","state":"s","code":"c","error":"","iss":"i"}'
    ]
    assert {request.headers["Cookie"] for request in api.seen if "arrivals" in request.url.path} == {
        "vitrail-social=bound"
    }
    assert "the-token" not in str(answer.headers)


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/" + "a" * 200])
def test_a_social_sign_in_leads_nowhere_but_here(visitor: Browser, api: FakeApi, back: str) -> None:
    arrive(api, "signed_in", SIGNED_IN)

    assert visitor.client.get("/connexion/google/retour", query_string={"back": back}).headers["Location"] == "/enfants"


@pytest.mark.requirement("OID-1")
@pytest.mark.parametrize(
    ("status", "code"), [(400, "social_sign_in_failed"), (502, "provider_failed"), (422, "email_not_accepted")]
)
def test_a_refusal_stands_on_the_first_page_with_what_to_do(
    visitor: Browser, api: FakeApi, status: int, code: str
) -> None:
    api.refuse("POST", "/api/v1/social-arrivals", status, code)

    answer = visitor.get("/connexion/google/retour?state=s&error=access_denied")

    assert answer.status_code == status
    assert f"Titre {code}" in answer.text
    assert f"Détail {code}" in answer.text
    assert 'name="password"' in answer.text


@pytest.mark.requirement("ID-31")
def test_an_old_account_that_a_provider_opens_is_led_to_be_made_anew(visitor: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/social-arrivals", 403, "account_must_be_recreated")

    assert 'href="/creer-un-compte">Créer de nouveau mon compte</a>' in visitor.get(BACK).text


@pytest.mark.requirement("ID-05", "OID-4")
def test_a_mailbox_that_nobody_vouches_for_is_confirmed_by_our_code(visitor: Browser, api: FakeApi) -> None:
    arrive(api, "email_confirmation")
    api.answer("GET", "/api/v1/social-confirmation", 200, {**WAITING, "step": "email_confirmation"})
    api.answer("POST", "/api/v1/verification-codes", 202, CHALLENGE)
    api.answer("GET", "/api/v1/verification-codes/c1", 200, STATE)
    proof = {"ticket": "proof", "expires_at": STATE["expires_at"]}
    api.answer("POST", "/api/v1/verification-codes/c1/verification", 200, proof)
    api.answer("POST", "/api/v1/social-confirmation", 201, SIGNED_IN)

    confirmation = visitor.get(BACK).headers["Location"]
    start = visitor.get(confirmation).headers["Location"]
    shown = visitor.get(start).text
    visitor.send("/confirmer-mon-courriel", page=start, email="parent@example.org", back="/enfants/ajouter")
    done = visitor.send("/confirmer-mon-courriel/code", code="123456")

    assert parse_qs(urlsplit(start).query) == {"back": ["/enfants/ajouter"]}
    assert 'value="parent@example.org"' in shown
    assert 'name="back" value="/enfants/ajouter"' in shown
    assert b'"email_confirmation"' in sent(api, "/api/v1/verification-codes")[0]
    assert b'"proof"' in sent(api, "/api/v1/social-confirmation")[0]
    assert done.headers["Location"] == "/enfants/ajouter"


@pytest.fixture
def known(visitor: Browser, api: FakeApi) -> Browser:
    """Somebody whom Google has recognized, with an account of the same e-mail."""
    arrive(api, "account_exists")
    api.answer("GET", "/api/v1/social-confirmation", 200, {**WAITING, "step": "account_exists"})
    visitor.get(BACK)
    return visitor


@pytest.mark.requirement("OID-5", "ID-06")
def test_an_account_that_exists_is_linked_by_its_password(known: Browser, api: FakeApi) -> None:
    api.answer("POST", "/api/v1/social-confirmation", 201, SIGNED_IN)

    done = known.send("/confirmer-mon-compte-social", password="Fenetre-7bleue", back="/enfants/ajouter")

    assert b'"email":"parent@example.org","password":"Fenetre-7bleue"' in sent(api, "/api/v1/social-confirmation")[0]
    assert done.headers["Location"] == "/enfants/ajouter"


@pytest.mark.requirement("OID-5")
def test_a_wrong_password_links_nothing_and_a_code_is_offered(known: Browser, api: FakeApi) -> None:
    api.refuse("POST", "/api/v1/social-confirmation", 401, "credentials_rejected")

    answer = known.send("/confirmer-mon-compte-social", password="Rideau-4jaune!")

    assert answer.status_code == 401
    assert "Titre credentials_rejected" in answer.text
    assert "Confirmer plutôt par un code" in answer.text
    assert "Rideau-4jaune!" not in answer.text


def test_a_confirmation_that_took_too_long_begins_anew(known: Browser, api: FakeApi) -> None:
    api.refuse("GET", "/api/v1/social-confirmation", 409, "confirmation_missing")

    answer = known.get("/confirmer-mon-compte-social")

    assert answer.headers["Location"] == "/"
    assert "La confirmation a pris fin" in known.get("/").text


def test_giving_up_forgets_whom_the_provider_recognized(known: Browser, api: FakeApi) -> None:
    api.answer("DELETE", "/api/v1/social-confirmation", 204)

    known.send("/confirmer-mon-compte-social/quitter", page="/confirmer-mon-compte-social")

    assert ("DELETE", "/api/v1/social-confirmation") in {(each.method, each.url.path) for each in api.seen}


@pytest.mark.requirement("OID-5")
def test_whoever_is_signed_in_links_the_provider_to_their_account(visitor: Browser, api: FakeApi) -> None:
    visitor.sign_in()
    api.answer("POST", "/api/v1/account/identities", 201, {"url": AWAY})
    arrive(api, "linked")

    sent_on = visitor.get("/connexion/google")
    arrived = visitor.get("/connexion/google/retour?state=s&code=c")

    assert sent_on.headers["Location"] == AWAY
    assert b'"is_handed_on":true' in sent(api, "/api/v1/account/identities")[0]
    assert arrived.headers["Location"] == "/compte"


@pytest.mark.requirement("ACC-11")
def test_linking_may_ask_who_one_is_first_and_then_goes_on(visitor: Browser, api: FakeApi) -> None:
    visitor.sign_in()
    api.refuse("POST", "/api/v1/account/identities", 403, "reauthentication_required")

    assert visitor.get("/connexion/google").headers["Location"] == "/confirmer-mon-identite?back=/connexion/google"


def test_the_back_button_after_a_social_sign_in_leads_on(visitor: Browser, api: FakeApi) -> None:
    arrive(api, "signed_in", SIGNED_IN)
    visitor.get(BACK)
    api.refuse("POST", "/api/v1/social-arrivals", 400, "social_sign_in_failed")

    assert visitor.get(BACK).headers["Location"] == "/enfants/ajouter"


@pytest.mark.requirement("SES-2")
def test_the_way_to_a_provider_is_bound_to_the_host_over_tls(
    make_browser: Callable[..., Browser], api: FakeApi
) -> None:
    cookie = {"Set-Cookie": "__Host-vitrail-social=bound; HttpOnly; Max-Age=1800; Path=/; Secure"}
    api.answer("POST", "/api/v1/social-visits", 201, {"url": AWAY}, **cookie)

    answer = make_browser(settings("https://portail.example.ca")).get("/connexion/google")

    [kept] = [each for each in answer.headers.getlist("Set-Cookie") if "kept" in each]
    assert kept.startswith("__Host-vitrail-portal-kept=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Max-Age=1800"} <= set(kept.split("; "))
