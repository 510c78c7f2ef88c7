import asyncio
import hashlib
import tempfile
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import IO, Any

import pytest
from aiohttp import web

from gateway.errors import RequestTooSlow
from gateway.routes import ENROLLMENT, SCHOOL, TABLE, route
from gateway.uploads import IN_MEMORY, Upload, Uploads
from shared.problems import BodyTooLarge, Unavailable
from tests.gateway.conftest import SCHOOL_TOKEN, Door, FakeService, Gate, parse, read_all, school_token_document
from tests.gateway.test_bodies import chunked

MEBIBYTE = 1024 * 1024
LARGEST = 8 * MEBIBYTE
IMPORTS = "/school/v1/large-files"
ROUTES = (
    *TABLE,
    route(
        IMPORTS,
        ENROLLMENT,
        largest_body=LARGEST,
        media_types=("application/zip",),
        is_streamed=True,
        GET=SCHOOL,
        POST=SCHOOL,
        PUT=SCHOOL,
    ),
)
HEAD = (
    f"POST {IMPORTS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/zip\r\nAuthorization: Bearer {SCHOOL_TOKEN}\r\n"
).encode()
SENT = {"Content-Type": "application/zip", "Authorization": f"Bearer {SCHOOL_TOKEN}"}


@pytest.fixture
def make_upload_door(make_door: Callable[..., Door]) -> Callable[..., Door]:
    def make(**overrides: Any) -> Door:
        return make_door(table=ROUTES, **overrides)

    return make


@pytest.fixture
def door(make_upload_door: Callable[..., Door]) -> Door:
    return make_upload_door()


def content(size: int) -> bytes:
    block = hashlib.sha256(b"vitrail").digest() * 1024
    return (block * (size // len(block) + 1))[:size]


@pytest.mark.parametrize("size", [0, 1, 65_537, IN_MEMORY - 1, IN_MEMORY, IN_MEMORY + 1, LARGEST])
def test_a_large_file_passes_as_it_came_with_its_length(door: Door, enrollment: FakeService, size: int) -> None:
    reply = door.request("POST", IMPORTS, body=content(size), **SENT)

    assert reply.status == 200
    assert enrollment.seen[0].body == content(size)
    assert enrollment.seen[0].headers["Content-Length"] == str(size)
    assert enrollment.passport().organisation_code == "712000"


def test_a_large_file_in_chunks_passes_whole(door: Door, enrollment: FakeService) -> None:
    parts = [content(MEBIBYTE)] * 3
    reply = parse(
        door.exchange(
            HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunked(*parts) + b"0\r\n\r\n"
        )
    )

    assert reply.status == 200
    assert enrollment.seen[0].body == content(MEBIBYTE) * 3
    assert "Transfer-Encoding" not in enrollment.seen[0].headers


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    ("head", "sent"),
    [
        (b"Content-Length: 8388609\r\n\r\n", b""),
        (b"Transfer-Encoding: chunked\r\n\r\n", chunked(*[b"x" * MEBIBYTE] * 8, b"x")),
    ],
    ids=["declared", "chunked"],
)
def test_one_byte_too_many_is_refused_and_reaches_nobody(
    door: Door, enrollment: FakeService, head: bytes, sent: bytes
) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + head + sent)
        reply = parse(read_all(connection))

    assert (reply.status, reply.code) == (413, "body_too_large")
    assert enrollment.seen == []


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize("token", ["", "Authorization: Bearer another-token-of-43-characters-xxxxxxxxxxxxx\r\n"])
def test_a_stranger_is_refused_before_a_byte_is_sent(door: Door, enrollment: FakeService, token: str) -> None:
    head = f"POST {IMPORTS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/zip\r\n{token}"
    with door.connect() as connection:
        connection.sendall(f"{head}Expect: 100-continue\r\nContent-Length: {LARGEST}\r\n\r\n".encode())
        reply = parse(read_all(connection))

    assert (reply.status, reply.code) == (401, "token_rejected")
    assert enrollment.seen == []


def test_a_client_that_asks_first_is_told_to_send(door: Door, enrollment: FakeService) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"zip")
        assert parse(read_all(connection)).status == 200
    assert enrollment.seen[0].body == b"zip"


