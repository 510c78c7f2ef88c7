"""Calling the public API, as any other program would, by the client that is generated from its description."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import httpx

from portal.config import Settings
from vitrail_client import AuthenticatedClient
from vitrail_client.models.problem_out import ProblemOut
from vitrail_client.types import Response, Unset

log = logging.getLogger("portal")

CONNECTIONS = 64
# The gateway speaks, and what is behind it does not.
_AWAY = frozenset({502, 503, 504})


Said = TypeVar("Said")
# One of the generated client's functions, with what it is to say: what is left to give it is the client.
Ask = Callable[[AuthenticatedClient], Response[Said | ProblemOut]]


class Refused(Exception):
    """The API has refused: `problem` says what and what to do, in the visitor's language."""

    def __init__(self, problem: ProblemOut, *, retry_after: timedelta | None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        """Return what to tell refusals apart by."""
        return self.problem.code

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return self.problem.status

    @property
    def support_reference(self) -> str:
        """Return the reference to tell the school, where there is one."""
        return str(self.problem.additional_properties.get("support_reference") or "")

    def mistakes(self) -> list[tuple[str, str]]:
        """Return field and words of each thing that is wrong with what was sent."""
        errors = [] if isinstance(self.problem.errors, Unset) else self.problem.errors
        return [
            ("" if isinstance(each.pointer, Unset) else each.pointer.removeprefix("#/").partition("/")[0], each.detail)
            for each in errors
        ]


class Unreachable(Exception):
    """The API does not answer, or with something that is no answer of its."""


@dataclass(frozen=True)
class Page:
    """Where a list stands."""

    total: int
    number: int
    last: int


@dataclass(frozen=True)
class Asker:
    """For whom the portal asks: what the API must know of them."""

    language: str
    token: str
    browser: str


class Api:
    """The public API."""

    def __init__(self, settings: Settings, *, transport: httpx.BaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._url = settings.api_url
        self._timeout = settings.api_timeout_s
        self._transport = transport or httpx.HTTPTransport(limits=limits)

    def call(self, ask: Ask[Said], *, asker: Asker, key: str = "") -> Said:
        """Return what the API answers; `key` makes the same form, sent twice, count once.

        Raises:
            Refused: the API refuses.
            Unreachable: it does not answer.
        """
        said, _ = self._ask(ask, asker=asker, key=key)
        return said

    def call_for_page(self, ask: Ask[Said], *, asker: Asker) -> tuple[Said, Page]:
        """Return a page of a list, and where it stands; raises as `call`."""
        said, headers = self._ask(ask, asker=asker, key="")
        where = json.loads(headers.get("X-Pagination", "{}"))
        return said, Page(where.get("total", 0), where.get("page", 1), where.get("total_pages", 1))

    def _ask(self, ask: Ask[Said], *, asker: Asker, key: str) -> tuple[Said, Mapping[str, str]]:
        headers = {"Accept-Language": asker.language, "User-Agent": asker.browser}
        if asker.token:
            headers["Authorization"] = f"Bearer {asker.token}"
        if key:
            headers["Idempotency-Key"] = key
        # One for each call, over the same connections: the generated client's own `with_headers` changes the client that
        # it is called on, and with it what other threads are sending.
        http = httpx.Client(
            base_url=self._url, headers=headers, transport=self._transport, timeout=self._timeout, trust_env=False
        )
        client = AuthenticatedClient(base_url=self._url, token=asker.token).set_httpx_client(http)
        try:
            answer = ask(client)
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as fault:
            # An answer that is no JSON, or not of the shape that was promised, is no more use than none.
            log.warning("api_unreachable kind=%s", type(fault).__name__)
            raise Unreachable from fault
        if isinstance(answer.parsed, ProblemOut):
            if answer.parsed.status in _AWAY:
                raise Unreachable
            seconds = answer.headers.get("Retry-After", "")
            wait = timedelta(seconds=int(seconds)) if seconds.isdigit() else None
            raise Refused(answer.parsed, retry_after=wait)
        # None where the answer has no body, which is then what was said.
        return cast(Said, answer.parsed), answer.headers
