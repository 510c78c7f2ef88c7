"""Requests as they come out of the gateway, and what they make a service tell: alike for every service that knows children."""

from typing import Any

import flask

from shared import outbox
from shared.passports import HEADER, Passport, PassportOffice

PASSPORT_KEY = "passport-key-of-the-tests-0123456789"


class Caller:
    """The test client of a service's application with a passport."""

    prefix = "/api/v1"

    def __init__(self, app: flask.Flask, *, service: str, passport: Passport) -> None:
        self.app = app
        self._client = app.test_client()
        self._service = service
        self.passport = passport

    def call(self, method: str, path: str, **rest: Any) -> Any:
        """Return the answer to one request."""
        signed = PassportOffice(self._service, (PASSPORT_KEY,)).sign(self.passport)
        headers = {HEADER: signed, **rest.pop("headers", {})}
        return self._client.open(f"{self.prefix}{path}", method=method, headers=headers, **rest)

    def get(self, path: str, **rest: Any) -> Any:
        return self.call("GET", path, **rest)

    def post(self, path: str, body: Any, **rest: Any) -> Any:
        return self.call("POST", path, json=body, **rest)

    def put(self, path: str, body: Any, **rest: Any) -> Any:
        return self.call("PUT", path, json=body, **rest)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)


def parent_passport(account_id: str | None) -> Passport:
    """Return what the gateway signs for a parent; without an account, for somebody who is nobody's parent."""
    roles = ("parent",) if account_id else ()
    return Passport(account_id=account_id, email="parent@exemple.ca", session_id="s", roles=roles, address="192.0.2.1")


def kinds_told(ctx: Any) -> list[str]:
    """Return what the service of this context has told, in order, by the short names of the types."""
    with ctx.db.read() as session:
        return [each.event.type.split(".")[3] for each in outbox.list_unpublished(session, limit=1000)]


def events_told(ctx: Any, kind: str) -> list[dict[str, Any]]:
    """Return the data of what the service of this context has told of one type."""
    with ctx.db.read() as session:
        waiting = [each.event for each in outbox.list_unpublished(session, limit=1000)]
    return [dict(each.data or {}) for each in waiting if each.type.split(".")[3] == kind]
