"""A document's way through the portal."""

import tracemalloc
from collections.abc import Iterator

import httpx
import pytest

from portal.app import create_app
from tests.portal import records
from tests.portal.conftest import Browser, FakeApi, settings
from tests.portal.records import CHILD

HOME = "/enfants/child-1"
ADDRESSES = {
    f"{HOME}/bulletins/b2/document": f"{CHILD}/report-cards/b2/document",
    f"{HOME}/finances/s3/document": f"{CHILD}/statements/s3/document",
    f"{HOME}/finances/releves-fiscaux/r1/document": f"{CHILD}/tax-slips/r1/document",
    "/en/children/child-1/report-cards/b2/document": f"{CHILD}/report-cards/b2/document",
}
PAGE, PATH = next(iter(ADDRESSES.items()))
PDF = b"%PDF-1.7 " + b"x" * 991
MEBIBYTE = 1024 * 1024
LARGE = 20 * MEBIBYTE
DESCRIBED = {
    "Content-Type": "application/pdf",
    "Content-Disposition": "attachment; filename=\"Bulletin.pdf\"; filename*=UTF-8''Bulletin%20%C3%A9tape%201.pdf",
    "Accept-Ranges": "bytes",
    "ETag": '"0f343b0931126a20f133d67c2b018a3b"',
}


class Parts(httpx.SyncByteStream):
    """A body that is made as it is read, and may break off."""

    def __init__(self, size: int, *, breaks_at: int | None = None) -> None:
        self.size, self.breaks_at = size, breaks_at
        self.given = 0
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        while self.given < self.size:
            if self.breaks_at is not None and self.given >= self.breaks_at:
                raise httpx.ReadError("gone")
            self.given += MEBIBYTE
            yield b"x" * MEBIBYTE

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def reader(api: FakeApi, browser: Browser) -> Browser:
    records.furnish(api)
    browser.sign_in()
    api.seen.clear()
    return browser


def give(api: FakeApi, path: str, status: int, content: bytes, **headers: str) -> None:
    named = {**DESCRIBED, **{name.replace("_", "-"): value for name, value in headers.items()}}
    api.answers["GET", path] = httpx.Response(status, content=content, headers=named)


def reader_of(body: Parts, **headers: str) -> Browser:
    """Return somebody signed in at an API that answers every GET with this body."""
    api = FakeApi()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != PATH:
            return api.handle(request)
        return httpx.Response(200, stream=body, headers={**DESCRIBED, "Content-Length": str(body.size), **headers})

    browser = Browser(create_app(settings(), transport=httpx.MockTransport(answer)).test_client())
    browser.sign_in()
    return browser


@pytest.mark.requirement("RE-06", "RE-10", "RE-11")
@pytest.mark.parametrize("page", ADDRESSES)
def test_a_document_comes_by_an_address_of_the_portals_with_all_that_describes_it(
    reader: Browser, api: FakeApi, page: str
) -> None:
    give(api, ADDRESSES[page], 200, PDF)

    answer = reader.get(page)

    assert (answer.status_code, answer.data) == (200, PDF)
    assert {name: answer.headers[name] for name in DESCRIBED} == DESCRIBED
    assert answer.headers["Content-Length"] == str(len(PDF))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    # The browser has neither the token nor a way to the API of its own.
    assert "Set-Cookie" not in answer.headers
    [seen] = [each for each in api.seen if each.url.path == ADDRESSES[page]]
    assert seen.headers["Authorization"] == "Bearer the-token"
    assert seen.headers["Accept-Language"] == ("en" if page.startswith("/en/") else "fr")


def test_a_part_is_asked_for_and_given_in_the_apis_words(reader: Browser, api: FakeApi) -> None:
    give(api, PATH, 206, PDF[5:10], Content_Range="bytes 5-9/1000")
    wanted = {"Range": "bytes=5-9", "If-Range": DESCRIBED["ETag"], "If-Match": '"a"', "If-None-Match": '"b"'}

    answer = reader.client.get(PAGE, headers=wanted)

    assert (answer.status_code, answer.data, answer.headers["Content-Range"]) == (206, PDF[5:10], "bytes 5-9/1000")
    [seen] = [each for each in api.seen if each.url.path == PATH]
    assert {name: seen.headers[name] for name in wanted} == wanted


