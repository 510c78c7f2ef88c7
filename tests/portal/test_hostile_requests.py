"""What no page of ours makes a browser send, and somebody sends nevertheless."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from werkzeug.test import TestResponse

from portal import devices, pages
from portal.app import create_app
from portal.pages.proving import EMAIL_CHANGE, EMAIL_UNDO, RESET
from portal.sealing import Seal
from portal.showing import LONGEST_PATH, Address
from tests.portal import absences
from tests.portal.conftest import KEY, Browser, FakeApi, settings
from tests.portal.test_pages import CHALLENGE, STATE

LATER = datetime(2099, 1, 1, tzinfo=UTC).timestamp()
FORMS = [each for each in pages.ADDRESSES if set(each.methods) == {"GET", "POST"}]
# What must have been proven before a page does anything.
PROVEN = {"email_change.confirmation": EMAIL_CHANGE, "email_undo.confirmation": EMAIL_UNDO}


def cookie_names(answer: TestResponse) -> list[str]:
    return [each.partition("=")[0] for each in answer.headers.getlist("Set-Cookie")]


def put(browser: Browser, name: str, purpose: str, value: dict[str, object]) -> None:
    browser.client.set_cookie(name, Seal((KEY,), purpose=purpose).close(value))


def prove(browser: Browser, purpose: str) -> None:
    flow = {"purpose": purpose, "email": "p@example.org", "challenge_id": "c1", "expires_at": LATER, "ticket": "t"}
    put(browser, "vitrail-portal-step", "flow", flow)


@pytest.fixture
def parent(browser: Browser, api: FakeApi) -> Browser:
    browser.sign_in()
    api.seen.clear()
    return browser


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize("page", FORMS, ids=lambda page: page.name)
def test_head_does_nothing_that_only_a_form_may_do(parent: Browser, api: FakeApi, page: Address) -> None:
    identity = {"id": "x1", "provider": "google", "linked_at": "2026-11-22T12:00:00+00:00"}
    api.answer("GET", "/api/v1/account/identities", 200, [identity])
    account = {"id": "a1", "email": "parent@example.org", "language": "fr", "created_at": "2026-11-22T12:00:00+00:00"}
    api.answer("GET", "/api/v1/account", 200, {**account, "has_password": False, "must_confirm_children": False})
    absences.hold(api, absences.child("X1"))
    prove(parent, PROVEN.get(page.name, (page.defaults or {}).get("purpose", RESET)))

    parent.client.head(re.sub("<[^>]+>", "x1", page.fr))

    assert {each.method for each in api.seen} <= {"GET"}


@pytest.mark.parametrize(
    "query",
    [
        "endpoint=1",
        "_method=POST",
        "_external=1&_scheme=javascript&_anchor=%0aalert(1)",
        "_external=1&_scheme=https",
        "values=1&language=fr",
        "a=%22%3E%3Cscript%3E",
    ],
)
def test_no_query_changes_where_a_page_s_links_lead(browser: Browser, query: str) -> None:
    answer = browser.get(f"/?{query}")

    links = re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
    assert answer.status_code == 200
    assert [each for each in links if not each.startswith(("/", "#")) or each.startswith("//")] == []
    assert "<script>" not in answer.text


def test_the_other_language_is_asked_the_same(browser: Browser) -> None:
    assert 'href="/en/?a=1&amp;a=2&amp;b=%C3%A9"' in browser.get("/?a=1&a=2&b=%C3%A9").text


@pytest.mark.requirement("SES-9")
def test_an_asset_that_everybody_s_cache_holds_gives_nobody_a_cookie(parent: Browser) -> None:
    whole = parent.get("/portal/portal.css")
    unchanged = parent.client.get("/portal/portal.css", headers={"If-None-Match": whole.headers["ETag"]})

    assert [(each.status_code, cookie_names(each)) for each in (whole, unchanged)] == [(200, []), (304, [])]


@pytest.mark.requirement("SES-9")
@pytest.mark.parametrize("path", ["/enfants", "/nulle-part", "/"])
def test_what_gives_a_cookie_is_kept_by_no_cache(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    assert cookie_names(answer) == ["vitrail-portal"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/en", "/en/"])
def test_an_address_is_told_without_the_name_of_our_machine(browser: Browser, path: str) -> None:
    answer = browser.client.get(path, headers={"Host": "portal.internal:8085"})

    assert answer.status_code == 200
    assert "portal.internal" not in str(answer.headers) + answer.text


@pytest.mark.requirement("SES-9")
@pytest.mark.parametrize("path", ["/", "/portal/portal.css", "/nulle-part"])
def test_every_answer_says_what_other_sites_may_learn_and_show_of_it(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers

    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert {
        "default-src 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "script-src 'self'",
    } <= set(headers["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize(
    ("name", "purpose", "sealed"),
    [
        ("vitrail-portal", "visit", {"csrf_token": "x", "told_before": "y"}),
        ("vitrail-portal", "visit", {"token": "the-token"}),
        ("vitrail-portal", "visit", {}),
        ("vitrail-portal-step", "flow", {"purpose": RESET}),
        (
            "vitrail-portal-step",
            "flow",
            {"purpose": RESET, "email": "e", "challenge_id": "c", "expires_at": LATER, "n": 1},
        ),
        ("vitrail-portal-kept", "kept", {"vitrail-device": "known"}),
        ("vitrail-portal-kept", "kept", {"vitrail-device": ["known"]}),
    ],
)
def test_what_another_release_has_sealed_is_as_good_as_nothing(
    browser: Browser, api: FakeApi, name: str, purpose: str, sealed: dict[str, object]
) -> None:
    put(browser, name, purpose, sealed)

    assert browser.get("/enfants").headers["Location"] == "/?back=/enfants"
    assert browser.get("/").status_code == 200
    assert browser.get("/mot-de-passe-oublie/code").headers["Location"] == "/mot-de-passe-oublie"
    assert [each.headers.get("Cookie") for each in api.seen if "Cookie" in each.headers] == []


def test_what_another_release_had_to_say_is_not_said(browser: Browser) -> None:
    put(browser, "vitrail-portal", "visit", {"csrf_token": "x", "told": "of_another_release"})

    assert (browser.get("/").status_code, 'class="told"' in browser.get("/").text) == (200, False)


def test_what_is_said_is_said_once(browser: Browser) -> None:
    put(browser, "vitrail-portal", "visit", {"csrf_token": "x", "told": "signed_out"})

    assert ["Vous êtes déconnecté" in browser.get("/").text for _ in range(2)] == [True, False]


# {"alg": "dir", "enc": {"a": 1}}, {"alg": "dir", "enc": "A256GCM", "crit": 1}, [], "x", and nothing that is any text.
@pytest.mark.parametrize(
    "head",
    [
        "eyJhbGciOiJkaXIiLCJlbmMiOnsiYSI6MX19",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiY3JpdCI6MX0",
        "W10",
        "Ingi",
        "__4",
        "é",
    ],
)
def test_no_head_of_a_stranger_s_making_is_a_fault(head: str) -> None:
    assert Seal((KEY,), purpose="visit").open(f"{head}..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA") is None


@pytest.mark.parametrize("number", ["9" * 5000, "9999999", "-1", "²", "1 "])
def test_a_page_that_no_list_has_is_its_first(parent: Browser, api: FakeApi, number: str) -> None:
    parent.client.get("/enfants/ajouter", query_string={"page": number})

    assert api.seen[0].url.params["page"] == "1"


def test_any_letter_may_stand_in_a_browser_s_name(browser: Browser, api: FakeApi) -> None:
    answer = browser.client.get("/", headers={"User-Agent": "Fureteur \xe9\xff"})

    assert answer.status_code == 200
    assert {dict(each.headers.raw)[b"User-Agent"] for each in api.seen} == {b"Fureteur \xe9\xff"}


@pytest.mark.parametrize("key", ["é", "a\r\nX-User: y", "a b", "k" * 65, ""])
def test_a_key_that_we_have_not_made_is_none(browser: Browser, api: FakeApi, key: str) -> None:
    answer = browser.sign_in(key=key)

    assert answer.status_code == 303
    assert [each for each in api.seen if "Idempotency-Key" in each.headers] == []


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/" + "a" * (LONGEST_PATH - 1), "/" + "a" * (LONGEST_PATH - 1)),
        ("/" + "a" * LONGEST_PATH, "/enfants"),
        ("/" + "é" * (LONGEST_PATH // 2), "/enfants"),
        ("/\t/elsewhere.example", "/enfants"),
        ("/\n/elsewhere.example", "/enfants"),
        ("/a\\b", "/enfants"),
        ("//elsewhere.example/%2f..", "/enfants"),
        ("\u2028/enfants", "/enfants"),
        ("/\u202eelsewhere", "/enfants"),
    ],
)
def test_signing_in_leads_to_no_address_that_is_none(browser: Browser, back: str, leads_to: str) -> None:
    assert browser.sign_in(back=back).headers["Location"] == leads_to


def test_what_a_browser_keeps_fits_into_its_cookies(browser: Browser, api: FakeApi) -> None:
    api.answer("POST", "/api/v1/verification-codes", 202, CHALLENGE)
    api.answer("GET", f"/api/v1/verification-codes/{CHALLENGE['challenge_id']}", 200, STATE)
    email = f"{'é' * 64}@{'e' * 180}.example"

    answer = browser.send("/mot-de-passe-oublie", email=email, back="/" + "é" * 511)

    # RFC 6265 §6.1: name, value and attributes.
    assert "vitrail-portal-step" in cookie_names(answer)
    assert max(len(each) for each in answer.headers.getlist("Set-Cookie")) <= 4096


@pytest.mark.requirement("SES-5")
def test_signing_out_forgets_the_session_though_the_api_is_away(parent: Browser, api: FakeApi) -> None:
    api.fail("DELETE", "/api/v1/session")

    answer = parent.send("/se-deconnecter", page="/nulle-part")

    assert answer.status_code == 503
    assert parent.get("/enfants").headers["Location"] == "/?back=/enfants"


@pytest.mark.parametrize("reason", ["", "over"])
def test_signing_out_forgets_a_mailbox_that_was_being_proven(parent: Browser, reason: str) -> None:
    prove(parent, RESET)

    parent.send("/se-deconnecter", page="/nulle-part", reason=reason)

    assert parent.client.get_cookie("vitrail-portal-step") is None
    assert parent.get("/mot-de-passe-oublie/mot-de-passe").headers["Location"] == "/mot-de-passe-oublie"


@pytest.mark.parametrize("path", ["/enfants/%2e%2e", "/enfants/%2e/journal", "/en/children/%2e%2e/messages/%2e%2e"])
def test_dots_alone_name_nothing(parent: Browser, api: FakeApi, path: str) -> None:
    assert parent.get(path).status_code == 404
    assert [each.url.path for each in api.seen if each.url.path != "/api/v1/session"] == []


@pytest.mark.parametrize("absence_id", ["..", ".", ""])
def test_dots_alone_are_no_absence(parent: Browser, api: FakeApi, absence_id: str) -> None:
    absences.hold(api, absences.ANNA)
    path = "/enfants/anna/absences/motiver"

    answer = parent.send(path, page="/nulle-part", absence=absence_id, reason="MALADIE")

    assert answer.status_code == 422
    assert {each.method for each in api.seen} == {"GET"}


def test_no_more_of_a_browser_s_name_is_read_than_any_says() -> None:
    beyond = "x" * devices.MOST_READ + " Firefox/128"

    assert (devices.name(beyond), devices.name_with_version(beyond)) == ("x" * 80, "x" * 80)
    assert devices.name_with_version(beyond[1 - len(" Firefox/128") :]) == "Firefox 128"


def test_each_session_has_a_share_of_its_own_of_what_may_be_read(
    api: FakeApi, make_browser: Callable[..., Browser]
) -> None:
    path = "/api/v1/children/c1/report-cards/b1/document"
    said = []
    for token in ("token-1", "token-1", "token-2"):
        opened = {
            "account": {"id": "a1", "email": "p@example.org", "language": "fr", "created_at": "2026-11-22T12:00:00Z"}
        }
        api.answer(
            "POST",
            "/api/v1/session",
            201,
            {**opened, "token": token, "csrf_token": "c", "must_confirm_children": False},
        )
        api.answers["GET", path] = httpx.Response(200, content=b"%PDF-", headers={"Content-Type": "application/pdf"})
        browser = make_browser()
        browser.sign_in()
        said.append(browser.get("/enfants/c1/bulletins/b1/document").headers["Vitrail-Visitor"])

    assert len(set(said)) == 2
    assert said[0] == said[1]
    assert "token" not in said[0]


def test_a_mailbox_s_time_is_over_by_our_clock_and_not_the_browser_s(api: FakeApi) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    app = create_app(settings(), transport=httpx.MockTransport(api.handle), now=lambda: now)
    browser = Browser(app.test_client())
    flow = {"purpose": RESET, "email": "p@example.org", "challenge_id": "c1", "ticket": "t"}
    put(browser, "vitrail-portal-step", "flow", {**flow, "expires_at": now.timestamp()})

    assert browser.get("/mot-de-passe-oublie/mot-de-passe").headers["Location"] == "/mot-de-passe-oublie"


@pytest.mark.requirement("SES-3", "SES-7")
def test_no_form_of_a_session_is_good_after_it(parent: Browser, api: FakeApi) -> None:
    before = re.findall(r'name="csrf_token" value="([^"]+)"', parent.get("/nulle-part").text)
    parent.send("/se-deconnecter", page="/nulle-part")
    api.seen.clear()

    answer = parent.client.post("/", data={"csrf_token": before[0], "email": "a@b.ca", "password": "p"})

    assert (answer.status_code, api.seen) == (403, [])


@pytest.mark.requirement("SES-3")
def test_signing_in_forgets_what_anybody_was_proving_here(browser: Browser) -> None:
    prove(browser, RESET)

    browser.sign_in()

    assert browser.client.get_cookie("vitrail-portal-step") is None


@pytest.mark.parametrize("purpose", ["visit", "kept", "another"])
def test_what_is_sealed_for_one_cookie_is_nothing_in_another(browser: Browser, purpose: str) -> None:
    flow = {"purpose": RESET, "email": "p@example.org", "challenge_id": "c1", "expires_at": LATER, "ticket": "t"}
    put(browser, "vitrail-portal-step", purpose, flow)

    assert browser.get("/mot-de-passe-oublie/mot-de-passe").headers["Location"] == "/mot-de-passe-oublie"


def test_what_is_sealed_for_a_step_is_no_visit_and_keeps_nothing(browser: Browser, api: FakeApi) -> None:
    put(browser, "vitrail-portal", "flow", {"csrf_token": "x", "token": "the-token"})
    put(browser, "vitrail-portal-kept", "flow", {"vitrail-device": ("known", LATER)})

    assert browser.get("/enfants").headers["Location"] == "/?back=/enfants"
    browser.get("/")
    assert [each for each in api.seen if {"Cookie", "Authorization"} & set(each.headers)] == []


@pytest.mark.requirement("OID-8")
@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
@pytest.mark.parametrize(("path", "reason"), [("/rester-connecte", ""), ("/se-deconnecter", "over")])
def test_no_form_leads_elsewhere(parent: Browser, path: str, reason: str, back: str) -> None:
    answer = parent.send(path, page="/nulle-part", back=back, reason=reason)

    assert answer.status_code == 303
    assert "elsewhere" not in answer.headers["Location"]
