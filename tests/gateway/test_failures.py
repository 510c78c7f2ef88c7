"""What the gateway says when a service is down, slow, or breaks off (GWY-5)."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest
from aiohttp import web

from gateway.circuits import FAILURES, PAUSE
from tests.gateway.conftest import TOKEN, Door, FakeSeconds, FakeService, Gate, Loop, parse

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
PATH = "/api/v1/organisations"

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class RawService:
    """A service that speaks TCP as a test scripts it, one script a connection, the last one for all that follow."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.scripts: list[Script] = []
        self.connections = 0
        self.requests: list[bytes] = []
        self._server: asyncio.Server = loop.run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self.scripts[min(self.connections, len(self.scripts) - 1)]
        self.connections += 1
        try:
            await script(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def read(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head)
        lengths = [
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        ]
        await reader.readexactly(sum(lengths))

    def close(self) -> None:
        async def stop() -> None:
            self._server.close()

        self._loop.run(stop())


@pytest.fixture
def raw(loop: Loop) -> Iterator[RawService]:
    service = RawService(loop)
    yield service
    service.close()


def answer_once_then_hang_up_on_the_next(raw: RawService) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await raw.read(reader)
        writer.write(OK)
        await raw.read(reader)

    return script


def answer_always(raw: RawService) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await raw.read(reader)
            writer.write(OK)

    return script


def hang_up(raw: RawService) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await raw.read(reader)

    return script


def say(raw: RawService, said: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await raw.read(reader)
        writer.write(said)

    return script


def unused_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.requirement("GWY-5")
def test_a_service_that_is_down_is_told_as_unavailable(make_door: Callable[..., Door]) -> None:
    door = make_door(enrollment_url=unused_url())

    reply = door.get(PATH)

    assert (reply.status, reply.code) == (503, "unavailable")
    assert int(reply.headers["Retry-After"]) >= 1
    assert door.get("/api/v1/password-policy").status == 200


@pytest.mark.requirement("GWY-5")
def test_a_service_that_takes_too_long_is_given_up(
    make_door: Callable[..., Door], enrollment: FakeService, make_gate: Callable[[], Gate]
) -> None:
    gate = make_gate()

    async def never(request: web.Request) -> web.Response:
        await gate.wait()
        return web.Response()

    enrollment.answers[PATH] = never
    door = make_door(request_timeout=timedelta(milliseconds=80))

    reply = door.get(PATH)

    assert (reply.status, reply.code) == (504, "upstream_timed_out")
    assert door.get("/api/v1/password-policy").status == 200


@pytest.mark.requirement("GWY-5")
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_service_that_breaks_off_is_told_as_failed(
    make_door: Callable[..., Door], raw: RawService, said: bytes
) -> None:
    raw.scripts = [say(raw, said)]

    reply = make_door(enrollment_url=raw.url).get(PATH)

    assert (reply.status, reply.code) == (502, "upstream_failed")


@pytest.mark.requirement("GWY-5")
def test_an_answer_that_breaks_off_half_way_is_never_made_to_look_whole(
    make_door: Callable[..., Door], raw: RawService
) -> None:
    raw.scripts = [say(raw, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    door = make_door(enrollment_url=raw.url)

    received = door.exchange(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert b"hello" in received
    assert not received.endswith(b"0\r\n\r\n")
    assert received.count(b"HTTP/1.1 ") == 1


@pytest.mark.requirement("GWY-5")
def test_a_read_on_a_dead_kept_connection_is_repeated_once_on_a_new_one(
    make_door: Callable[..., Door], raw: RawService
) -> None:
    raw.scripts = [answer_once_then_hang_up_on_the_next(raw), answer_always(raw)]
    door = make_door(enrollment_url=raw.url)
    assert door.get(PATH).status == 200

    reply = door.get(PATH)

    assert reply.status == 200
    assert (raw.connections, len(raw.requests)) == (2, 3)


@pytest.mark.requirement("GWY-5")
def test_a_read_is_not_repeated_on_another_kept_connection_that_may_be_as_dead(
    make_door: Callable[..., Door], raw: RawService
) -> None:
    both = asyncio.Barrier(2)

    async def answer_together_then_hang_up_on_the_next(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await raw.read(reader)
        await both.wait()
        writer.write(OK)
        await raw.read(reader)

    raw.scripts = [*[answer_together_then_hang_up_on_the_next] * 2, answer_always(raw)]
    door = make_door(enrollment_url=raw.url)
    together = [threading.Thread(target=door.get, args=(PATH,)) for _ in range(2)]
    for each in together:
        each.start()
    for each in together:
        each.join()
    assert raw.connections == 2

    assert door.get(PATH).status == 200
    assert (raw.connections, len(raw.requests)) == (3, 4)


@pytest.mark.requirement("GWY-5")
def test_a_read_is_repeated_once_and_no_more(make_door: Callable[..., Door], raw: RawService) -> None:
    raw.scripts = [answer_once_then_hang_up_on_the_next(raw), hang_up(raw)]
    door = make_door(enrollment_url=raw.url)
    door.get(PATH)

    reply = door.get(PATH)

    assert reply.code == "upstream_failed"
    assert len(raw.requests) == 3


@pytest.mark.requirement("GWY-5")
def test_a_write_is_never_repeated(make_door: Callable[..., Door], raw: RawService) -> None:
    raw.scripts = [answer_once_then_hang_up_on_the_next(raw), answer_always(raw)]
    door = make_door(enrollment_url=raw.url)
    assert door.post("/api/v1/claims", {}, Authorization=f"Bearer {TOKEN}").status == 200

    reply = door.post("/api/v1/claims", {}, Authorization=f"Bearer {TOKEN}")

    assert (reply.status, reply.code) == (502, "upstream_failed")
    assert len(raw.requests) == 2


@pytest.mark.requirement("GWY-5")
def test_after_five_failures_a_service_is_left_alone_until_a_probe_answers(
    make_door: Callable[..., Door], raw: RawService, seconds: FakeSeconds
) -> None:
    raw.scripts = [*[hang_up(raw)] * 2 * FAILURES, answer_always(raw)]
    door = make_door(enrollment_url=raw.url)
    assert [door.get(PATH).code for _ in range(FAILURES)] == ["upstream_failed"] * FAILURES
    asked = len(raw.requests)

    assert [door.get(PATH).code for _ in range(3)] == ["unavailable"] * 3
    assert len(raw.requests) == asked

    seconds.advance(PAUSE.total_seconds())
    assert door.get(PATH).status == 200
    assert door.get(PATH).status == 200


@pytest.mark.requirement("GWY-5")
def test_a_refusal_of_the_service_is_no_failure_of_it(door: Door, enrollment: FakeService) -> None:
    enrollment.answer(PATH, status=503)

    assert [door.get(PATH).status for _ in range(2 * FAILURES)] == [503] * 2 * FAILURES
    assert len(enrollment.seen) == 2 * FAILURES


@pytest.mark.requirement("GWY-4")
def test_a_service_gets_no_more_calls_at_once_than_it_has_places(
    make_door: Callable[..., Door], enrollment: FakeService, make_gate: Callable[[], Gate]
) -> None:
    gate = make_gate()

    async def wait(request: web.Request) -> web.Response:
        await gate.wait()
        return web.json_response({})

    enrollment.answers[PATH] = wait
    door = make_door(concurrent_requests=1)
    replies = []
    first = threading.Thread(target=lambda: replies.append(door.get(PATH)))
    first.start()
    gate.until_somebody_waits()

    refused = door.get(PATH)
    others = door.get("/api/v1/password-policy")
    gate.open()
    first.join()

    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (503, "unavailable", "1")
    assert others.status == 200
    assert replies[0].status == 200
    assert door.get(PATH).status == 200


@pytest.mark.requirement("GWY-8")
def test_a_fault_of_ours_tells_nothing(door: Door, identity: FakeService, capfd: pytest.CaptureFixture[str]) -> None:
    async def give(request: web.Request) -> web.Response:
        return web.json_response({"session_id": 1, "expires_at": 7})

    identity.introspection = give

    reply = parse(
        door.exchange(
            f"GET /api/v1/children HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        )
    )

    assert reply.status == 503
    assert "Traceback" not in reply.body.decode()
    assert TOKEN not in capfd.readouterr().out
