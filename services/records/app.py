"""The composition root of records' HTTP application."""

import signal
from pathlib import Path
from typing import Any

import flask

from services.records import api, errors
from services.records.config import Settings
from services.records.context import Context
from shared import logs, migrations, stopping, web
from shared.idempotency import Idempotency

FOLDER = Path(__file__).parent
MIGRATIONS = FOLDER / "migrations"


def create_app(settings: Settings | None = None, **doors: Any) -> flask.Flask:
    """Return the application; without settings, as the server starts it, from the environment.

    `doors` replaces parts of the context by name: a database that is open already, a clock that tests move.
    """
    if settings is None:
        settings = Settings.from_env()
        logs.configure(part="records serve", as_json=settings.logs_as_json)
        # This is a worker of the server's.
        stopping.end_with_parent(signal.SIGKILL)
    ctx = Context.open(settings, **doors)
    app = web.create_app(
        "records",
        title="Records",
        folder=FOLDER,
        passport_keys=settings.passport_keys,
        blueprints=api.BLUEPRINTS,
        problems=errors.ALL,
        is_ready=lambda: ctx.db.is_reachable() and migrations.is_current(ctx.db, MIGRATIONS),
    )
    app.extensions["context"] = ctx
    app.extensions["idempotency"] = Idempotency(database=ctx.db, clock=ctx.clock, seal=ctx.seal)
    return app
