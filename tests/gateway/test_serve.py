"""The process: `python -m gateway …` as an operator starts and stops it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.gateway.conftest import (
    ATTENDANCE_KEYS,
    ENROLLMENT_KEYS,
    IDENTITY_KEYS,
    PATIENCE_S,
    RECORDS_KEYS,
    TOKEN,
    FakeService,
    Gate,
)

ROOT = Path(__file__).parents[2]
START_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**own: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "PUBLIC_URL"))}
    return kept | {
        "GATEWAY_PASSPORT_KEYS_IDENTITY": IDENTITY_KEYS[0],
        "GATEWAY_PASSPORT_KEYS_ENROLLMENT": ENROLLMENT_KEYS[0],
        "GATEWAY_PASSPORT_KEYS_ATTENDANCE": ATTENDANCE_KEYS[0],
        "GATEWAY_PASSPORT_KEYS_RECORDS": RECORDS_KEYS[0],
        "PYTHONUNBUFFERED": "1",
        **own,
    }


def run(*words: str, **own: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words],
        cwd=ROOT,
        env=environment(**own),
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )


class Process:
    """A gateway's process that listens."""

    def __init__(self, **own: str) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve"],
            cwd=ROOT,
            env=environment(GATEWAY_PORT=str(self.port), GATEWAY_LOGS_AS_JSON="1", **own),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.lines = [self._process.stdout.readline()]

    def __enter__(self) -> "Process":
        assert '"listening"' in self.lines[0]
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.kill()
        self._process.communicate()

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def rest(self) -> tuple[int, str]:
        """Return the exit code and everything that it wrote."""
        output, _ = self._process.communicate(timeout=PATIENCE_S)
        return self._process.returncode, "".join(self.lines) + output

    def ask(self, path: str, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers=headers)
            answered = connection.getresponse()
            return answered.status, answered.read()
        finally:
            connection.close()


@pytest.fixture
def make_process(identity: FakeService, enrollment: FakeService) -> Iterator[Callable[..., Process]]:
    with ExitStack() as stack:

        def make(**own: str) -> Process:
            urls = {"GATEWAY_IDENTITY_URL": identity.url, "GATEWAY_ENROLLMENT_URL": enrollment.url}
            return stack.enter_context(Process(**urls, **own))

        yield make


def test_serve_finishes_what_is_under_way_and_stops(
    make_process: Callable[..., Process], enrollment: FakeService, make_gate: Callable[[], Gate]
) -> None:
    gate = make_gate()

    async def wait(request: web.Request) -> web.Response:
        await gate.wait()
        return web.json_response({"finished": True})

    enrollment.answers["/api/v1/organisations"] = wait
    process = make_process()
    answers: list[tuple[int, bytes]] = []
    asking = threading.Thread(target=lambda: answers.append(process.ask("/api/v1/organisations")))
    asking.start()
    gate.until_somebody_waits()

    process.terminate()
    assert is_refused(process)
    gate.open()
    asking.join()
    code, output = process.rest()

    assert answers == [(200, b'{"finished": true}')]
    assert code == 0
    assert '"stopped"' in output


def is_refused(process: Process) -> bool:
    """Tell whether new connections are refused, as soon as they are."""
    for _ in range(10_000):
        try:
            socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE_S).close()
        except ConnectionError:
            return True
    return False


@pytest.mark.requirement("SES-1", "AUD-5")
def test_serve_logs_routes_and_never_persons(make_process: Callable[..., Process], enrollment: FakeService) -> None:
    process = make_process()
    process.ask("/api/v1/children/0193f1c2-child-id?name=Tremblay", Authorization=f"Bearer {TOKEN}")
    process.ask("/nowhere/parent@example.ca")
    process.ask("/livez")

    process.terminate()
    _, output = process.rest()

    assert '"route":"/api/v1/children/{child_id}"' in output
    assert output.count('"event":"request"') == 2
    for personal in (TOKEN, "0193f1c2-child-id", "Tremblay", "parent@example.ca", "account-1", "127.0.0.1", "nowhere"):
        assert personal not in output


def test_serve_says_that_its_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = run("serve", GATEWAY_PORT=str(port))

    assert done.returncode == 1
    assert done.stderr == f"gateway: 127.0.0.1:{port} is taken; set GATEWAY_PORT to another port.\n"


def test_serve_tells_every_wrong_setting_at_once() -> None:
    done = run("serve", GATEWAY_PORT="eighty", GATEWAY_ALLOWED_ORIGINS="*", GATEWAY_PASSPORT_KEYS_IDENTITY="change-me")

    assert done.returncode == 2
    assert {"GATEWAY_PORT", "GATEWAY_PASSPORT_KEYS_IDENTITY"} <= set(done.stderr.replace("-", "").split())
    assert "change-me" not in done.stderr


def test_settings_tells_that_they_are_complete() -> None:
    done = run("settings")

    assert (done.returncode, done.stdout) == (0, "gateway: the settings are complete.\n")


def test_openapi_prints_the_joined_document(
    identity: FakeService, enrollment: FakeService, attendance: FakeService, records: FakeService
) -> None:
    for service, path in ((identity, "/api/v1/password-policy"), (enrollment, "/api/v1/organisations")):
        described = document({path: {"get": {"responses": {}}}})
        service.answer("/openapi.json", text=described, content_type="application/json")

    done = run(
        "openapi",
        GATEWAY_IDENTITY_URL=identity.url,
        GATEWAY_ENROLLMENT_URL=enrollment.url,
        GATEWAY_ATTENDANCE_URL=attendance.url,
        GATEWAY_RECORDS_URL=records.url,
    )

    assert done.returncode == 0
    assert list(json.loads(done.stdout)["paths"]) == ["/api/v1/password-policy", "/api/v1/organisations"]


def document(paths: dict[str, Any]) -> str:
    return json.dumps({"openapi": "3.1.0", "paths": paths})


def test_openapi_says_which_service_is_not_running(
    identity: FakeService, attendance: FakeService, records: FakeService
) -> None:
    identity.answer("/openapi.json", text=document({}), content_type="application/json")

    done = run(
        "openapi",
        GATEWAY_IDENTITY_URL=identity.url,
        GATEWAY_ENROLLMENT_URL=f"http://127.0.0.1:{free_port()}",
        GATEWAY_ATTENDANCE_URL=attendance.url,
        GATEWAY_RECORDS_URL=records.url,
    )

    assert done.returncode == 1
    assert "gateway: no description from enrollment: is it running?" in done.stderr
    assert done.stdout == ""
