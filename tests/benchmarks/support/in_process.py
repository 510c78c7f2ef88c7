"""Calling an application within this process: WSGI requests, with no server and no network."""

import io
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import flask
from werkzeug.test import create_environ

from tests.benchmarks.support.load import Request, WrongAnswers


def prepared(request: Request) -> dict[str, Any]:
    """Return the WSGI environment of a request; it can be used once."""
    parts = urlsplit(request.path)
    return create_environ(
        path=parts.path,
        query_string=parts.query,
        method=request.method,
        headers=request.headers,
        input_stream=io.BytesIO(request.body.encode()) if request.body is not None else None,
        content_length=len(request.body.encode()) if request.body is not None else None,
    )


def call(app: flask.Flask, environment: dict[str, Any]) -> tuple[str, bytes]:
    """Make one request and return status line and body."""
    told: list[str] = []

    def start_response(status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], object]:
        told.append(status)
        return told.append  # type: ignore[return-value]

    parts = app.wsgi_app(environment, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return told[0], body


def call_all(app: flask.Flask, requests: Sequence[Request], *, status: int) -> bytes:
    """Make requests one after the other, environments included, as a server must too; return the last body.

    Raises:
        WrongAnswers: one of them was not answered with `status`.
    """
    body = b""
    for request in requests:
        told, body = call(app, prepared(request))
        if not told.startswith(f"{status} "):
            raise WrongAnswers(f"expected {status}, got {told}: {_code(body)}")
    return body


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body).get("code"))
    except (ValueError, AttributeError):
        return ""
