import pytest

from portal.kept_cookies import KeptCookies
from tests.portal.conftest import SIGNED_IN, Browser, FakeApi

DEVICE = "vitrail-device=known; HttpOnly; Max-Age=15552000; Path=/; SameSite=Lax"


def sign_in(browser: Browser, api: FakeApi, *cookies: str) -> None:
    api.answer("POST", "/api/v1/session", 201, SIGNED_IN, **{"Set-Cookie": ", ".join(cookies)})
    browser.sign_in()


def told(api: FakeApi, header: str) -> list[str | None]:
    return [request.headers.get(header) for request in api.seen]


@pytest.mark.requirement("ACC-5")
def test_a_browser_that_has_signed_in_before_is_a_known_one(browser: Browser, api: FakeApi) -> None:
    sign_in(browser, api, DEVICE)
    browser.client.delete_cookie("vitrail-portal")
    api.seen.clear()

    browser.sign_in()

    assert "vitrail-device=known" in told(api, "Cookie")


@pytest.mark.requirement("ACC-5", "SES-2")
def test_the_browser_itself_cannot_read_what_is_kept_for_it(browser: Browser, api: FakeApi) -> None:
    sign_in(browser, api, DEVICE)
    kept = browser.client.get_cookie("vitrail-portal-kept")

    assert kept is not None
    assert kept.http_only
    assert kept.max_age == 15552000
    assert "known" not in kept.value


def test_the_session_s_own_cookie_is_not_kept() -> None:
    kept = KeptCookies({}, now=0.0)

    kept.take(["vitrail=token; Path=/; HttpOnly", "__Host-vitrail=token; Max-Age=9; Path=/", "other=x; Max-Age=9"])

    assert (kept.header, kept.has_changed) == ("", False)


def test_cookies_are_kept_under_the_names_that_the_api_gave_them() -> None:
    kept = KeptCookies({}, now=0.0)

    kept.take(["__Host-vitrail-device=d; Max-Age=90; Secure", "__Host-vitrail-social=s; Max-Age=60; Secure"])

    assert kept.header == "__Host-vitrail-device=d; __Host-vitrail-social=s"
    assert kept.lasts_s == 90


@pytest.mark.parametrize(
    "line", ["vitrail-social=; Max-Age=0", "vitrail-social=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]
)
def test_what_the_api_takes_away_is_dropped(line: str) -> None:
    kept = KeptCookies({"vitrail-social": ("s", 60.0)}, now=0.0)

    kept.take([line])

    assert (kept.values, kept.has_changed) == ({}, True)


def test_what_has_come_to_its_end_is_not_sent() -> None:
    assert KeptCookies({"vitrail-device": ("d", 60.0)}, now=60.0).header == ""


@pytest.mark.parametrize("line", ["", "\x00", "=;", "vitrail-device", "vitrail-device=d; Max-Age=soon"])
def test_what_is_no_cookie_is_no_fault(line: str) -> None:
    kept = KeptCookies({}, now=0.0)

    kept.take([line])

    assert kept.values == {}


@pytest.mark.requirement("GWY-1")
def test_the_gateway_s_word_on_whose_page_it_is_goes_back_with_every_call(browser: Browser, api: FakeApi) -> None:
    browser.client.get("/", headers={"Vitrail-Client": "sealed"})
    browser.client.get("/")

    assert told(api, "Vitrail-Client")[:2] == ["sealed", "sealed"]
    assert told(api, "Vitrail-Client")[-2:] == [None, None]
