"""The smallest service with everything that services share, as a process: for tests of what serves, counts and stops.

python -m tests.support.example_service serve

    with serving(workers=2) as server:
        server.ask("GET", "/api/v1/things/a").json()
"""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Self

import flask
from flask_smorest import Blueprint

from one_machine import places
from shared import env, logs, tracing, web
from shared.command_line import Service, group
from shared.env import setting
from shared.problems import NotFound
from tests.support.events import StopWhen

PREFIX = "EXAMPLE"
KEY = "key-of-the-example-service-0123456789"
TEXTS = Path(__file__).resolve().parents[2] / "services" / "identity"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What serving asks of any service."""

    host: str = setting("Address to listen on.", default="127.0.0.1")
    port: int = setting("Port to listen on.")
    workers: int = setting("Server processes.", default=1)
    threads: int = setting("Threads of each process.", default=4)
    logs_as_json: bool = setting("1: logs as JSON lines.", default=True)

    @classmethod
    def from_env(cls) -> Self:
        """Read the settings."""
        return env.load(cls, os.environ, prefix=PREFIX)


def create_app() -> flask.Flask:
    """Return the application, in a process of its own."""
    logs.configure(part="example serve", as_json=True)
    things = Blueprint("things", __name__, url_prefix="/api/v1/things")
    things.before_request(_everybody)

    things.add_url_rule("/<thing_id>", methods=["GET"], view_func=_show)
    things.add_url_rule("/", methods=["POST"], view_func=_make)
    things.add_url_rule("/<thing_id>", methods=["DELETE"], view_func=_refuse)
    return web.create_app(
        "example",
        title="Example",
        folder=TEXTS,
        passport_keys=(KEY,),
        blueprints=[things],
        problems=[],
        is_ready=lambda: True,
    )


def _everybody() -> None:
    """Let anybody in: no gateway stands before this service."""


def _show(thing_id: str) -> dict[str, str | int | None]:
    return {"thing": thing_id, "process": os.getpid(), "trace": tracing.trace_context.get()}


def _make() -> dict[str, int]:
    return {"process": os.getpid()}


def _refuse(thing_id: str) -> NoReturn:
    raise NotFound


SERVICE = Service(
    name="example",
    settings=Settings,
    prefix=PREFIX,
    context=lambda settings: settings,
    app="tests.support.example_service:create_app",
    migrations=Path(),
)

PATIENCE_S = 60


@dataclass(frozen=True)
class Answer:
    """One answer of the running service."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the document in it."""
        return json.loads(self.body)


class Server:
    """The service as a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", *, port: int, metrics_port: int) -> None:
        self._process = process
        self.port = port
        self.metrics_port = metrics_port

    def ask(self, method: str, path: str, **headers: str) -> Answer:
        """Return the answer to one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, headers=headers)
            found = connection.getresponse()
            return Answer(found.status, {name.lower(): text for name, text in found.getheaders()}, found.read())
        finally:
            connection.close()

    def process(self) -> int | None:
        """Return the process that answers, None when there is none."""
        try:
            found: int = self.ask("GET", "/api/v1/things/a").json()["process"]
        except (OSError, http.client.HTTPException):
            return None
        return found

    def is_live(self) -> bool:
        """Tell whether it answers."""
        try:
            return self.ask("GET", "/livez").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def terminate(self) -> None:
        """Ask it to stop."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait for its end; return its exit status."""
        return self._process.wait(timeout=PATIENCE_S)


@contextmanager
def serving(*, workers: int = 1, drain_s: int = 0, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Yield the running service; it is stopped at the end."""
    port, metrics_port = places.free_port(), places.free_port()
    options = ["--metrics-port", str(metrics_port), "serve", "--drain", str(drain_s)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.example_service", *options],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ
        | {"EXAMPLE_PORT": str(port), "EXAMPLE_WORKERS": str(workers), "PYTHONUNBUFFERED": "1"}
        | dict(environment or {}),
        stdout=subprocess.DEVNULL,
        text=True,
    )
    server = Server(process, port=port, metrics_port=metrics_port)
    try:
        assert StopWhen(server.is_live, patience=PATIENCE_S).wait_until_set()
        yield server
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


if __name__ == "__main__":
    group(SERVICE)()