def test_what_has_not_changed_is_not_given_again(reader: Browser, api: FakeApi) -> None:
    api.answers["GET", PATH] = httpx.Response(304, headers={"ETag": DESCRIBED["ETag"]})

    answer = reader.client.get(PAGE, headers={"If-None-Match": DESCRIBED["ETag"]})

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", DESCRIBED["ETag"])


@pytest.mark.parametrize(("status", "code"), [(404, "not_found"), (416, "range_not_satisfiable"), (429, "too_many")])
def test_a_refusal_is_a_page_and_no_file(reader: Browser, api: FakeApi, status: int, code: str) -> None:
    api.refuse("GET", PATH, status, code)
    api.answers["GET", PATH].headers["Content-Type"] = "application/problem+json"  # type: ignore[union-attr]

    answer = reader.get(PAGE)

    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert f"Détail {code}" in answer.text
    assert "Content-Disposition" not in answer.headers


def test_a_service_that_is_away_is_told_as_such(reader: Browser, api: FakeApi) -> None:
    api.fail("GET", PATH)

    assert (reader.get(PAGE).status_code, reader.get(PAGE).mimetype) == (503, "text/html")


def test_a_session_that_is_over_leads_to_sign_in_and_back(reader: Browser, api: FakeApi) -> None:
    api.refuse("GET", PATH, 401, "not_signed_in")
    api.answers["GET", PATH].headers["Content-Type"] = "application/problem+json"  # type: ignore[union-attr]

    answer = reader.get(PAGE)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/?back={PAGE}")


def test_nobody_gets_a_document_without_signing_in(browser: Browser, api: FakeApi) -> None:
    assert browser.get(PAGE).status_code == 303
    assert api.seen == []


def test_head_says_how_long_it_is_and_gives_nothing(reader: Browser, api: FakeApi) -> None:
    api.answers["HEAD", PATH] = httpx.Response(200, headers={**DESCRIBED, "Content-Length": "1000"})

    answer = reader.client.head(PAGE)

    assert (answer.status_code, answer.headers["Content-Length"], answer.data) == (200, "1000", b"")
    assert [each.method for each in api.seen if each.url.path == PATH] == ["HEAD"]


@pytest.mark.parametrize("status", [404, 429])
def test_head_of_what_is_refused_says_so_without_words(reader: Browser, api: FakeApi, status: int) -> None:
    api.answers["HEAD", PATH] = httpx.Response(status, headers={"Content-Type": "application/problem+json"})

    assert reader.client.head(PAGE).status_code == status


def test_twenty_megabytes_pass_through_without_being_kept() -> None:
    body = Parts(LARGE)
    browser = reader_of(body)
    tracemalloc.start()
    answer = browser.client.get(PAGE, buffered=False)
    size = sum(len(part) for part in answer.response)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    answer.close()

    assert (size, answer.headers["Content-Length"]) == (LARGE, str(LARGE))
    assert most < 8 * MEBIBYTE
    assert body.is_closed


def test_a_reader_who_leaves_lets_the_rest_be() -> None:
    body = Parts(LARGE)
    answer = reader_of(body).client.get(PAGE, buffered=False)
    next(iter(answer.response))
    answer.close()

    assert body.is_closed
    assert body.given < LARGE


def test_a_document_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    answer = reader_of(Parts(LARGE, breaks_at=2 * MEBIBYTE)).client.get(PAGE, buffered=False)

    with pytest.raises(httpx.ReadError):
        list(answer.response)
    answer.close()


@pytest.mark.parametrize("child_id", ["..", "a%2Fb", "child-1%3Fx=1"])
def test_no_other_address_of_the_api_can_be_reached_by_this_one(reader: Browser, api: FakeApi, child_id: str) -> None:
    api.answer("GET", f"/api/v1/children/{child_id}/report-cards/b2/document", 200, {})
    api.seen.clear()

    reader.get(f"/enfants/{child_id}/bulletins/b2/document")

    assert [each.url.raw_path for each in api.seen if not each.url.raw_path.startswith(b"/api/v1/children/")] == []
    assert [each for each in api.seen if each.url.query] == []
