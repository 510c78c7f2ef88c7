import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import flask
import pytest
from flask.views import MethodView
from hypothesis import HealthCheck, given, settings, strategies as st
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from shared import auth, web
from shared.passports import Passport, PassportOffice
from shared.problems import Unavailable
from shared.web import files
from shared.web.files import File

KEYS = ("abcdefghijklmnopqrstuvwxyz0123456789",)
OFFICE = PassportOffice("sample", KEYS)
CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)
TAG = hashlib.sha256(CONTENT).hexdigest()
Ask = Callable[..., TestResponse]


class Shelf:
    """What the sample's one file is, and which of its bytes were read."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.name = "Bulletin.pdf"
        self.read_ranges: list[tuple[int, int]] = []
        self.is_there = True

    def file(self) -> File:
        tag = hashlib.sha256(self.content).hexdigest()
        return File(size=len(self.content), etag=tag, media_type="application/pdf", name=self.name, read=self._read)

    def _read(self, start: int, end: int) -> Iterable[bytes]:
        if not self.is_there:
            raise Unavailable
        self.read_ranges.append((start, end))
        return self._parts(start, end)

    def _parts(self, start: int, end: int) -> Iterator[bytes]:
        for first in range(start, end, 1000):
            yield self.content[first : min(end, first + 1000)]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def ask(shelf: Shelf) -> Ask:
    """Ask for the file with these headers."""
    door = web.Blueprint("papers", __name__, url_prefix="/api/v1/papers")
    door.before_request(auth.public)

    @door.route("")
    class Papers(MethodView):
        def get(self) -> flask.Response:
            return files.answer(shelf.file())

    app = web.create_app(
        "sample",
        title="Sample",
        folder=Path(__file__).parent,
        passport_keys=KEYS,
        blueprints=[door],
        problems=[],
        is_ready=lambda: True,
    )
    client = app.test_client()

    def get(*, method: str = "GET", **headers: str) -> TestResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        passport = OFFICE.sign(Passport(address="192.0.2.1"))
        return client.open("/api/v1/papers", method=method, headers={**given, "passport": passport})

    return get


def test_a_file_comes_whole_with_what_describes_it(ask: Ask) -> None:
    reply = ask()

    assert (reply.status_code, reply.data) == (200, CONTENT)
    assert {name: reply.headers.get(name) for name in DESCRIBING} == {
        "Content-Type": "application/pdf",
        "Content-Length": str(SIZE),
        "ETag": f'"{TAG}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'attachment; filename="Bulletin.pdf"',
        "Vary": "Accept-Language",
        "Content-Range": None,
        "Last-Modified": None,
    }


DESCRIBING = (
    "Content-Type",
    "Content-Length",
    "ETag",
    "Accept-Ranges",
    "Cache-Control",
    "Content-Disposition",
    "Vary",
    "Content-Range",
    "Last-Modified",
)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-499", 0, 499),
        ("bytes=500-999", 500, 999),
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=9500-", 9500, SIZE - 1),
        ("bytes=9500-99999", 9500, SIZE - 1),
        ("bytes=-500", SIZE - 500, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        (f"bytes=-{SIZE}", 0, SIZE - 1),
        # "If the selected representation is shorter than the specified suffix-length, the entire representation is used."
        ("bytes=-99999", 0, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("Bytes=1-2", 1, 2),
        ("bytes= 1-2", 1, 2),
    ],
)
def test_a_range_is_given_alone(ask: Ask, shelf: Shelf, asked: str, first: int, last: int) -> None:
    reply = ask(Range=asked)

    assert (reply.status_code, reply.data) == (206, CONTENT[first : last + 1])
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert reply.headers["Content-Length"] == str(last - first + 1)
    assert reply.headers["ETag"] == f'"{TAG}"'
    assert shelf.read_ranges == [(first, last + 1)]


@pytest.mark.parametrize(
    "asked",
    [
        "pages=1-2",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=2-1",
        "bytes=1-2-3",
        "bytes=--1",
        "bytes=+1-2",
        "bytes=1.5-2",
        "bytes=-0",
        "bytes=0-0,5-9",
        "bytes=0-9999,0-9999,0-9999,0-9999,0-9999",
        "bytes=0-\u0663",
    ],
)
def test_what_is_no_single_range_of_bytes_gets_the_whole_file(ask: Ask, asked: str) -> None:
    reply = ask(Range=asked)

    assert (reply.status_code, reply.data) == (200, CONTENT)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE}", "bytes=99999999999999999999999-"])
def test_a_range_beyond_the_end_is_refused_with_the_length(ask: Ask, shelf: Shelf, asked: str) -> None:
    reply = ask(Range=asked)

    assert reply.status_code == 416
    assert reply.headers["Content-Range"] == f"bytes */{SIZE}"
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert shelf.read_ranges == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.one_of(st.from_regex(r"bytes=[0-9]{0,6}-[0-9]{0,6}", fullmatch=True), st.text(max_size=30)))
def test_whatever_is_asked_for_gets_what_its_answer_says(ask: Ask, asked: str) -> None:
    reply = ask(Range=asked.encode("latin-1", "ignore").decode("latin-1").replace("\n", "").replace("\r", ""))

    told = reply.headers.get("Content-Range", f"bytes 0-{SIZE - 1}/{SIZE}").removeprefix("bytes ").partition("/")[0]
    first, _, last = told.partition("-")
    assert reply.status_code in {200, 206, 416}
    assert reply.status_code == 416 or reply.data == CONTENT[int(first) : int(last) + 1]


def test_an_empty_file_has_no_range(ask: Ask, shelf: Shelf) -> None:
    shelf.content = b""

    assert (ask().status_code, ask().headers["Content-Length"]) == (200, "0")
    assert ask(Range="bytes=0-").status_code == 416


@pytest.mark.parametrize("asked", [f'"{TAG}"', f'W/"{TAG}"', "*", f'"other", "{TAG}"', f'W/"other", W/"{TAG}"'])
def test_a_reader_who_has_the_file_gets_no_body(ask: Ask, shelf: Shelf, asked: str) -> None:
    # A range does not change it: conditions come first (§13.2.2).
    for headers in ({}, {"Range": "bytes=0-0"}, {"Range": "bytes=99999-"}):
        for method in ("GET", "HEAD"):
            reply = ask(method=method, If_None_Match=asked, **headers)

            assert (reply.status_code, reply.data) == (304, b"")
            assert reply.headers["ETag"] == f'"{TAG}"'
            assert reply.headers["Cache-Control"] == "private, no-cache"
            assert "Content-Length" not in reply.headers
    assert shelf.read_ranges == []


@pytest.mark.parametrize("asked", ['"other"', f'"{TAG[:-1]}"', TAG[:-1], ""])
def test_a_reader_who_has_another_file_gets_this_one(ask: Ask, asked: str) -> None:
    assert ask(If_None_Match=asked).data == CONTENT


def test_a_date_tells_nothing_of_a_file(ask: Ask) -> None:
    assert ask(If_Modified_Since="Fri, 31 Dec 2100 23:59:59 GMT").status_code == 200
    assert ask(If_Unmodified_Since="Fri, 31 Dec 1999 23:59:59 GMT").status_code == 200


@pytest.mark.parametrize("asked", [f'"{TAG}"', f'"other", "{TAG}"', "*"])
def test_a_reader_who_asks_for_this_file_alone_gets_it(ask: Ask, asked: str) -> None:
    assert ask(If_Match=asked).data == CONTENT
    assert ask(If_Match=asked, Range="bytes=0-0").status_code == 206


@pytest.mark.parametrize("asked", ['"other"', f'W/"{TAG}"'])
def test_a_reader_who_asks_for_another_file_alone_is_refused(ask: Ask, shelf: Shelf, asked: str) -> None:
    reply = ask(If_Match=asked, Range="bytes=0-0")

    assert (reply.status_code, reply.headers["Content-Type"]) == (412, "application/problem+json")
    assert shelf.read_ranges == []


def test_a_part_is_given_to_whoever_has_the_rest_of_the_same_file(ask: Ask) -> None:
    reply = ask(Range="bytes=100-", If_Range=f'"{TAG}"')

    assert (reply.status_code, reply.data) == (206, CONTENT[100:])


@pytest.mark.parametrize("held", ['"other"', f'W/"{TAG}"', TAG, "Fri, 31 Dec 2100 23:59:59 GMT", ""])
def test_whoever_may_have_the_rest_of_another_file_gets_this_one_whole(ask: Ask, held: str) -> None:
    for asked in ("bytes=100-", "bytes=99999-"):
        assert ask(Range=asked, If_Range=held).data == CONTENT


def test_head_tells_what_get_would_and_reads_nothing(ask: Ask, shelf: Shelf) -> None:
    reply = ask(method="HEAD", Range="bytes=0-0")

    assert (reply.status_code, reply.data) == (200, b"")
    assert (reply.headers["Content-Length"], reply.headers["ETag"]) == (str(SIZE), f'"{TAG}"')
    assert shelf.read_ranges == []


def test_what_cannot_be_read_is_a_refusal_and_no_answer_that_breaks_off(ask: Ask, shelf: Shelf) -> None:
    shelf.is_there = False

    reply = ask()

    assert (reply.status_code, reply.json["code"] if reply.json else None) == (503, "unavailable")
    assert "Content-Disposition" not in reply.headers


@pytest.mark.parametrize(
    ("name", "simple"),
    [
        ("Bulletin.pdf", "Bulletin.pdf"),
        ("Relevé 24 – été 2026.pdf", "Releve 24  ete 2026.pdf"),
        ("État de compte : 12,50 $.pdf", "Etat de compte : 12,50 $.pdf"),
        ("ᐃᓕᓐᓂᐊᕐᕕᒃ.pdf", "document.pdf"),
        ('a"b\\c%d.pdf', "abcd.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
    ],
)
def test_a_name_survives_whatever_letters_it_has(ask: Ask, shelf: Shelf, name: str, simple: str) -> None:
    shelf.name = name

    header = ask().headers["Content-Disposition"]

    assert "\n" not in header
    kind, told = parse_options_header(header)
    assert kind == "attachment"
    # What reads RFC 8187 gets the name, everything else the one without accents.
    assert told["filename"] == name
    assert f'filename="{simple}"' in header
