"""The yardstick: a bare Flask endpoint that answers JSON, under the services' own server command and settings.

python -m tests.benchmarks.support.bare serve
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import flask

from shared import env
from shared.command_line import Service, group
from shared.env import setting

PATH = "/bare"
PREFIX = "BARE"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the server command asks of any service."""

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
    """Return the smallest Flask application that answers JSON: no database, no guard, no log."""
    app = flask.Flask(__name__, static_folder=None)

    @app.route(PATH, methods=["GET", "POST"])
    def answer() -> flask.Response:
        return flask.jsonify(status="live", language="fr", expires_at="2026-01-15T14:30:00+00:00")

    return app


SERVICE = Service(
    name="bare",
    settings=Settings,
    prefix=PREFIX,
    context=lambda settings: settings,
    app="tests.benchmarks.support.bare:create_app",
    migrations=Path(),
)

if __name__ == "__main__":
    group(SERVICE)()
