import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.passports import HEADER
from tests.gateway.conftest import TOKEN, Door, FakeService, parse, read_all
from tests.gateway.test_downloads import begin
from tests.gateway.test_failures import unused_url
from tests.gateway.test_uploads import content

FORM = "application/x-www-form-urlencoded"
DOCUMENT = "/enfants/c1/bulletins/b1/document"
READ = f"GET {DOCUMENT} HTTP/1.1\r\nHost: x\r\nCookie: vitrail-portal=own\r\nConnection: close\r\n\r\n".encode()
MEBIBYTE = 1024 * 1024


@pytest.fixture
def house(make_door: Callable[..., Door], portal: FakeService) -> Door:
    """A gateway with a portal in front of it."""
    return make_door(portal_url=portal.url)


@pytest.mark.parametrize("path", ["/", "/en/", "/enfants", "/en/children/add?search=a&page=2", "/portal/portal.css"])
def test_what_nobody_else_has_is_the_portal_s(house: Door, portal: FakeService, path: str) -> None:
    assert house.get(path).json() == {"service": "portal"}
    assert portal.seen[0].target == path


@pytest.mark.requirement("GWY-3")
@pytest.mark.parametrize("path", ["/api", "/api/v1/nothing", "/school/v1/nothing", "/internal/sessions", "/problems/x"])
def test_where_programs_knock_there_are_no_pages(house: Door, portal: FakeService, path: str) -> None:
    assert house.get(path).status == 404
    assert portal.seen == []


@pytest.mark.requirement("GWY-1")
def test_a_page_is_told_nothing_of_who_asks(house: Door, portal: FakeService, identity: FakeService) -> None:
    cookie = f"vitrail={TOKEN}; vitrail-portal=own; vitrail-device=d; other=x; vitrail-portal-step=step; vitrail-portal-kept=kept"

    house.get("/enfants", Cookie=cookie, Authorization=f"Bearer {TOKEN}", X_Forwarded_For="10.0.0.1")

    seen = portal.seen[0].headers
    assert seen["Cookie"] == "vitrail-portal=own; vitrail-portal-step=step; vitrail-portal-kept=kept"
    assert {HEADER, "Authorization", "X-Forwarded-For"} & set(seen) == set()
    assert identity.introspections == []


def test_the_portal_hears_what_a_browser_unpacks(house: Door, portal: FakeService) -> None:
    house.get("/portal/portal.css", Accept_Encoding="gzip, br")

    assert portal.seen[0].headers["Accept-Encoding"] == "gzip, br"


def test_a_form_reaches_the_portal_as_it_was_sent(house: Door, portal: FakeService) -> None:
    house.request("POST", "/", body=b"email=a%40example.org", Content_Type=FORM, Origin="http://127.0.0.1:8080")

    assert (portal.seen[0].method, portal.seen[0].body) == ("POST", b"email=a%40example.org")


@pytest.mark.requirement("SES-7")
@pytest.mark.parametrize("sent", [{"Origin": "https://elsewhere.example"}, {"Sec_Fetch_Site": "cross-site"}])
def test_a_form_of_another_site_is_refused(house: Door, portal: FakeService, sent: dict[str, str]) -> None:
    reply = house.request("POST", "/", body=b"email=a", Content_Type=FORM, **sent)

    assert (reply.status, reply.code) == (403, "csrf_rejected")
    assert portal.seen == []


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    ("method", "content_type", "body", "status"),
    [
        ("POST", "application/json", b"{}", 415),
        ("POST", FORM, b"a" * (5 * 1024 * 1024 + 64 * 1024 + 1), 413),
        ("DELETE", FORM, b"", 405),
    ],
)
def test_what_no_form_sends_is_refused_at_the_door(
    house: Door, portal: FakeService, method: str, content_type: str, body: bytes, status: int
) -> None:
    assert house.request(method, "/", body=body, Content_Type=content_type).status == status
    assert portal.seen == []


def test_a_page_keeps_its_own_policy_and_cookies(house: Door, portal: FakeService) -> None:
    own = {"Content-Security-Policy": "default-src 'none'", "Set-Cookie": "vitrail-portal=sealed; HttpOnly"}
    portal.answer("/", text="<p>", content_type="text/html", headers=own)

    reply = house.get("/")

    assert {name: reply.headers[name] for name in own} == own
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.requirement("GWY-4")
def test_a_document_may_be_read_for_longer_than_the_portal_may_take(
    make_door: Callable[..., Door], portal: FakeService
) -> None:
    door = make_door(
        portal_url=portal.url, request_timeout=timedelta(seconds=0.5), download_timeout=timedelta(seconds=60)
    )
    portal.answer(DOCUMENT, body=content(32 * MEBIBYTE))
    with door.connect() as connection:
        begun = begin(connection, READ)
        threading.Event().wait(0.8)
        reply = parse(begun + read_all(connection))

    assert reply.body == content(32 * MEBIBYTE)


