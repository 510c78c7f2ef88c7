"""Calling the public API, as any other program would, by the client that is generated from its description."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import httpx

from portal import logs
from portal.config import Settings
from portal.kept_cookies import KeptCookies
from portal.measuring import Measures
from vitrail_client import AuthenticatedClient
from vitrail_client.models.problem_out import ProblemOut
from vitrail_client.types import Response, Unset

CONNECTIONS = 64
# The gateway speaks, and what is behind it does not.
_AWAY = frozenset({502, 503, 504})
# Somebody else does, whom only one page needs; or a single document is spoilt.
_OTHERS_AWAY = frozenset({"provider_failed", "provider_timed_out", "document_unreadable"})
# The first press of a button that was pressed twice is being answered: its answer is the second one's too.
_UNDER_WAY = "request_in_progress"
_WAITS = 5
_LONGEST_WAIT = timedelta(seconds=1)
_FAULT = "internal_error"
CLIENT = "Vitrail-Client"
_NO_ANSWER = (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError)


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

    @property
    def number(self) -> str:
        """Return the number by which whoever runs the service finds a fault of theirs; "" when it is none."""
        return self.problem.request_id if self.code == _FAULT else ""

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
    # The gateway's own word on whose page this is: handed back as it came, for nobody else can write it.
    client: str
    kept: KeptCookies


class Api:
    """The public API."""

    def __init__(self, settings: Settings, *, measures: Measures, transport: httpx.BaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._url = settings.api_url
        self._timeout = settings.api_timeout_s
        self._measures = measures
        self._transport = transport or httpx.HTTPTransport(limits=limits)

    def call(self, ask: Ask[Said], *, asker: Asker, key: str = "") -> Said:
        """Return what the API answers; `key` makes the same form, sent twice, count once, and both get the one answer.

        Raises:
            Refused: the API refuses.
            Unreachable: it does not answer.
        """
        said, _ = patiently(lambda: self._ask(ask, asker=asker, key=key))
        return said

    def call_for_page(self, ask: Ask[Said], *, asker: Asker) -> tuple[Said, Page]:
        """Return a page of a list, and where it stands; raises as `call`."""
        said, headers = self._ask(ask, asker=asker, key="")
        where = json.loads(headers.get("X-Pagination", "{}"))
        return said, Page(where.get("total", 0), where.get("page", 1), where.get("total_pages", 1))

    def open(self, method: str, path: str, *, asker: Asker, headers: Mapping[str, str]) -> httpx.Response:
        """Return an answer whose body is still to be read, as it comes: whoever is given it closes it.

        A refusal of HEAD has no body that would say why, and is returned as it is. Raises:
            Refused, Unreachable: as `call`.
        """
        # As it is: what was packed for the way could not be passed on in parts.
        http = self._http(asker, {**headers, "Accept-Encoding": "identity"})
        try:
            answer = http.send(http.build_request(method, path), stream=True)
            if method == "HEAD" or not _is_problem(answer):
                self._measures.count_call("answered")
                return answer
            with closing(answer):
                problem = ProblemOut.from_dict(json.loads(answer.read()))
        except _NO_ANSWER as fault:
            raise self._unreachable(fault) from fault
        raise self._refused(problem, answer.headers)

    def _ask(self, ask: Ask[Said], *, asker: Asker, key: str) -> tuple[Said, Mapping[str, str]]:
        http = self._http(asker, {"Idempotency-Key": key} if key else {})
        client = AuthenticatedClient(base_url=self._url, token=asker.token).set_httpx_client(http)
        try:
            answer = ask(client)
        except _NO_ANSWER as fault:
            raise self._unreachable(fault) from fault
        if isinstance(answer.parsed, ProblemOut):
            raise self._refused(answer.parsed, answer.headers)
        self._measures.count_call("answered")
        # None where the answer has no body, which is then what was said.
        return cast(Said, answer.parsed), answer.headers

    def _http(self, asker: Asker, more: Mapping[str, str]) -> httpx.Client:
        headers = {"Accept-Language": asker.language, "User-Agent": asker.browser, **more}
        if (request_id := logs.request_id.get()) is not None:
            headers["X-Request-Id"] = request_id
        if asker.token:
            headers["Authorization"] = f"Bearer {asker.token}"
        if asker.client:
            headers[CLIENT] = asker.client
        if asker.kept.header:
            headers["Cookie"] = asker.kept.header
        # One for each call, over the same connections: the generated client's own `with_headers` changes the client that
        # it is called on, and with it what other threads are sending.
        return httpx.Client(
            base_url=self._url,
            # As WSGI has read them (PEP 3333): a browser may call itself anything, and what is not ASCII is no fault.
            headers=httpx.Headers(headers, encoding="latin-1"),
            transport=self._transport,
            timeout=self._timeout,
            trust_env=False,
            event_hooks={"response": [lambda answer: asker.kept.take(answer.headers.get_list("Set-Cookie"))]},
        )

    def _unreachable(self, fault: Exception) -> Unreachable:
        # An answer that is no JSON, or not of the shape that was promised, is no more use than none.
        logs.warn("api_unreachable", kind=type(fault).__name__)
        self._measures.count_call("unreachable")
        return Unreachable()

    def _refused(self, problem: ProblemOut, headers: Mapping[str, str]) -> Refused | Unreachable:
        if problem.status in _AWAY and problem.code not in _OTHERS_AWAY:
            self._measures.count_call("unreachable")
            return Unreachable()
        self._measures.count_call("refused")
        seconds = headers.get("Retry-After", "")
        wait = timedelta(seconds=int(seconds)) if seconds.isdigit() else None
        return Refused(problem, retry_after=wait)


def patiently(ask: Callable[[], Said]) -> Said:
    """Return an answer that the same request is waiting for already, once it is there; raises as `ask`."""
    for _ in range(_WAITS):
        try:
            return ask()
        except Refused as refusal:
            if refusal.code != _UNDER_WAY:
                raise
            wait = _LONGEST_WAIT if refusal.retry_after is None else min(refusal.retry_after, _LONGEST_WAIT)
            time.sleep(wait.total_seconds())
    return ask()


def _is_problem(answer: httpx.Response) -> bool:
    media_type: str = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    return media_type == "application/problem+json"
