"""The joined document, made from the services' own applications: no port, no database file, no secret of a deployment."""

import importlib
import tempfile
from pathlib import Path
from typing import Any

import orjson

from gateway.documents import Document, join
from gateway.routes import SERVICES, Routes
from shared import env

ROOT = Path(__file__).parent.parent
# What the world outside is promised, so that a change of it shows in a review like a change of code.
FILE = ROOT / "deploy" / "openapi.json"
# Where the document is read says where it is from; its one trace of an address is the name of the session's cookie.
PUBLIC_URL = "https://portail.example.ca"


def make() -> bytes:
    """Return the joined document as it is written to `FILE`: the keys sorted, so that a change of order is none."""
    with tempfile.TemporaryDirectory() as folder:
        parts = {name: _part(name, Path(folder)) for name in SERVICES}
    joined = join(parts, routes=Routes(), public_url=PUBLIC_URL)
    return orjson.dumps(joined, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _part(service: str, folder: Path) -> Document:
    # By name, as the catalogue of events asks: whoever reads what all services say imports none of them.
    config = importlib.import_module(f"services.{service}.config")
    app = importlib.import_module(f"services.{service}.app")
    settings = env.load(config.Settings, _environment(config.Settings, service, folder), prefix=service.upper())
    application = app.create_app(settings)
    try:
        answer = application.test_client().get("/openapi.json")
        document: dict[str, Any] = orjson.loads(answer.data)
        return document
    finally:
        application.extensions["context"].db.close()


def _environment(settings: type, service: str, folder: Path) -> dict[str, str]:
    """Return settings with which an application can be built, and nothing else be done."""
    prefix = service.upper()
    keys = {
        each.name: f"{each.name}-of-nothing-but-a-description-0123456789"
        for each in env.variables(settings, prefix=prefix)
        if each.is_secret and each.default is None
    }
    return keys | {
        f"{prefix}_DATABASE_URL": f"sqlite:///{folder / service}.db",
        f"{prefix}_BROKER_URL": f"embedded://{folder}/log.db",
        f"{prefix}_SMTP_URL": "smtp://127.0.0.1:1",
        f"{prefix}_DOCUMENTS_URL": f"file://{folder}/documents",
        "PUBLIC_URL": PUBLIC_URL,
    }
