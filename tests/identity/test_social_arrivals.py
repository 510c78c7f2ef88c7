"""Signing in through a program that keeps the session's token away from the browsers that it serves."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.identity.models import sessions, social_visits
from services.identity.rules import codes
from shared import cookies
from shared.clock import SystemClock
from tests.identity.browsing import Browser, query_of
from tests.identity.conftest import Caller
from tests.identity.world import GOOD, Identity
from tests.support.oidc_provider import OidcProvider

BACK = "/connexion/google/retour?back=%2Fenfants"
PARENT = {"sub": "person-1", "email": "parent@exemple.ca", "email_verified": True}
LIMITLESS = {"resend_interval": timedelta(0), "address_minute_limit": 1000, "address_social_limit": 1000}


@pytest.fixture(scope="module")
def google() -> Iterator[OidcProvider]:
    with OidcProvider(redirect_uri="https://portail.example/api/v1/social/google/callback") as provider:
        yield provider


@pytest.fixture
def call(make_identity: Callable[..., Identity], google: OidcProvider) -> Caller:
    given = {"clock": SystemClock(), "social_providers": google.configuration("google")} | LIMITLESS
    return Caller(make_identity(**given))


@pytest.fixture
def program(call: Caller) -> Browser:
    """Keeps the API's cookies; its visitor's browser has none of them."""
    return Browser(call)


@pytest.fixture
def stranger(call: Caller) -> Browser:
    return Browser(call)


def depart(program: Browser, google: OidcProvider, path: str = "/api/v1/social-visits", **more: Any) -> str:
    """Have the visitor sent; return the address at which the browser is back from the provider."""
    answered = program.open("POST", path, {"provider": "google", "return_to": BACK, **more})
    assert answered.status_code == 201, answered.text
    return google.visit(answered.json["url"])


def hand_on(visitor: Browser, url: str) -> dict[str, str]:
    """Have the browser follow the way back, without a cookie; return what it brings to the program."""
    answered = visitor.come_back(url)
    assert answered.status_code == 303, answered.text
    location = answered.headers["Location"]
    assert location.startswith(f"{BACK}&")
    assert urlsplit(location).netloc == ""
    told = query_of(location)
    assert told.pop("back") == "/enfants"
    return told


def arrive(program: Browser, told: dict[str, str]) -> Any:
    return program.open("POST", "/api/v1/social-arrivals", {"provider": "google", **told})


@pytest.mark.requirement("ID-04", "OID-1", "SES-2")
def test_a_program_signs_its_visitor_in_and_the_browser_holds_nothing(
    program: Browser, stranger: Browser, google: OidcProvider
) -> None:
    google.seat(**PARENT)
    told = hand_on(stranger, depart(program, google))

    arrived = arrive(program, told)

    assert (arrived.status_code, arrived.json["step"]) == (201, "signed_in")
    assert arrived.json["session"]["account"]["email"] == "parent@exemple.ca"
    assert arrived.json["session"]["token"] == program.held[cookies.SESSION]
    assert program.open("GET", "/api/v1/account").status_code == 200
    assert stranger.held == {}
    assert program.call.identity.rows(social_visits) == []


@pytest.mark.requirement("OID-1")
def test_the_answer_alone_signs_nobody_in(program: Browser, stranger: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    told = hand_on(stranger, depart(program, google))

    stolen = arrive(stranger, told)
    own = arrive(program, told)

    assert (stolen.status_code, stolen.json["code"]) == (400, "social_sign_in_failed")
    assert own.status_code == 201


@pytest.mark.requirement("OID-1")
def test_an_answer_is_taken_once(program: Browser, stranger: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    url = depart(program, google)
    told = hand_on(stranger, url)
    arrive(program, told)

    again = arrive(program, told)

    assert (again.status_code, again.json["code"]) == (400, "social_sign_in_failed")
    assert stranger.come_back(url).status_code == 400
    assert len(program.call.identity.rows(sessions)) == 1


@pytest.mark.requirement("OID-1")
def test_another_visitor_s_answer_is_refused(program: Browser, stranger: Browser, google: OidcProvider) -> None:
    google.seat(**PARENT)
    attackers = hand_on(stranger, depart(stranger, google))
    depart(program, google)

    refused = arrive(program, attackers)

    assert (refused.status_code, refused.json["code"]) == (400, "social_sign_in_failed")


@pytest.mark.requirement("OID-1")
def test_the_way_back_of_a_browser_of_its_own_is_handed_to_nobody(
    program: Browser, stranger: Browser, google: OidcProvider
) -> None:
    google.seat(**PARENT)
    url = google.visit(program.start("google"))

    assert stranger.come_back(url).status_code == 400
    assert program.come_back(url).headers["Location"] == "/enfants"


@pytest.mark.requirement("OID-1")
def test_who_says_no_at_the_provider_is_told_so(program: Browser, stranger: Browser, google: OidcProvider) -> None:
    google.seat()
    told = hand_on(stranger, depart(program, google))

    refused = arrive(program, told)

    assert told["error"] == "access_denied"
    assert (refused.status_code, refused.json["code"]) == (400, "social_sign_in_failed")


@pytest.mark.requirement("ID-05", "OID-4")
def test_a_mailbox_that_nobody_vouches_for_is_still_to_be_confirmed(
    program: Browser, stranger: Browser, google: OidcProvider
) -> None:
    google.seat(sub="two", email="two@exemple.ca", email_verified=False)
    arrived = arrive(program, hand_on(stranger, depart(program, google)))
    waiting = program.open("GET", "/api/v1/social-confirmation").json
    ticket = program.call.identity.ticket("two@exemple.ca", codes.EMAIL_CONFIRMATION)

    confirmed = program.open("POST", "/api/v1/social-confirmation", {"ticket": ticket})

    assert (arrived.json["step"], arrived.json["session"]) == ("email_confirmation", None)
    assert (waiting["step"], waiting["email"]) == ("email_confirmation", "two@exemple.ca")
    assert confirmed.json["account"]["email"] == "two@exemple.ca"


@pytest.mark.requirement("OID-5")
def test_an_account_that_exists_is_still_to_be_confirmed(
    program: Browser, stranger: Browser, google: OidcProvider
) -> None:
    program.call.identity.make_account("parent@exemple.ca")
    google.seat(**PARENT)
    arrived = arrive(program, hand_on(stranger, depart(program, google)))

    confirmed = program.open("POST", "/api/v1/social-confirmation", {"email": "parent@exemple.ca", "password": GOOD})

    assert arrived.json["step"] == "account_exists"
    assert confirmed.status_code == 201


@pytest.mark.requirement("OID-5", "OID-9")
def test_a_program_links_a_provider_to_the_account_of_its_visitor(
    program: Browser, stranger: Browser, google: OidcProvider
) -> None:
    google.seat(**PARENT)
    arrive(program, hand_on(stranger, depart(program, google)))
    google.seat(sub="person-2", email="other@exemple.ca", email_verified=True)
    told = hand_on(stranger, depart(program, google, "/api/v1/account/identities", is_handed_on=True))

    linked = arrive(program, told)

    assert (linked.json["step"], linked.json["session"]) == ("linked", None)
    assert len(program.open("GET", "/api/v1/account/identities").json) == 2


@pytest.mark.requirement("OID-8")
@pytest.mark.parametrize("return_to", ["https://elsewhere.example/", "//elsewhere.example", "/%2fx", "x"])
def test_a_visit_leads_back_to_pages_of_ours_alone(program: Browser, return_to: str) -> None:
    refused = program.open("POST", "/api/v1/social-visits", {"provider": "google", "return_to": return_to})

    assert (refused.status_code, refused.json["code"]) == (422, "return_to_refused")


def test_an_unknown_provider_is_refused(program: Browser) -> None:
    refused = program.open("POST", "/api/v1/social-visits", {"provider": "nobody", "return_to": "/"})

    assert (refused.status_code, refused.json["code"]) == (404, "provider_unknown")
