"""The smallest service with everything that services share, as a process: for tests of what serves, counts and stops.

python -m tests.support.example_service serve
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import flask
from flask_smorest import Blueprint

from shared import env, logs, tracing, web
from shared.command_line import Service, group
from shared.env import setting
from shared.problems import NotFound

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

    @things.get("/<thing_id>")
    def show(thing_id: str) -> dict[str, str | int | None]:
        return {"thing": thing_id, "process": os.getpid(), "trace": tracing.trace_context.get()}

    @things.post("/")
    def make() -> dict[str, int]:
        return {"process": os.getpid()}

    @things.delete("/<thing_id>")
    def refuse(thing_id: str) -> None:
        raise NotFound

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


SERVICE = Service(
    name="example",
    settings=Settings,
    prefix=PREFIX,
    context=lambda settings: settings,
    app="tests.support.example_service:create_app",
    migrations=Path(),
)

if __name__ == "__main__":
    group(SERVICE)()
