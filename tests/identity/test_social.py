"""Signing in through a certified provider in a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from services.identity.models import accounts, identities, sessions, social_confirmations, social_visits
from services.identity.rules import codes
from shared import cookies
from shared.clock import SystemClock
from tests.identity.browsing import PAGE, Browser, query_of
from tests.identity.conftest import Caller
from tests.identity.world import GOOD, OTHER, Identity
from tests.support.oidc_provider import CLIENT_ID, OidcProvider

PORTAL = "https://portail.example"
MAKE = Callable[..., Browser]
PARENT = {"sub": "person-1", "email": "parent@exemple.ca", "email_verified": True}
# A mailbox that nobody vouches for asks for a code within the same minute more often than a person would.
LIMITLESS = {"resend_interval": timedelta(0), "address_minute_limit": 1000, "address_social_limit": 1000}


def callback(id_: str) -> str:
    return f"{PORTAL}/api/v1/social/{id_}/callback"


@pytest.fixture(scope="module")
def make_provider() -> Iterator[Callable[..., OidcProvider]]:
    """Start a provider once for each set-up."""
    running: dict[str, OidcProvider] = {}
    with ExitStack() as stack:

        def make(id_: str = "google", **options: Any) -> OidcProvider:
            name = f"{id_} {options}"
            if name not in running:
                running[name] = stack.enter_context(OidcProvider(redirect_uri=callback(id_), **options))
            return running[name]

        yield make


@pytest.fixture
def google(make_provider: Callable[..., OidcProvider]) -> OidcProvider:
    return make_provider()


@pytest.fixture
def make_call(make_identity: Callable[..., Identity]) -> Callable[..., Caller]:
    """Open identity's door, on SQLite and on PostgreSQL, under the machine's clock: the provider has no other."""

    def make(*configurations: str, **overrides: Any) -> Caller:
        given = {"clock": SystemClock(), "social_providers": "".join(configurations)} | LIMITLESS | overrides
        return Caller(make_identity(**given))

    return make


@pytest.fixture
def call(make_call: Callable[..., Caller], google: OidcProvider) -> Caller:
    return make_call(google.configuration("google"))


@pytest.fixture
def browser(call: Caller) -> Browser:
    return Browser(call)


def go(browser: Browser, provider: OidcProvider, id_: str = "google", **options: Any) -> Any:
    """Go there and back."""
    return browser.come_back(provider.visit(browser.start(id_, **options)))


def code(browser: Browser, email: str, purpose: str = codes.EMAIL_CONFIRMATION) -> str:
    """Prove a mailbox and return the ticket."""
    return browser.call.identity.ticket(email, purpose)


def kinds(browser: Browser) -> list[str]:
    return [letter["kind"] for letter in browser.call.identity.letters()]


@pytest.mark.requirement("ID-02", "ID-03", "ID-04", "ID-37", "ACC-1", "OID-1")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("is_mailbox_apart", [False, True])
def test_a_new_person_whose_mailbox_is_vouched_for_is_signed_in_at_once(
    make_call: Callable[..., Caller],
    make_provider: Callable[..., OidcProvider],
    algorithm: str,
    is_mailbox_apart: bool,
) -> None:
    provider = make_provider(algorithm=algorithm, is_mailbox_apart=is_mailbox_apart)
    provider.seat(**PARENT)
    browser = Browser(make_call(provider.configuration("google")))
    answered = go(browser, provider, return_to="/enfants?a=1", ui_locales="en-CA fr")
    assert (answered.status_code, answered.headers["Location"]) == (303, "/enfants?a=1")
    shown = browser.open("GET", "/api/v1/account").json
    assert (shown["email"], shown["language"], shown["has_password"]) == ("parent@exemple.ca", "en", False)
    assert [each["provider"] for each in browser.open("GET", "/api/v1/account/identities").json] == ["google"]
    assert kinds(browser) == []
    asked = provider.asked()
    assert asked["ui_locales"] == "en"
    assert asked["prompt"] == "select_account"
    assert asked["scope"] == "openid email profile"
    assert (asked["code_challenge_method"], asked["redirect_uri"]) == ("S256", callback("google"))
    assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43
    [identity] = browser.call.identity.rows(identities)
    assert (identity.issuer, identity.subject) == (provider.issuer, "person-1")
    assert browser.call.identity.rows(social_visits) == []


@pytest.mark.requirement("OID-3")
def test_a_known_person_is_signed_in_whatever_their_email_is_by_now(browser: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    go(browser, google)
    first = browser.open("GET", "/api/v1/account").json
    google.seat(sub="person-1", email="autre@exemple.ca", email_verified=False)
    other = Browser(browser.call)
    assert go(other, google).headers["Location"] == "/enfants"
    assert other.open("GET", "/api/v1/account").json["id"] == first["id"]
    assert len(browser.call.identity.rows(accounts)) == 1


@pytest.mark.requirement("SES-3")
def test_signing_in_elsewhere_ends_the_session_before(browser: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    go(browser, google)
    before = browser.held[cookies.SESSION]
    answered = go(browser, google)
    assert browser.held[cookies.SESSION] != before
    assert len(browser.call.identity.rows(sessions)) == 1
    assert answered.headers["Vitrail-Sessions-Ended"]


@pytest.mark.requirement("OID-3")
def test_the_same_subject_of_two_providers_is_two_people(
    make_call: Callable[..., Caller], make_provider: Callable[..., OidcProvider]
) -> None:
    one, other = make_provider(), make_provider("centre")
    call = make_call(one.configuration("google"), other.configuration("centre", name="Mon centre", trusts_email=True))
    one.seat(**PARENT)
    other.seat(sub="person-1", email="autre@exemple.ca", email_verified=True)
    browsers = [Browser(call), Browser(call)]
    go(browsers[0], one)
    go(browsers[1], other, "centre")
    assert len({each.open("GET", "/api/v1/account").json["id"] for each in browsers}) == 2


@pytest.mark.requirement("ID-05", "OID-4", "ACC-1")
@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "person-2", "email": "parent@exemple.ca", "email_verified": False},
        {"sub": "person-2", "email": "parent@exemple.ca"},
        {"sub": "person-2", "email": "parent@exemple.ca", "email_verified": "true"},
        {"sub": "person-2"},
        {"sub": "person-2", "email": "no address", "email_verified": True},
    ],
)
def test_a_mailbox_that_nobody_vouches_for_is_confirmed_by_our_own_code(
    browser: Browser, google: OidcProvider, claims: dict[str, Any]
) -> None:
    google.seat(**claims)
    answered = go(browser, google)
    assert answered.headers["Location"] == "/enfants?social=email_confirmation"
    assert (browser.call.identity.rows(accounts), cookies.SESSION in browser.held) == ([], False)
    told = browser.open("GET", "/api/v1/social-confirmation").json
    suggested = "parent@exemple.ca" if "@" in claims.get("email", "") else None
    assert (told["provider_name"], told["step"], told["email"]) == ("Google", "email_confirmation", suggested)
    confirmed = browser.open("POST", "/api/v1/social-confirmation", {"ticket": code(browser, "parent@exemple.ca")})
    assert (confirmed.status_code, confirmed.json["account"]["email"]) == (201, "parent@exemple.ca")
    assert browser.open("GET", "/api/v1/account").json["id"] == confirmed.json["account"]["id"]
    again = browser.open("POST", "/api/v1/social-confirmation", {"ticket": code(browser, "parent@exemple.ca")})
    assert (again.status_code, again.json["code"]) == (409, "confirmation_missing")


@pytest.mark.requirement("OID-5")
def test_a_vouched_mailbox_never_opens_an_existing_account_by_itself(browser: Browser, google: OidcProvider) -> None:
    existing = browser.call.identity.make_account()
    google.seat(**PARENT)
    answered = go(browser, google)
    assert answered.headers["Location"] == "/enfants?social=account_exists"
    assert cookies.SESSION not in browser.held
    assert browser.open("GET", "/api/v1/social-confirmation").json["step"] == "account_exists"
    wrong = browser.open("POST", "/api/v1/social-confirmation", {"email": "parent@exemple.ca", "password": OTHER})
    assert (wrong.status_code, wrong.json["code"]) == (401, "credentials_rejected")
    right = browser.open("POST", "/api/v1/social-confirmation", {"email": "parent@exemple.ca", "password": GOOD})
    assert (right.status_code, right.json["account"]["id"]) == (201, existing.account.id)
    assert kinds(browser)[-1] == "identity_linked"
    # From now on, without either.
    other = Browser(browser.call)
    assert go(other, google).headers["Location"] == "/enfants"


@pytest.mark.requirement("OID-5", "ACC-13")
def test_the_mailbox_itself_links_an_existing_account_too(browser: Browser, google: OidcProvider) -> None:
    existing = browser.call.identity.make_account()
    google.seat(sub="person-3", email="parent@exemple.ca")
    assert go(browser, google).headers["Location"] == "/enfants?social=email_confirmation"
    for ticket in ("x", code(browser, "parent@exemple.ca", codes.PASSWORD_RESET)):
        refused = browser.open("POST", "/api/v1/social-confirmation", {"ticket": ticket})
        assert (refused.status_code, refused.json["code"]) == (409, "not_verified")
    ticket = code(browser, "parent@exemple.ca")
    strangers = Browser(browser.call).open("POST", "/api/v1/social-confirmation", {"ticket": ticket})
    assert strangers.json["code"] == "confirmation_missing"
    linked = browser.open("POST", "/api/v1/social-confirmation", {"ticket": ticket})
    assert linked.json["account"]["id"] == existing.account.id
    assert browser.call.identity.introspect(existing.session.token)


def test_what_is_still_to_be_confirmed_can_be_given_up(browser: Browser, google: OidcProvider) -> None:
    google.seat(sub="person-4")
    go(browser, google)
    assert browser.open("DELETE", "/api/v1/social-confirmation").status_code == 204
    assert browser.call.identity.rows(social_confirmations) == []
    assert browser.open("GET", "/api/v1/social-confirmation").json["code"] == "confirmation_missing"


@pytest.mark.requirement("ID-26", "OID-4")
def test_a_mailbox_that_is_not_accepted_here_is_not_accepted_from_a_provider(
    browser: Browser, google: OidcProvider
) -> None:
    google.seat(sub="person-5", email="jean_p@exemple.ca", email_verified=True)
    answered = go(browser, google)
    assert (answered.status_code, answered.json["code"]) == (422, "email_not_accepted")
    assert browser.call.identity.rows(accounts) == []


@pytest.mark.requirement("OID-4")
@pytest.mark.parametrize(
    ("claims", "location"),
    [
        ({"tid": "9188040d-6c67-4c5b-b112-36a304b66dad"}, "/enfants"),
        ({"tid": "11111111-2222-3333-4444-555555555555"}, "/enfants?social=email_confirmation"),
        (
            {"tid": "11111111-2222-3333-4444-555555555555", "email_verified": True},
            "/enfants?social=email_confirmation",
        ),
        ({"tid": "11111111-2222-3333-4444-555555555555", "xms_edov": True}, "/enfants"),
        ({"tid": "11111111-2222-3333-4444-555555555555", "xms_edov": "0"}, "/enfants?social=email_confirmation"),
    ],
)
def test_microsofts_word_for_a_mailbox_counts_for_its_own_customers_and_proven_domains(
    make_call: Callable[..., Caller], make_provider: Callable[..., OidcProvider], claims: dict[str, Any], location: str
) -> None:
    provider = make_provider("microsoft", token_endpoint_auth_method="client_secret_post")
    call = make_call(provider.configuration("microsoft"))
    provider.seat(sub="pairwise", oid="object-1", email="victime@exemple.ca", **claims)
    browser = Browser(call)
    assert go(browser, provider, "microsoft").headers["Location"] == location
    stored = [*call.identity.rows(identities), *call.identity.rows(social_confirmations)]
    assert [each.subject for each in stored] == ["object-1"]


def test_providers_are_listed_in_the_operators_order(make_call: Callable[..., Caller], google: OidcProvider) -> None:
    call = make_call(google.configuration("centre", name="Mon centre"), google.configuration("google"))
    assert call("GET", "/api/v1/social-providers").json == [
        {"id": "centre", "name": "Mon centre", "start": "/api/v1/social/centre/start"},
        {"id": "google", "name": "Google", "start": "/api/v1/social/google/start"},
    ]
    assert Browser(make_call()).open("GET", "/api/v1/social/google/start").json["code"] == "provider_unknown"


@pytest.mark.requirement("ID-03")
def test_the_four_of_the_guides_are_four_buttons(make_call: Callable[..., Caller]) -> None:
    shown = ("facebook", "microsoft", "google", "linkedin")
    call = make_call(*(f'[{id_}]\nclient_id = "a"\nclient_secret = "b"\n' for id_ in shown))
    listed = call("GET", "/api/v1/social-providers").json
    assert [each["name"] for each in listed] == ["Facebook", "Microsoft", "Google", "LinkedIn"]
    assert [each["start"] for each in listed] == [f"/api/v1/social/{id_}/start" for id_ in shown]


@pytest.mark.requirement("OID-1")
def test_a_way_back_is_for_the_browser_that_began_it_and_for_once(browser: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    back = google.visit(browser.start("google"))
    strangers = Browser(browser.call)
    strangers.start("google")
    for refused in (
        strangers.come_back(back),
        Browser(browser.call).come_back(back),
        browser.answer("google", code="x"),
        browser.answer("google", state="x", code=query_of(back)["code"]),
    ):
        assert (refused.status_code, refused.json["code"]) == (400, "social_sign_in_failed")
    assert browser.call.identity.rows(accounts) == []
    assert browser.come_back(back).status_code == 303
    replayed = browser.come_back(back)
    assert (replayed.status_code, replayed.json["code"]) == (400, "social_sign_in_failed")


@pytest.mark.requirement("OID-1")
def test_a_way_back_is_open_for_ten_minutes(
    make_identity: Callable[..., Identity], google: OidcProvider, clock: Any
) -> None:
    browser = Browser(Caller(make_identity(clock=clock, social_providers=google.configuration("google"))))
    google.seat(**PARENT)
    back = google.visit(browser.start("google"))
    clock.advance(timedelta(minutes=10))
    assert browser.come_back(back).json["code"] == "social_sign_in_failed"
    assert browser.call.identity.rows(accounts) == []


@pytest.mark.requirement("OID-6")
def test_an_answer_of_one_provider_is_not_taken_at_another(
    make_call: Callable[..., Caller], make_provider: Callable[..., OidcProvider]
) -> None:
    one, other = make_provider(), make_provider("centre")
    call = make_call(one.configuration("google"), other.configuration("centre", name="Mon centre"))
    one.seat(**PARENT)
    browser = Browser(call)
    answer = query_of(one.visit(browser.start("google")))
    assert browser.answer("centre", **answer).json["code"] == "social_sign_in_failed"
    for issuer in (other.issuer, "", one.issuer + "/"):
        answer = query_of(one.visit(browser.start("google")))
        assert browser.answer("google", **answer | {"iss": issuer}).json["code"] == "social_sign_in_failed"
    answer = query_of(one.visit(browser.start("google")))
    # It says that it always names itself: an answer without a name is somebody else's.
    del answer["iss"]
    assert browser.answer("google", **answer).json["code"] == "social_sign_in_failed"
    assert call.identity.rows(accounts) == []


def test_whoever_says_no_at_the_provider_is_led_back_by_a_page(browser: Browser, google: OidcProvider) -> None:
    google.seat()
    back = google.visit(browser.start("google", return_to="/connexion"))
    assert query_of(back)["error"] == "access_denied"
    shown = browser.come_back(back, **PAGE, **{"Accept-Language": "fr"})
    assert (shown.status_code, shown.mimetype) == (400, "text/html")
    assert "La connexion avec le compte social n’a pas réussi" in shown.text
    assert 'href="/connexion"' in shown.text


@pytest.mark.requirement("ID-37")
def test_a_providers_form_is_taken_by_sending_the_browser_once_more(browser: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    answer = query_of(google.visit(browser.start("google")))
    # Forms of other sites come without our cookies.
    posted = browser.call(
        "POST", "/api/v1/social/google/callback", data=answer | {"session_state": "x"}, content_type=FORM
    )
    assert (posted.status_code, posted.headers.getlist("Set-Cookie")) == (303, [])
    assert "session_state" not in posted.headers["Location"]
    assert browser.come_back(posted.headers["Location"]).headers["Location"] == "/enfants"


FORM = "application/x-www-form-urlencoded"


@pytest.mark.requirement("OID-9", "SES-6")
def test_a_provider_is_linked_to_ones_own_account_and_taken_away(browser: Browser, google: OidcProvider) -> None:
    opened = browser.call.identity.make_account()
    browser.held[cookies.SESSION] = opened.session.token
    google.seat(sub="person-6", email="ailleurs@exemple.ca")
    told = browser.open("POST", "/api/v1/account/identities", {"provider": "google", "return_to": "/profil"})
    assert told.status_code == 201
    answered = browser.come_back(google.visit(told.json["url"]))
    assert answered.headers["Location"] == "/profil"
    assert browser.held[cookies.SESSION] == opened.session.token
    [linked] = browser.open("GET", "/api/v1/account/identities").json
    assert kinds(browser)[-1] == "identity_linked"
    other = Browser(browser.call)
    go(other, google)
    assert other.open("GET", "/api/v1/account").json["id"] == opened.account.id
    born = other.held[cookies.SESSION]
    path = f"/api/v1/account/identities/{linked['id']}"
    assert browser.open("DELETE", path).status_code == 204
    assert kinds(browser)[-1] == "identity_unlinked"
    assert [row.id for row in browser.call.identity.rows(sessions)] == [opened.session.session_id]
    assert born != opened.session.token
    assert browser.open("DELETE", path).json["code"] == "not_found"


@pytest.mark.requirement("OID-9")
def test_the_last_way_in_stays(browser: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    go(browser, google)
    [linked] = browser.open("GET", "/api/v1/account/identities").json
    path = f"/api/v1/account/identities/{linked['id']}"
    refused = browser.open("DELETE", path)
    assert (refused.status_code, refused.json["code"]) == (409, "last_credential")
    both = {"password": GOOD, "password_confirmation": GOOD}
    chosen = browser.open("PUT", "/api/v1/account/password", both)
    assert chosen.status_code == 200
    assert browser.open("DELETE", path).status_code == 204
    # The session was begun through it.
    assert browser.call.identity.rows(sessions) == []
    assert browser.call.identity.sign_in().account.email == "parent@exemple.ca"


@pytest.mark.requirement("OID-5")
def test_an_identity_opens_one_account_only(browser: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    go(browser, google)
    other = Browser(browser.call)
    other.held[cookies.SESSION] = browser.call.identity.make_account("autre@exemple.ca").session.token
    told = other.open("POST", "/api/v1/account/identities", {"provider": "google"})
    taken = other.come_back(google.visit(told.json["url"]))
    assert (taken.status_code, taken.json["code"]) == (409, "identity_taken")
    assert other.open("GET", "/api/v1/account/identities").json == []


def test_linking_ends_with_the_session_that_began_it(browser: Browser, google: OidcProvider) -> None:
    opened = browser.call.identity.make_account()
    browser.held[cookies.SESSION] = opened.session.token
    google.seat(sub="person-7")
    told = browser.open("POST", "/api/v1/account/identities", {"provider": "google"})
    back = google.visit(told.json["url"])
    browser.held[cookies.SESSION] = browser.call.identity.sign_in().session.token
    assert browser.come_back(back).json["code"] == "social_sign_in_failed"
    assert browser.call.identity.rows(identities) == []


@pytest.mark.requirement("OID-9")
def test_nothing_of_the_providers_is_kept(
    browser: Browser, google: OidcProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    google.seat(**PARENT)
    back = google.visit(browser.start("google"))
    answer = query_of(back)
    browser.come_back(back)
    database = browser.call.identity
    kept = str([database.rows(table) for table in (accounts, identities, sessions, social_visits)])
    said = capsys.readouterr()
    for secret in (answer["code"], answer["state"], browser.held[cookies.SESSION], CLIENT_ID + "-secret"):
        assert secret not in kept + said.out + said.err
    assert "exemple" not in said.out + said.err


@pytest.mark.requirement("OID-8")
def test_the_way_back_is_the_configured_one_whatever_the_host(browser: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    url = browser.open("GET", "/api/v1/social/google/start", Host="evil.example").headers["Location"]
    assert query_of(url)["redirect_uri"] == callback("google")


@pytest.mark.requirement("OID-8")
@pytest.mark.parametrize(
    "return_to", ["//evil", "/\\evil", "/%09/evil", "https://evil", "enfants", "", "/%5cevil", "/a#b"]
)
def test_nobody_is_sent_to_another_site(browser: Browser, return_to: str) -> None:
    refused = browser.open("GET", f"/api/v1/social/google/start?{urlencode({'return_to': return_to})}")
    assert (refused.status_code, refused.json["code"]) == (422, "return_to_refused")
    assert "Location" not in refused.headers


@pytest.mark.requirement("COD-15")
def test_one_address_begins_only_so_many_ways(make_call: Callable[..., Caller], google: OidcProvider) -> None:
    browser = Browser(make_call(google.configuration("google"), address_social_limit=3))
    for _ in range(3):
        browser.start("google")
    refused = browser.open("GET", "/api/v1/social/google/start")
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")


@pytest.mark.requirement("ACC-11", "ACC-13")
def test_taking_an_email_back_takes_away_what_was_linked_before_and_since(
    browser: Browser, google: OidcProvider
) -> None:
    identity = browser.call.identity
    opened = identity.make_account()
    browser.held[cookies.SESSION] = opened.session.token
    for taker in ("before", "since"):
        google.seat(sub=taker)
        told = browser.open("POST", "/api/v1/account/identities", {"provider": "google"})
        browser.come_back(google.visit(told.json["url"]))
        ticket = identity.ticket(f"{taker}@exemple.ca", codes.EMAIL_CONFIRMATION)
        identity.change_email(opened, ticket)
    assert {row.subject for row in identity.rows(identities)} == {"before", "since"}
    identity.undo_email_change(identity.ticket(purpose=codes.EMAIL_CHANGE_UNDO))
    assert identity.rows(identities) == []