@pytest.mark.requirement("GWY-4")
def test_a_person_has_a_share_of_the_documents_that_may_be_read_whatever_the_browser_shows(
    make_door: Callable[..., Door], portal: FakeService
) -> None:
    door = make_door(portal_url=portal.url, downloads_each=1)
    portal.answer(DOCUMENT, body=content(32 * MEBIBYTE), headers={"Vitrail-Visitor": "one"})
    with door.connect() as connection:
        begin(connection, READ)
        own = door.get(DOCUMENT, Cookie="vitrail-portal=own; vitrail-portal-step=made-up")
        portal.answer(DOCUMENT, body=content(32 * MEBIBYTE), headers={"Vitrail-Visitor": "another"})
        anothers = door.get(DOCUMENT, Cookie="vitrail-portal=own")

    assert (own.status, own.code) == (429, "too_many_requests")
    assert (anothers.status, "Vitrail-Visitor" in anothers.headers) == (200, False)


@pytest.mark.requirement("GWY-4")
def test_no_made_up_cookie_gives_a_second_place_for_files(make_door: Callable[..., Door], portal: FakeService) -> None:
    door = make_door(portal_url=portal.url, uploads_each=1)
    sent = {"Content_Type": "multipart/form-data; boundary=b", "Origin": "http://127.0.0.1:8080"}
    head = (
        "POST /verifier HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nExpect: 100-continue\r\n"
        "Content-Length: 3\r\nConnection: close\r\nCookie: vitrail-portal=one\r\n\r\n"
    )
    with door.connect() as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        second = door.request("POST", "/verifier", body=b"pdf", Cookie="vitrail-portal=made-up", **sent)
        connection.sendall(b"pdf")
        assert parse(read_all(connection)).status == 200

    assert (second.status, second.code) == (429, "too_many_requests")


@pytest.mark.requirement("GWY-6")
def test_an_origin_that_may_call_the_api_reads_no_page(make_door: Callable[..., Door], portal: FakeService) -> None:
    door = make_door(portal_url=portal.url, allowed_origins=("https://app.example.ca",))
    asked = {"Origin": "https://app.example.ca", "Access_Control_Request_Method": "POST"}

    replies = [
        door.get("/enfants", **asked),
        door.request("OPTIONS", "/enfants", **asked),
        door.get("/nulle-part", **asked),
    ]

    assert [each.status for each in replies] == [200, 405, 200]
    assert [name for each in replies for name in each.headers if name.startswith("Access-Control-")] == []


def test_a_person_is_told_when_the_portal_is_away(make_door: Callable[..., Door]) -> None:
    door = make_door(portal_url=unused_url())

    reply = door.get("/enfants", Accept="text/html")

    assert reply.status == 503
    assert reply.headers["Content-Type"].startswith("text/html")
    assert b'lang="en"' in reply.body


def test_the_api_answers_while_the_portal_is_away(make_door: Callable[..., Door]) -> None:
    door = make_door(portal_url=unused_url())

    assert door.get("/api/v1/password-policy").json() == {"service": "identity"}


def test_without_a_portal_the_gateway_shows_a_page_of_its_own(door: Door) -> None:
    assert b"<h1" in door.get("/").body
    assert door.get("/enfants", Accept="text/html").status == 404


@pytest.mark.requirement("GWY-4")
def test_a_form_with_a_file_is_as_large_as_the_api_takes_a_document(house: Door, portal: FakeService) -> None:
    document = content(10 * MEBIBYTE)
    headers = {"Content_Type": "multipart/form-data; boundary=b", "Origin": "http://127.0.0.1:8080"}

    taken = house.request("POST", "/verifier", body=document, **headers)
    refused = house.request("POST", "/verifier", body=document + content(65 * 1024), **headers)

    assert (taken.status, len(portal.seen[0].body), refused.status, len(portal.seen)) == (200, len(document), 413, 1)


@pytest.mark.requirement("GWY-4")
def test_a_form_without_a_file_is_small(house: Door, portal: FakeService) -> None:
    answer = house.request("POST", "/", body=b"x" * (64 * 1024 + 1), Content_Type=FORM, Origin="http://127.0.0.1:8080")

    assert (answer.status, portal.seen) == (413, [])
