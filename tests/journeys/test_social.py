"""A parent comes in through a certified provider, by the front door of the running system."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from one_machine import places
from tests.support.oidc_provider import OidcProvider
from tests.support.smtp import SmtpServer
from tests.support.system import Parent, System


@pytest.fixture(scope="module")
def provider_and_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OidcProvider, System]]:
    folder = tmp_path_factory.mktemp("social")
    port = places.free_port()
    back = f"http://127.0.0.1:{port}/api/v1/social/google/callback"
    with OidcProvider(redirect_uri=back) as provider, SmtpServer() as mail:
        settings = {
            "VITRAIL_DEMO": "0",
            "IDENTITY_RESEND_INTERVAL": "0",
            "VITRAIL_SECRETS": str(folder / "secrets"),
        }
        (folder / "secrets").mkdir()
        providers = folder / "secrets" / "IDENTITY_SOCIAL_PROVIDERS"
        providers.write_text(provider.configuration("google"), "utf-8")
        providers.chmod(0o400)
        with System(folder / "home", port=port, mail=mail, settings=settings) as system:
            yield provider, system


@pytest.fixture
def provider(provider_and_system: tuple[OidcProvider, System]) -> OidcProvider:
    return provider_and_system[0]


@pytest.fixture
def system(provider_and_system: tuple[OidcProvider, System]) -> System:
    return provider_and_system[1]


def go(parent: Parent, provider: OidcProvider) -> httpx.Response:
    """Go to the provider and back, as a browser does."""
    departed = parent.get("/social/google/start", params={"return_to": "/enfants", "ui_locales": "fr-CA"})
    assert departed.status_code == 303, departed.text
    back = urlsplit(provider.visit(departed.headers["Location"]))
    return parent.http.get(f"{back.path}?{back.query}", headers={"Accept": "text/html"})


def remember_csrf_token(parent: Parent) -> None:
    parent.csrf_token = parent.get("/session").json()["csrf_token"]


@pytest.mark.requirement("ACC-1", "ID-02", "ID-04", "OID-1")
def test_a_parent_whose_mailbox_is_vouched_for_is_in_at_once_and_leaves_for_good(
    system: System, provider: OidcProvider
) -> None:
    provider.seat(sub="one", email="one@example.org", email_verified=True)
    with Parent(system, "one@example.org") as parent:
        arrived = go(parent, provider)
        shown = parent.get("/account").json()
        remember_csrf_token(parent)
        gone = parent.delete("/account")
        after = parent.get("/account")
    assert (arrived.status_code, arrived.headers["Location"]) == (303, "/enfants")
    assert (shown["email"], shown["has_password"]) == ("one@example.org", False)
    assert gone.status_code == 204, gone.text
    assert (after.status_code, after.json()["code"]) == (401, "not_signed_in")


@pytest.mark.requirement("ACC-1", "ID-05", "OID-4")
def test_a_parent_whose_mailbox_nobody_vouches_for_confirms_it_by_our_code(
    system: System, provider: OidcProvider
) -> None:
    provider.seat(sub="two", email="two@example.org", email_verified=False)
    with Parent(system, "two@example.org") as parent:
        arrived = go(parent, provider)
        nobody = parent.get("/session")
        waiting = parent.get("/social-confirmation").json()
        confirmed = parent.post("/social-confirmation", {"ticket": parent.ticket("email_confirmation")})
        session = parent.get("/session").json()
    assert arrived.headers["Location"] == "/enfants?social=email_confirmation"
    assert nobody.status_code == 401
    assert (waiting["step"], waiting["email"]) == ("email_confirmation", "two@example.org")
    assert confirmed.status_code == 201, confirmed.text
    assert session["account"]["email"] == "two@example.org"


@pytest.mark.requirement("OID-5")
def test_an_existing_account_is_linked_by_its_password(system: System, provider: OidcProvider) -> None:
    provider.seat(sub="three", email="three@example.org", email_verified=True)
    with Parent(system, "three@example.org") as parent, Parent(system, "three@example.org") as elsewhere:
        mine = parent.sign_up()["account"]["id"]
        arrived = go(elsewhere, provider)
        given = {"email": "three@example.org", "password": "Fenetre-7bleue"}
        linked = elsewhere.post("/social-confirmation", given)
        again = go(elsewhere, provider)
        shown = elsewhere.get("/account").json()
    assert arrived.headers["Location"] == "/enfants?social=account_exists"
    assert (linked.status_code, again.headers["Location"]) == (201, "/enfants")
    assert shown["id"] == mine


@pytest.mark.requirement("OID-1")
def test_another_browsers_way_back_is_a_page_that_leads_home(system: System, provider: OidcProvider) -> None:
    provider.seat(sub="four", email="four@example.org", email_verified=True)
    with Parent(system, "four@example.org") as parent, Parent(system, "thief@example.org") as thief:
        departed = parent.get("/social/google/start")
        back = urlsplit(provider.visit(departed.headers["Location"]))
        stolen = thief.http.get(f"{back.path}?{back.query}", headers={"Accept": "text/html"})
        nobody = thief.get("/session")
    assert (stolen.status_code, stolen.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "La connexion avec le compte social n’a pas réussi" in stolen.text
    assert nobody.status_code == 401


@pytest.mark.requirement("ACC-11", "SES-3")
def test_a_parent_changes_password_and_email_in_the_running_system(system: System) -> None:
    with Parent(system, "five@example.org") as parent, Parent(system, "six@example.org") as newer:
        parent.sign_up()
        given = {"current_password": "Fenetre-7bleue", "password": "Rideau-4jaune!"}
        changed = parent.http.put(
            "/api/v1/account/password",
            json=given | {"password_confirmation": "Rideau-4jaune!"},
            headers={"X-CSRF-Token": parent.csrf_token or ""},
        )
        parent.csrf_token = changed.json()["csrf_token"]
        moved = parent.http.put(
            "/api/v1/account/email",
            json={"ticket": newer.ticket("email_confirmation")},
            headers={"X-CSRF-Token": parent.csrf_token},
        )
        session = parent.get("/session").json()
        happened = [each["kind"] for each in parent.get("/account/activity").json()]
    assert (changed.status_code, moved.status_code) == (200, 200), moved.text
    assert session["account"]["email"] == "six@example.org"
    assert happened == ["email_changed", "password_changed", "account_created"]
