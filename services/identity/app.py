"""The composition root of identity."""

import signal
from typing import Any

import flask

from services.identity import errors
from services.identity.api import BLUEPRINTS
from services.identity.api.requests import LARGEST_CODE_BODY
from services.identity.config import Settings
from services.identity.context import FOLDER, open_context
from services.identity.rules.scopes import SCOPES
from shared import logs, migrations, stopping, web
from shared.auth import OAUTH2
from shared.idempotency import Idempotency

MIGRATIONS = FOLDER / "migrations"

log = logs.get(__name__)

# Where a school's system gets its token, and what for; the gateway puts it into the joined document.
SCHOOL_TOKENS = {
    "type": "oauth2",
    "description": "Systèmes scolaires · School systems (RFC 6749 §4.4)",
    "flows": {"clientCredentials": {"tokenUrl": "/school/v1/token", "scopes": SCOPES}},
}


def create_app(settings: Settings | None = None, **doors: Any) -> flask.Flask:
    """Return identity's application.

    Without `settings` they come from the environment, and this process's logs are set up too: the server's workers start
    here. `doors` (`database`, `clock`, `passwords`, `providers`) replace those that the settings name.
    """
    if settings is None:
        settings = Settings.from_env()
        logs.configure(part="identity serve", as_json=settings.logs_as_json)
        # This is a worker of the server's.
        stopping.end_with_parent(signal.SIGKILL)
    for variable, reason in settings.deviations().items():
        log.warning("deviation", setting=variable, reason=reason)
    ctx = open_context(settings, **doors)
    app = web.create_app(
        "identity",
        title="Vitrail identity",
        folder=FOLDER,
        passport_keys=settings.passport_keys,
        blueprints=BLUEPRINTS,
        problems=errors.ALL,
        security_schemes={OAUTH2: SCHOOL_TOKENS},
        is_ready=lambda: ctx.db.is_reachable() and migrations.is_current(ctx.db, MIGRATIONS),
    )
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_CODE_BODY
    ctx.passwords.watch(app.extensions["request_tally"].span)
    app.extensions["context"] = ctx
    app.extensions["idempotency"] = Idempotency(database=ctx.db, clock=ctx.clock, seal=ctx.seal)
    return app
