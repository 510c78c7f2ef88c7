import json
import re
from collections.abc import Callable

import flask.testing
import httpx
import pytest
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.config import Settings

KEY = "abcdefghijklmnopqrstuvwxyz0123456789"
NOTICES = [
    {"code": "school_subscribed", "severity": "info", "text": "Avant de vous connecter"},
    {"code": "email_given_to_school", "severity": "info", "text": "Le courriel doit être celui que vous avez fourni."},
]
ACCOUNT = {"id": "a1", "email": "parent@example.org", "language": "fr", "created_at": "2026-11-22T12:00:00+00:00"}
SESSION = {"account": ACCOUNT, "csrf_token": "c", "expires_at": "2099-01-01T00:00:00Z", "must_confirm_children": False}
SIGNED_IN = {"account": ACCOUNT, "token": "the-token", "csrf_token": "c", "must_confirm_children": False}


class FakeApi:
    """An API that remembers what it was asked, and answers as it is told."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.answers: dict[tuple[str, str], httpx.Response | Exception] = {}
        self.answer("GET", "/api/v1/notices", 200, NOTICES)
        self.answer("GET", "/api/v1/help-links", 200, [])
        self.answer("GET", "/api/v1/social-providers", 200, [])
        self.answer("POST", "/api/v1/session", 201, SIGNED_IN)
        self.answer("DELETE", "/api/v1/session", 204)
        self.answer("GET", "/api/v1/session", 200, SESSION)

    def answer(self, method: str, path: str, status: int, document: object = None, **headers: str) -> None:
        content = b"" if document is None else json.dumps(document).encode()
        self.answers[method, path] = httpx.Response(status, content=content, headers=headers)

    def refuse(self, method: str, path: str, status: int, code: str, **rest: object) -> None:
        document = {
            "type": f"/problems/x/{code}",
            "title": f"Titre {code}",
            "status": status,
            "detail": f"Détail {code}",
        }
        told = {**document, "code": code, "severity": "error", "request_id": "r", **rest}
        self.answer(method, path, status, told, **{"Content-Type": "application/problem+json"})

    def fail(self, method: str, path: str) -> None:
        self.answers[method, path] = httpx.ConnectError("away")

    def handle(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.seen.append(request)
        answer = self.answers[request.method, request.url.path]
        if isinstance(answer, Exception):
            raise answer
        # As it comes over a network: not read yet.
        return httpx.Response(answer.status_code, stream=httpx.ByteStream(answer.content), headers=answer.headers)


class Browser:
    """A visitor who fills forms in."""

    def __init__(self, client: flask.testing.FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def send(self, path: str, *, page: str | None = None, **typed: str) -> TestResponse:
        """Open a page and send a form of it."""
        shown = self.client.get(page or path).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        assert token is not None
        return self.client.post(path, data={"csrf_token": token[1], "key": "k1", **typed})

    def sign_in(self, **typed: str) -> TestResponse:
        return self.send("/", **{"email": "parent@example.org", "password": "Fenetre-7bleue", **typed})


def settings(public_url: str = "http://127.0.0.1:8080") -> Settings:
    return Settings(public_url=public_url, api_url="http://gateway", cookie_keys=(KEY,))


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def make_browser(api: FakeApi) -> Callable[..., Browser]:
    def make(given: Settings | None = None) -> Browser:
        app = create_app(given or settings(), transport=httpx.MockTransport(api.handle))
        return Browser(app.test_client())

    return make


@pytest.fixture
def browser(make_browser: Callable[..., Browser]) -> Browser:
    return make_browser()
