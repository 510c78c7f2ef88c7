"""A gateway on a real socket, with services behind it that do what a test tells them."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from gateway.app import Gateway
from gateway.config import Settings
from gateway.introspecting import SCHOOL_TOKENS, SESSIONS
from gateway.routes import TABLE, Route
from shared.passports import HEADER, Passport, PassportOffice
from tests.support.clock import FakeClock

IDENTITY_KEYS = ("identity-passport-key-of-the-tests-0001",)
ENROLLMENT_KEYS = ("enrollment-passport-key-of-the-tests-01",)
ATTENDANCE_KEYS = ("attendance-passport-key-of-the-tests-01",)
RECORDS_KEYS = ("records-passport-key-of-the-tests-0001",)
PORTAL_KEYS = ("portal-passport-key-of-the-tests-00001",)
SCHOOL_TOKEN = "vitrail_token_of-a-school-s-system-43-characters-x"
TOKEN = "a-session-token-of-forty-three-characters-x"
CSRF_TOKEN = "csrf-token-of-the-session"
PATIENCE_S = 10

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeSeconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.value = 1000.0

    def __call__(self) -> float:
        return self.value

    def advance(self, seconds: float) -> None:
        self.value += seconds


class Loop:
    """An event loop in a thread of its own, so that tests stay plain functions."""

    def __init__(self) -> None:
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._started.wait(PATIENCE_S)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._started.set()
        await self._stop.wait()

    def run(self, work: Awaitable[Any]) -> Any:
        """Return what `work` returns."""

        async def wrapped() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(wrapped(), self.loop).result(PATIENCE_S)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)


@dataclass
class Seen:
    """One request as a service received it."""

    method: str
    target: str
    headers: CIMultiDictProxy[str]
    body: bytes


@dataclass
class FakeService:
    """A service that remembers what it was asked and answers `{"service": …}` unless told otherwise."""

    name: str
    office: PassportOffice
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    school_tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    introspections: list[str] = field(default_factory=list)
    introspection_passports: list[Passport] = field(default_factory=list)
    introspection: Answer | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        # Of any size, unlike `request.read`.
        body = await request.content.read()
        if request.path in {SESSIONS, SCHOOL_TOKENS}:
            return await self._introspect(request, json.loads(body))
        self.seen.append(Seen(request.method, request.raw_path, request.headers, body))
        answer = self.answers.get(request.path)
        if answer is not None:
            return await answer(request)
        return web.json_response({"service": self.name})

    async def _introspect(self, request: web.Request, asked: dict[str, str]) -> web.StreamResponse:
        self.introspections.append(asked["token"])
        self.introspection_passports.append(self.office.open(request.headers[HEADER]))
        if self.introspection is not None:
            return await self.introspection(request)
        known = self.sessions if request.path == SESSIONS else self.school_tokens
        found = known.get(asked["token"])
        if found is None:
            return web.json_response({"code": "not_signed_in"}, status=401)
        return web.json_response(found)

    def passport(self) -> Passport:
        """Return the passport of the last request."""
        return self.office.open(self.seen[-1].headers[HEADER])

    def answer(self, path: str, **options: Any) -> None:
        """Answer at `path` with a response of these options."""

        async def give(request: web.Request) -> web.Response:
            return web.Response(**options)

        self.answers[path] = give


@dataclass
class Reply:
    """What a client received."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Return the code of a refusal; fails when the answer is none."""
        assert self.headers["Content-Type"] == "application/problem+json"
        document = self.json()
        assert document["status"] == self.status
        assert document["request_id"] == self.headers["X-Request-Id"]
        code: str = document["code"]
        return code


@dataclass
class Door:
    """A gateway's socket."""

    host: str
    port: int

    def request(self, method: str, target: str, *, body: Any = None, **headers: str) -> Reply:
        """Send one request on a connection of its own; `body` is JSON unless it is bytes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, target, body=body, headers=sent)
            answered = connection.getresponse()
            return Reply(answered.status, CIMultiDict(answered.getheaders()), answered.read())
        finally:
            connection.close()

    def get(self, target: str, **headers: str) -> Reply:
        return self.request("GET", target, **headers)

    def post(self, target: str, body: Any = None, **headers: str) -> Reply:
        return self.request("POST", target, body={} if body is None else body, **headers)

    def connect(self) -> socket.socket:
        """Return a bare connection."""
        return socket.create_connection((self.host, self.port), timeout=PATIENCE_S)

    def exchange(self, sent: bytes) -> bytes:
        """Send bytes and return everything that comes back until the gateway hangs up."""
        with self.connect() as connection:
            connection.sendall(sent)
            return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def parse(received: bytes) -> Reply:
    """Return the one answer that a bare connection received."""
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: CIMultiDict[str] = CIMultiDict(line.split(": ", 1) for line in lines)  # type: ignore[arg-type]
    return Reply(int(first.split()[1]), headers, body)


class Gate:
    """Holds back a service until the test opens it."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._event = asyncio.Event()
        self._waiting = threading.Event()

    async def wait(self) -> None:
        self._waiting.set()
        await self._event.wait()

    def open(self) -> None:
        self._loop.loop.call_soon_threadsafe(self._event.set)

    def until_somebody_waits(self) -> None:
        assert self._waiting.wait(PATIENCE_S)