def test_a_token_revoked_while_the_file_arrives_passes_nothing(
    door: Door, identity: FakeService, enrollment: FakeService
) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 6\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        # Asked for the rest: whoever sends it was known.
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        identity.school_tokens.clear()
        connection.sendall(b"abcdef")
        reply = parse(read_all(connection))

    assert (reply.status, reply.code) == (401, "token_rejected")
    assert enrollment.seen == []


@pytest.mark.requirement("GWY-2", "GWY-4")
@pytest.mark.parametrize(
    "half",
    [
        b"Content-Length: 4194304\r\n\r\n" + b"x" * 2 * MEBIBYTE,
        b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"x" * 2 * MEBIBYTE),
    ],
    ids=["declared", "chunked"],
)
def test_what_is_cut_off_half_way_reaches_nobody_and_leaves_its_place(
    make_upload_door: Callable[..., Door], enrollment: FakeService, half: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    door = make_upload_door(uploads_each=1)
    with door.connect() as connection:
        connection.sendall(HEAD + half)
    # Until the gateway has noticed that nobody is there any more, the place is taken.
    replies = (door.request("POST", IMPORTS, body=b"whole", **SENT) for _ in range(1000))
    passed = next(reply for reply in replies if reply.status == 200)

    assert passed.json() == {"service": "enrollment"}
    assert [seen.body for seen in enrollment.seen] == [b"whole"]
    assert "fault" not in capsys.readouterr().out


@pytest.mark.requirement("GWY-4")
def test_chunks_that_are_cut_wrongly_reach_nobody(door: Door, enrollment: FakeService) -> None:
    with door.connect() as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"x" * 100) + b"zz\r\n")
        reply = parse(read_all(connection))

    assert reply.code == "malformed_http"
    assert enrollment.seen == []


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize(
    "limits",
    [
        {"slow_client_timeout": timedelta(seconds=0.2)},
        {"slow_client_timeout": timedelta(seconds=9), "upload_timeout": timedelta(seconds=0.2)},
    ],
    ids=["pause", "whole"],
)
def test_a_file_that_does_not_go_on_is_given_up(
    make_upload_door: Callable[..., Door], enrollment: FakeService, limits: dict[str, timedelta]
) -> None:
    with make_upload_door(**limits).connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 4194304\r\n\r\n" + b"x" * 1000)
        reply = parse(read_all(connection))

    assert (reply.status, reply.code) == (408, "request_too_slow")
    assert enrollment.seen == []


@pytest.mark.requirement("GWY-4")
def test_a_large_file_may_take_longer_than_any_other_request(
    make_upload_door: Callable[..., Door], enrollment: FakeService, make_gate: Callable[[], Gate]
) -> None:
    door = make_upload_door(request_timeout=timedelta(seconds=1), upload_timeout=timedelta(seconds=60))
    waited = threading.Event()
    with door.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 6\r\nConnection: close\r\n\r\nabc")
        # Longer than a request may take without its upload.
        waited.wait(1.2)
        connection.sendall(b"def")
        reply = parse(read_all(connection))

    assert reply.status == 200
    assert enrollment.seen[0].body == b"abcdef"


@pytest.mark.requirement("GWY-4")
def test_a_service_that_hears_of_a_large_file_still_has_to_answer_in_time(
    make_upload_door: Callable[..., Door], enrollment: FakeService, make_gate: Callable[[], Gate]
) -> None:
    gate = make_gate()

    async def wait(_request: web.Request) -> web.Response:
        await gate.wait()
        return web.Response()

    enrollment.answers[IMPORTS] = wait
    reply = make_upload_door(request_timeout=timedelta(seconds=0.3)).request("POST", IMPORTS, body=b"zip", **SENT)

    assert (reply.status, reply.code) == (504, "upstream_timed_out")


@pytest.mark.requirement("GWY-4")
def test_one_client_has_its_share_of_the_places_and_all_have_no_more_than_there_are(
    make_upload_door: Callable[..., Door], identity: FakeService
) -> None:
    door = make_upload_door(concurrent_uploads=2, uploads_each=1)
    others = [f"token-of-client-{number}-of-43-characters-xxxxxxxxxx" for number in (2, 3)]
    for number, token in enumerate(others):
        identity.school_tokens[token] = school_token_document(client_id=f"another-{number}")
    head = HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"

    def send(token: str) -> Any:
        return door.request("POST", IMPORTS, body=b"zip", **SENT | {"Authorization": f"Bearer {token}"})

    with door.connect() as first, door.connect() as second:
        first.sendall(head)
        assert first.recv(65536).startswith(b"HTTP/1.1 100")
        own = send(SCHOOL_TOKEN)
        second.sendall(head.replace(SCHOOL_TOKEN.encode(), others[0].encode()))
        assert second.recv(65536).startswith(b"HTTP/1.1 100")
        anothers = send(others[1])
        for connection in (first, second):
            connection.sendall(b"zip")
            assert parse(read_all(connection)).status == 200

    assert (own.status, own.code, own.headers["Retry-After"]) == (429, "too_many_requests", "10")
    assert (anothers.status, anothers.code, anothers.headers["Retry-After"]) == (503, "unavailable", "10")
    assert [send(token).status for token in (SCHOOL_TOKEN, *others)] == [200, 200, 200]


