import asyncio
import socket
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from gateway.proxy import FILES_FETCHED_AT_ONCE
from gateway.routes import ATTENDANCE, LARGEST_DOCUMENT, SCHOOL, SESSION, TABLE, route
from gateway.uploads import OUTGOING_IN_MEMORY, Uploads, keep
from tests.gateway.conftest import (
    SCHOOL_TOKEN,
    TOKEN,
    Door,
    FakeService,
    Gate,
    parse,
    read_all,
    session_document,
)
from tests.gateway.test_uploads import content

MEBIBYTE = 1024 * 1024
PAPER = "/api/v1/papers/p1"
SCHOOL_PAPER = "/school/v1/papers/p1"
SCHOOL_LIST = "/school/v1/lists/l1"
ROUTES = (
    *TABLE,
    # Larger than what a connection holds by itself, so that a reader who does not read is noticed.
    route("/api/v1/papers/{paper_id}", ATTENDANCE, gives_file=True, largest_answer=64 * MEBIBYTE, GET=SESSION),
    route("/school/v1/papers/{paper_id}", ATTENDANCE, gives_file=True, GET=SCHOOL),
    route(
        "/school/v1/lists/{list_id}",
        ATTENDANCE,
        gives_file=True,
        gives_list=True,
        largest_answer=12 * MEBIBYTE,
        GET=SCHOOL,
    ),
)
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ANOTHER = "a-session-token-of-another-person-43-chars"
ASKED = f"GET {PAPER} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n".encode()
# Answered from memory, and from disk.
SIZES = [40_000, 3 * MEBIBYTE]
TAG = '"0f343b0931126a20f133d67c2b018a3b"'


@pytest.fixture
def make_download_door(make_door: Callable[..., Door], identity: FakeService) -> Callable[..., Door]:
    identity.sessions[ANOTHER] = session_document(session_id="session-2", account_id="account-2")

    def make(**overrides: Any) -> Door:
        return make_door(table=ROUTES, **overrides)

    return make


@pytest.fixture
def door(make_download_door: Callable[..., Door]) -> Door:
    return make_download_door()