@pytest.fixture
def make_gate(loop: Loop) -> Iterator[Callable[[], Gate]]:
    """Make gates; they open at the latest when the test ends."""
    made: list[Gate] = []

    def make() -> Gate:
        made.append(Gate(loop))
        return made[-1]

    yield make
    for gate in made:
        gate.open()


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def seconds() -> FakeSeconds:
    return FakeSeconds()


async def _start(handler: Any) -> tuple[web.ServerRunner, str]:
    runner = web.ServerRunner(web.Server(handler, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


def _service(loop: Loop, name: str, keys: tuple[str, ...]) -> Iterator[FakeService]:
    service = FakeService(name, PassportOffice(name, keys))

    async def handle(request: Any) -> web.StreamResponse:
        return await service.handle(request)

    runner, service.url = loop.run(_start(handle))
    yield service
    loop.run(runner.cleanup())


@pytest.fixture
def identity(loop: Loop) -> Iterator[FakeService]:
    for service in _service(loop, "identity", IDENTITY_KEYS):
        service.sessions[TOKEN] = session_document()
        service.school_tokens[SCHOOL_TOKEN] = school_token_document()
        yield service


@pytest.fixture
def enrollment(loop: Loop) -> Iterator[FakeService]:
    yield from _service(loop, "enrollment", ENROLLMENT_KEYS)


@pytest.fixture
def attendance(loop: Loop) -> Iterator[FakeService]:
    for service in _service(loop, "attendance", ATTENDANCE_KEYS):
        service.answer("/openapi.json", text='{"openapi": "3.1.0", "paths": {}}', content_type="application/json")
        yield service


@pytest.fixture
def records(loop: Loop) -> Iterator[FakeService]:
    for service in _service(loop, "records", RECORDS_KEYS):
        service.answer("/openapi.json", text='{"openapi": "3.1.0", "paths": {}}', content_type="application/json")
        yield service


@pytest.fixture
def portal(loop: Loop) -> Iterator[FakeService]:
    """The pages in front: no passport is signed for them, so that no key would open one."""
    yield from _service(loop, "portal", RECORDS_KEYS)


def session_document(**overrides: Any) -> dict[str, Any]:
    return {
        "session_id": "session-1",
        "account_id": "account-1",
        "email": "parent@example.ca",
        "roles": ["parent"],
        "csrf_token": CSRF_TOKEN,
        "expires_at": "2026-01-15T22:30:00+00:00",
        **overrides,
    }


def school_token_document(**overrides: Any) -> dict[str, Any]:
    return {
        "client_id": "client-1",
        "organisation_code": "712000",
        "scopes": ["claims.read", "registry.write"],
        "expires_at": "2026-01-15T22:30:00+00:00",
        **overrides,
    }


@pytest.fixture
def make_door(
    loop: Loop,
    identity: FakeService,
    enrollment: FakeService,
    attendance: FakeService,
    records: FakeService,
    clock: FakeClock,
    seconds: FakeSeconds,
) -> Iterator[Callable[..., Door]]:
    """Start gateways with the given settings; they stop with the test."""
    started: list[tuple[web.ServerRunner, Gateway]] = []

    async def start(settings: Settings, table: Iterable[Route]) -> Door:
        gateway = Gateway(settings, clock=clock, now=seconds, table=table)
        await gateway.__aenter__()
        runner = web.ServerRunner(gateway.server, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        started.append((runner, gateway))
        return Door("127.0.0.1", runner.addresses[0][1])

    def make(*, table: Iterable[Route] = TABLE, **overrides: Any) -> Door:
        urls = {
            "identity_url": identity.url,
            "enrollment_url": enrollment.url,
            "attendance_url": attendance.url,
            "records_url": records.url,
        }
        door: Door = loop.run(start(make_settings(**urls | overrides), table))
        return door

    yield make

    async def stop() -> None:
        for runner, gateway in started:
            await runner.cleanup()
            await gateway.__aexit__(None, None, None)

    loop.run(stop())


def make_settings(**overrides: Any) -> Settings:
    return Settings(
        **{
            "passport_keys_identity": IDENTITY_KEYS,
            "passport_keys_enrollment": ENROLLMENT_KEYS,
            "passport_keys_attendance": ATTENDANCE_KEYS,
            "passport_keys_records": RECORDS_KEYS,
            "passport_keys_portal": PORTAL_KEYS,
            **overrides,
        }
    )


@pytest.fixture
def door(make_door: Callable[..., Door]) -> Door:
    return make_door()