@pytest.mark.requirement("GWY-4")
def test_what_anybody_sends_takes_no_place_of_the_schools(
    make_upload_door: Callable[..., Door], enrollment: FakeService
) -> None:
    door = make_upload_door(concurrent_uploads=1, concurrent_people_uploads=1)
    head = b"POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n"
    with door.connect() as connection:
        connection.sendall(head + b"Expect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        anothers = door.request("POST", "/api/v1/verifications", body=b"pdf", **{"Content-Type": "application/pdf"})
        schools = door.request("POST", IMPORTS, body=b"zip", **SENT)
        connection.sendall(b"pdf")
        assert parse(read_all(connection)).status == 200

    assert (anothers.status, schools.status) == (503, 200)


def test_what_has_no_body_waits_for_no_place(make_upload_door: Callable[..., Door], enrollment: FakeService) -> None:
    door = make_upload_door(uploads_each=1)
    with door.connect() as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        listed = door.request("GET", IMPORTS, Authorization=f"Bearer {SCHOOL_TOKEN}")
        connection.sendall(b"zip")
        assert parse(read_all(connection)).status == 200

    assert listed.status == 200
    assert [seen.method for seen in enrollment.seen] == ["GET", "POST"]


def test_a_file_that_meets_a_dead_connection_is_sent_again_when_it_may_be(door: Door, enrollment: FakeService) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        enrollment.answers.clear()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    enrollment.answers[IMPORTS] = hang_up
    reply = door.request("PUT", IMPORTS, body=content(3 * MEBIBYTE), **SENT)

    assert reply.status == 200
    assert [hashlib.sha256(seen.body).digest() for seen in enrollment.seen] == [
        hashlib.sha256(content(3 * MEBIBYTE)).digest()
    ] * 2


ANSWERS = "/school/v1/campaigns/c1/answers"
ASKED = (
    f"GET {ANSWERS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SCHOOL_TOKEN}\r\nConnection: close\r\n\r\n".encode()
)


class WrittenFile:
    """A service's answer that is written while it is sent, and whether the service is done with it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.is_sent = threading.Event()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/csv"})
        await response.prepare(request)
        for _ in range(self._size // MEBIBYTE):
            await response.write(content(MEBIBYTE))
        await response.write_eof()
        self.is_sent.set()
        return response


@pytest.mark.requirement("GWY-4")
def test_a_file_that_nobody_reads_holds_no_thread_of_its_service(
    make_door: Callable[..., Door], enrollment: FakeService
) -> None:
    # More than the sockets between the service and a client who does not read would take in.
    written = enrollment.answers[ANSWERS] = WrittenFile(64 * MEBIBYTE)
    door = make_door(uploads_each=1, concurrent_requests=1)
    with door.connect() as connection:
        connection.sendall(ASKED)
        assert written.is_sent.wait(30)
        # What is still under way between the two takes its time; the only place is free before the client has read a byte.
        others = (door.get("/api/v1/organisations") for _ in range(1000))
        assert next(other for other in others if other.status == 200).json() == {"service": "enrollment"}
        second = door.get(ANSWERS, Authorization=f"Bearer {SCHOOL_TOKEN}")
        reply = parse(read_all(connection))

    assert (second.status, second.code) == (429, "too_many_requests")
    assert (reply.status, reply.headers["Content-Length"]) == (200, str(64 * MEBIBYTE))
    assert reply.body == content(MEBIBYTE) * 64


@pytest.mark.requirement("GWY-4")
def test_a_file_that_breaks_off_is_no_answer(door: Door, enrollment: FakeService) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first line")
        assert request.transport is not None
        request.transport.abort()
        return response

    enrollment.answers[ANSWERS] = break_off
    reply = door.get(ANSWERS, Authorization=f"Bearer {SCHOOL_TOKEN}")
    assert (reply.status, reply.code) == (502, "upstream_failed")


class FakeBody:
    """A body that comes in parts of 64 KiB, without ever being anywhere as a whole."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._part = b"x" * 65_536

    async def readany(self) -> bytes:
        part = self._part[: min(self._left, len(self._part))]
        self._left -= len(part)
        return part


class FakeRequest:
    body_exists = True
    headers: dict[str, str] = {}
    transport = None

    def __init__(self, size: int) -> None:
        self.content = FakeBody(size)


def make_uploads(open_file: Callable[[], IO[bytes]] | None = None) -> Uploads:
    doors = {} if open_file is None else {"open_file": open_file}
    seconds = timedelta(seconds=30)
    return Uploads(places=1, places_each=1, timeout=seconds, patience=seconds, **doors)


LARGE_ROUTE = route(IMPORTS, ENROLLMENT, largest_body=256 * MEBIBYTE, is_streamed=True, POST=SCHOOL)


@pytest.mark.requirement("GWY-4")
def test_a_quarter_of_a_gigabyte_takes_a_few_megabytes_of_memory() -> None:
    async def receive() -> tuple[int, int]:
        async with make_uploads().receive(FakeRequest(256 * MEBIBYTE), LARGE_ROUTE, whose="c") as upload:  # type: ignore[arg-type]
            size = 0
            async for part in upload.parts():
                size += len(part)
            return size, upload.size

    tracemalloc.start()
    try:
        sizes = asyncio.run(receive())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sizes == (256 * MEBIBYTE, 256 * MEBIBYTE)
    assert peak < 8 * MEBIBYTE


@pytest.mark.parametrize("size", [3, 5 * MEBIBYTE])
def test_an_upload_leaves_nothing_behind(size: int) -> None:
    opened: list[IO[bytes]] = []

    def open_file() -> IO[bytes]:
        opened.append(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 - closed by the upload
        return opened[-1]

    uploads = make_uploads(open_file)

    async def receive() -> None:
        async with uploads.receive(FakeRequest(size), LARGE_ROUTE, whose="c") as upload:  # type: ignore[arg-type]
            assert upload.size == size

    asyncio.run(receive())
    # The place is free again.
    asyncio.run(receive())
    assert [file.closed for file in opened] == [True] * (2 * (size > IN_MEMORY))


def test_a_disk_that_takes_no_more_is_said_to_be_our_fault_and_for_now() -> None:
    def full() -> IO[bytes]:
        raise OSError(28, "No space left on device")

    async def receive() -> None:
        async with make_uploads(full).receive(FakeRequest(2 * MEBIBYTE), LARGE_ROUTE, whose="c"):  # type: ignore[arg-type]
            raise AssertionError("there is no such upload")

    with pytest.raises(Unavailable) as refused:
        asyncio.run(receive())
    assert refused.value.retry_after is not None


def test_an_upload_is_bounded_by_its_route_and_by_its_patience() -> None:
    class Endless(FakeBody):
        async def readany(self) -> bytes:
            await asyncio.Event().wait()
            return b""

    async def receive(request: Any, uploads: Uploads, largest: int) -> None:
        bounded = route(IMPORTS, ENROLLMENT, largest_body=largest, is_streamed=True, POST=SCHOOL)
        async with uploads.receive(request, bounded, whose="c"):
            raise AssertionError("there is no such upload")

    silent = FakeRequest(1)
    silent.content = Endless(1)
    hasty = Uploads(places=1, places_each=1, timeout=timedelta(seconds=30), patience=timedelta(seconds=0.05))
    with pytest.raises(BodyTooLarge):
        asyncio.run(receive(FakeRequest(100), make_uploads(), 99))
    with pytest.raises(RequestTooSlow):
        asyncio.run(receive(silent, hasty, 99))


async def joined(parts: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in parts])


def test_an_upload_is_read_from_its_beginning_as_often_as_it_is_asked_for() -> None:
    async def read_twice() -> list[bytes]:
        upload = Upload(tempfile.TemporaryFile)
        for _ in range(3):
            await upload.add(content(700_000))
        told = [await joined(upload.parts()), await joined(upload.parts())]
        upload.close()
        return told

    assert asyncio.run(read_twice()) == [content(700_000) * 3] * 2