def give(attendance: FakeService, *, status: int, body: bytes = b"", **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    attendance.answer(PAPER, status=status, body=body, headers=named)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_with_all_that_describes_it(door: Door, attendance: FakeService, size: int) -> None:
    describing = {
        "Content-Type": "application/pdf",
        "Content-Disposition": "attachment; filename=\"Releve.pdf\"; filename*=UTF-8''Relev%C3%A9.pdf",
        "ETag": TAG,
        "Accept-Ranges": "bytes",
        "Vary": "Accept-Language",
    }
    attendance.answer(PAPER, body=content(size), headers=describing)

    reply = door.get(PAPER, **BEARER)

    assert (reply.status, reply.body) == (200, content(size))
    assert {name: reply.headers[name] for name in describing} == describing
    assert reply.headers["Content-Length"] == str(size)
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("size", SIZES)
def test_a_part_of_a_file_passes_as_a_part(door: Door, attendance: FakeService, size: int) -> None:
    give(attendance, status=206, body=content(size), Content_Range=f"bytes 5-{size + 4}/99999999", ETag=TAG)

    reply = door.get(PAPER, Range="bytes=5-", If_Range=TAG, **BEARER)

    assert (reply.status, reply.body) == (206, content(size))
    assert reply.headers["Content-Range"] == f"bytes 5-{size + 4}/99999999"
    assert reply.headers["Content-Length"] == str(size)
    (seen,) = attendance.seen
    assert (seen.headers["Range"], seen.headers["If-Range"]) == ("bytes=5-", TAG)


@pytest.mark.parametrize("condition", ["If-None-Match", "If-Match"])
def test_conditions_reach_the_service(door: Door, attendance: FakeService, condition: str) -> None:
    door.get(PAPER, **{condition.replace("-", "_"): f'W/"a", {TAG}'}, **BEARER)

    assert attendance.seen[0].headers[condition] == f'W/"a", {TAG}'


def test_a_file_that_has_not_changed_has_no_body_and_no_length(door: Door, attendance: FakeService) -> None:
    give(attendance, status=304, ETag=TAG)

    received = door.exchange(ASKED)

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 304 Not Modified\r\n")
    told = head.lower()
    assert f"etag: {TAG}".encode() in told
    # It would be the length of the file (RFC 9110 §8.6), which nobody here knows.
    assert b"content-length" not in told
    assert b"transfer-encoding" not in told
    assert body == b""


def test_a_range_beyond_the_end_is_refused_as_the_service_does(door: Door, attendance: FakeService) -> None:
    give(attendance, status=416, body=b"{}", Content_Range="bytes */5", Content_Type="application/problem+json")

    reply = door.get(PAPER, Range="bytes=9-", **BEARER)

    assert (reply.status, reply.headers["Content-Range"]) == (416, "bytes */5")


def test_head_tells_the_length_of_a_large_file(door: Door, attendance: FakeService) -> None:
    give(attendance, status=200, body=content(3 * MEBIBYTE), ETag=TAG)

    reply = door.request("HEAD", PAPER, **BEARER)

    assert (reply.status, reply.body) == (200, b"")
    assert (reply.headers["Content-Length"], reply.headers["ETag"]) == (str(3 * MEBIBYTE), TAG)


def begin(connection: socket.socket, asked: bytes) -> bytes:
    """Ask, read the answer's head and a little more, and no further."""
    connection.sendall(asked)
    received = connection.recv(1000)
    assert received.startswith(b"HTTP/1.1 200")
    return received


@pytest.mark.requirement("GWY-4")
def test_a_person_has_their_share_of_the_places_and_all_have_no_more_than_there_are(
    make_download_door: Callable[..., Door], attendance: FakeService
) -> None:
    door = make_download_door(downloads_each=1, concurrent_downloads=2)
    # More than what the sockets between take in.
    large = content(32 * MEBIBYTE)
    for path in (PAPER, SCHOOL_PAPER):
        attendance.answer(path, body=large)
    with door.connect() as one, door.connect() as another:
        begun = begin(one, ASKED)
        own = door.get(PAPER, **BEARER)
        # At the same address, as everybody in a school is.
        also_begun = begin(another, ASKED.replace(TOKEN.encode(), ANOTHER.encode()))
        schools = door.get(SCHOOL_PAPER, Authorization=f"Bearer {SCHOOL_TOKEN}")
        # What fits into memory needs no place.
        attendance.answer(PAPER, body=b"small")
        small = door.get(PAPER, **BEARER)
        bodies = [parse(begun + read_all(one)).body, parse(also_begun + read_all(another)).body]

    assert (own.status, own.code, own.headers["Retry-After"]) == (429, "too_many_requests", "10")
    assert (schools.status, schools.code, schools.headers["Retry-After"]) == (503, "unavailable", "10")
    assert small.body == b"small"
    assert bodies == [large, large]


@pytest.mark.requirement("GWY-4")
def test_a_reader_who_leaves_half_way_gives_the_place_back(
    make_download_door: Callable[..., Door], attendance: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    door = make_download_door(downloads_each=1)
    attendance.answer(PAPER, body=content(32 * MEBIBYTE))
    for _ in range(3):
        with door.connect() as connection:
            # Until the gateway has noticed that the last one has left, the place is taken.
            begun = next(filter(None, (try_to_begin(door, connection) for _ in range(1000))))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        assert begun.startswith(b"HTTP/1.1 200")

    assert "fault" not in capsys.readouterr().out


def try_to_begin(door: Door, connection: socket.socket) -> bytes | None:
    """Ask with a connection that is kept when the answer is a refusal."""
    connection.sendall(ASKED.replace(b"Connection: close\r\n", b""))
    received = connection.recv(1000)
    return received if received.startswith(b"HTTP/1.1 200") else None


@pytest.mark.requirement("GWY-4")
def test_a_reader_may_take_longer_than_the_service_may(
    make_download_door: Callable[..., Door], attendance: FakeService
) -> None:
    door = make_download_door(request_timeout=timedelta(seconds=0.5), download_timeout=timedelta(seconds=60))
    large = content(32 * MEBIBYTE)
    attendance.answer(PAPER, body=large)
    with door.connect() as connection:
        begun = begin(connection, ASKED)
        threading.Event().wait(0.8)
        reply = parse(begun + read_all(connection))

    assert reply.body == large


@pytest.mark.requirement("GWY-4")
def test_a_reader_who_takes_for_ever_is_cut_off(
    make_download_door: Callable[..., Door], attendance: FakeService
) -> None:
    door = make_download_door(
        request_timeout=timedelta(seconds=1), download_timeout=timedelta(seconds=0.2), downloads_each=1
    )
    attendance.answer(PAPER, body=content(64 * MEBIBYTE))
    with door.connect() as connection:
        begun = begin(connection, ASKED)
        # The place is free again although nobody has read.
        replies = (door.get(PAPER, Range="bytes=0-", **BEARER) for _ in range(1000))
        assert next(reply for reply in replies if reply.status == 200)
        received = begun + until_broken(connection)

    assert len(received) < 64 * MEBIBYTE


def until_broken(connection: socket.socket) -> bytes:
    parts: list[bytes] = []
    with suppress(ConnectionError):
        parts += iter(lambda: connection.recv(1 << 20), b"")
    return b"".join(parts)


@pytest.mark.requirement("GWY-4")
def test_a_file_that_is_shorter_than_it_says_is_no_answer(door: Door, attendance: FakeService) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 3 * MEBIBYTE
        await response.prepare(request)
        await response.write(content(2 * MEBIBYTE))
        assert request.transport is not None
        request.transport.abort()
        return response

    attendance.answers[PAPER] = break_off
    reply = door.get(PAPER, **BEARER)

    assert (reply.status, reply.code) == (502, "upstream_failed")


@pytest.mark.requirement("GWY-4")
def test_a_quarter_of_a_thousand_files_that_nobody_reads_fit_into_little_memory() -> None:
    places = Uploads(
        places=256,
        places_each=256,
        timeout=timedelta(seconds=30),
        patience=timedelta(seconds=30),
        in_memory=OUTGOING_IN_MEMORY,
    )
    part = content(65_000)

    async def hold(stack: ExitStack) -> None:
        for _ in range(256):
            file = stack.enter_context(places.place("c"))
            for _ in range(8):
                await keep(file, part)
            # Each has a part in its hands, as if it were being sent.
            await anext(aiter(file.parts()))

    tracemalloc.start()
    try:
        with ExitStack() as stack:
            asyncio.run(hold(stack))
            held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 256 * 3 * OUTGOING_IN_MEMORY


@pytest.mark.requirement("GWY-4")
def test_a_service_is_asked_for_some_files_at_a_time_and_the_others_wait(
    make_download_door: Callable[..., Door], attendance: FakeService, make_gate: Callable[[], Gate]
) -> None:
    gate = make_gate()
    counts = {"now": 0, "most": 0}

    async def answer(request: web.Request) -> web.Response:
        counts["now"] += 1
        counts["most"] = max(counts["most"], counts["now"])
        await gate.wait()
        counts["now"] -= 1
        return web.Response(body=content(MEBIBYTE))

    attendance.answers[PAPER] = answer
    door = make_download_door(downloads_each=100)
    with ThreadPoolExecutor(3 * FILES_FETCHED_AT_ONCE) as pool:
        replies = [pool.submit(door.get, PAPER, **BEARER) for _ in range(3 * FILES_FETCHED_AT_ONCE)]
        gate.until_somebody_waits()
        # What is no file waits for none of them.
        other = door.get("/api/v1/children/c1/absences", **BEARER)
        gate.open()
        bodies = {reply.result().body for reply in replies}

    assert other.json() == {"service": "attendance"}
    assert bodies == {content(MEBIBYTE)}
    assert 1 < counts["most"] <= FILES_FETCHED_AT_ONCE


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(("path", "most"), [(SCHOOL_PAPER, LARGEST_DOCUMENT), (SCHOOL_LIST, 12 * MEBIBYTE)])
def test_an_answer_takes_no_more_of_the_disk_than_its_route_may(
    door: Door, attendance: FakeService, path: str, most: int
) -> None:
    attendance.answer(path, body=content(most))
    whole = door.get(path, Authorization=f"Bearer {SCHOOL_TOKEN}")
    attendance.answer(path, body=content(most + 1))
    refused = door.get(path, Authorization=f"Bearer {SCHOOL_TOKEN}")

    assert (whole.status, len(whole.body)) == (200, most)
    assert (refused.status, refused.code) == (502, "upstream_failed")


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    ("full", "papers", "lists"), [({"concurrent_downloads": 0}, 503, 200), ({"concurrent_uploads": 0}, 200, 503)]
)
def test_a_large_list_takes_one_of_the_places_of_schools_files(
    make_download_door: Callable[..., Door], attendance: FakeService, full: dict[str, int], papers: int, lists: int
) -> None:
    door = make_download_door(**full)
    for path in (SCHOOL_PAPER, SCHOOL_LIST):
        attendance.answer(path, body=content(3 * MEBIBYTE))

    asked = {
        path: door.get(path, Authorization=f"Bearer {SCHOOL_TOKEN}").status for path in (SCHOOL_PAPER, SCHOOL_LIST)
    }

    assert asked == {SCHOOL_PAPER: papers, SCHOOL_LIST: lists}


def test_the_answers_of_a_campaign_are_such_a_list() -> None:
    [answers] = [each for each in TABLE if each.template.endswith("/campaigns/{campaign_id}/answers")]
    assert (answers.gives_list, answers.largest_answer) == (True, 256 * MEBIBYTE)
