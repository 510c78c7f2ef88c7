"""The door of the portal in a real browser: social accounts, whose address it is, and the end of a session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from one_machine import places
from tests.portal.browser.conftest import DESKTOP, PASSWORD, PHONE, Visitor
from tests.support.oidc_provider import OidcProvider
from tests.support.smtp import SmtpServer
from tests.support.system import System

pytestmark = pytest.mark.slow

ADDRESS = "203.0.113.9"


@pytest.fixture(scope="module")
def provider_and_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OidcProvider, System]]:
    """The system with a provider, behind a proxy that says whose address it is."""
    folder: Path = tmp_path_factory.mktemp("door")
    port = places.free_port()
    back = f"http://127.0.0.1:{port}/api/v1/social/google/callback"
    with OidcProvider(redirect_uri=back) as provider, SmtpServer() as mail:
        (folder / "secrets").mkdir()
        providers = folder / "secrets" / "IDENTITY_SOCIAL_PROVIDERS"
        providers.write_text(provider.configuration("google"), "utf-8")
        providers.chmod(0o400)
        settings = {
            "IDENTITY_RESEND_INTERVAL": "0",
            "VITRAIL_DEMO": "0",
            "VITRAIL_SECRETS": str(folder / "secrets"),
            "GATEWAY_TRUSTED_HOPS": "1",
        }
        with System(folder / "home", port=port, mail=mail, settings=settings) as system:
            yield provider, system


@pytest.fixture
def provider(provider_and_system: tuple[OidcProvider, System]) -> OidcProvider:
    return provider_and_system[0]


@pytest.fixture
def system(provider_and_system: tuple[OidcProvider, System]) -> System:
    return provider_and_system[1]


def enter(visitor: Visitor, path: str = "/") -> None:
    visitor.open(path)
    visitor.page.get_by_role("link", name="Google").click()


@pytest.mark.requirement("ID-02", "ID-04", "ID-35", "SES-2", "ACC-1")
@pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_social_account_opens_the_portal_at_once(
    make_visitor: Callable[..., Visitor], provider: OidcProvider, script: bool
) -> None:
    email = f"social-{script}@example.org".lower()
    provider.seat(sub=email, email=email, email_verified=True)
    visitor = make_visitor(email, size=DESKTOP, java_script_enabled=script)

    enter(visitor, "/?back=/enfants/ajouter")

    expect(visitor.page).to_have_url(f"{visitor.system.url}/enfants/ajouter")
    # The provider stands on the same machine, and a cookie knows no port.
    held = {each["name"] for each in visitor.context.cookies(visitor.system.url)} - {"_session", "_session.sig"}
    assert held == {"vitrail-portal", "vitrail-portal-kept"}
    visitor.page.get_by_role("button", name="Se déconnecter").click()
    expect(visitor.page.locator(".told")).to_contain_text("Vous êtes déconnecté")


@pytest.mark.requirement("ID-05", "OID-4")
def test_a_mailbox_that_nobody_vouches_for_is_confirmed_by_a_code(
    make_visitor: Callable[..., Visitor], provider: OidcProvider
) -> None:
    provider.seat(sub="unproven", email="unproven@example.org", email_verified=False)
    visitor = make_visitor("unproven@example.org", size=DESKTOP)

    enter(visitor)

    assert visitor.page.input_value("#email") == "unproven@example.org"
    assert visitor.violations() == []
    visitor.submit()
    visitor.submit(code=visitor.code())
    expect(visitor.page.locator("h1")).to_have_text("Mes enfants")


@pytest.mark.requirement("OID-5", "ID-06")
def test_an_account_that_exists_is_linked_by_its_password(
    make_visitor: Callable[..., Visitor], provider: OidcProvider
) -> None:
    email = "both@example.org"
    make_visitor(email).create_account()
    provider.seat(sub="both", email=email, email_verified=True)
    visitor = make_visitor(email, size=DESKTOP, color_scheme="dark")

    enter(visitor)

    expect(visitor.page.locator("h1")).to_have_text("Vous avez déjà un compte")
    assert visitor.violations() == []
    visitor.submit(password="Rideau-4jaune!")
    assert visitor.page.locator(".summary").count() == 1
    visitor.submit(password=PASSWORD)
    expect(visitor.page.locator("h1")).to_have_text("Mes enfants")
    visitor.page.get_by_role("button", name="Se déconnecter").click()
    expect(visitor.page.locator(".told")).to_contain_text("Vous êtes déconnecté")
    enter(visitor)
    expect(visitor.page.locator("h1")).to_have_text("Mes enfants")


@pytest.mark.requirement("OID-1")
def test_who_says_no_at_the_provider_is_back_at_the_door(
    make_visitor: Callable[..., Visitor], provider: OidcProvider
) -> None:
    provider.seat()
    visitor = make_visitor("nobody@example.org")

    enter(visitor)

    assert visitor.says("La connexion avec le compte social n’a pas réussi")
    assert visitor.page.locator("#password").count() == 1


@pytest.mark.requirement("GWY-1", "AUD-1")
def test_the_account_s_activity_has_the_parent_s_own_network(make_visitor: Callable[..., Visitor]) -> None:
    visitor = make_visitor("far-away@example.org", extra_http_headers={"X-Forwarded-For": f"10.0.0.1, {ADDRESS}"})
    visitor.create_account()

    visitor.open("/compte/activite")

    expect(visitor.page.locator("main")).to_contain_text("203.0.113")


@pytest.fixture
def parent(make_visitor: Callable[..., Visitor], request: pytest.FixtureRequest) -> Visitor:
    """Somebody signed in, whose browser's clock the test moves."""
    visitor = make_visitor(f"{request.node.name.replace('_', '-')[:60]}@example.org", size=PHONE)
    visitor.page.clock.install()
    visitor.create_account()
    return visitor


@pytest.mark.requirement("SES-4")
def test_a_parent_is_warned_in_time_and_stays(parent: Visitor) -> None:
    banner = parent.page.locator("[data-session]")
    parent.page.fill("#search", "ce que je tapais")
    expect(parent.page.get_by_role("button", name="Rester connecté")).to_have_count(0)

    parent.page.clock.fast_forward("25:30")

    expect(banner).to_contain_text("Votre session prendra fin dans 5 minutes.")
    assert parent.violations() == []
    parent.page.clock.fast_forward("02:00")
    expect(banner).to_contain_text("dans 3 minutes.")
    parent.page.get_by_role("button", name="Rester connecté").click()
    expect(parent.page.get_by_role("button", name="Rester connecté")).to_have_count(0)
    assert parent.page.input_value("#search") == "ce que je tapais"


@pytest.mark.requirement("SES-4", "SES-5")
def test_a_page_that_is_left_alone_ends_the_session_and_is_found_again(parent: Visitor) -> None:
    assert parent.path() == "/enfants/ajouter"

    parent.page.clock.fast_forward("30:01")

    expect(parent.page.locator(".told")).to_contain_text("Votre session a pris fin")
    parent.submit(email=parent.email, password=PASSWORD)
    assert parent.path() == "/enfants/ajouter"


@pytest.mark.requirement("SES-4")
def test_what_is_done_in_another_window_counts_for_all(parent: Visitor) -> None:
    parent.page.clock.fast_forward("26:00")
    expect(parent.page.get_by_role("button", name="Rester connecté")).to_be_visible()

    other = parent.context.new_page()
    other.goto(f"{parent.system.url}/enfants")

    expect(parent.page.get_by_role("button", name="Rester connecté")).to_have_count(0)
