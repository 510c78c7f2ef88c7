"""A school's own system: a token for its credentials (RFC 6749 §4.4), and what it sends to `/school/v1`."""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx

SCOPES: Final = (
    "attendance.read",
    "attendance.write",
    "records.read",
    "records.write",
    "campaigns.read",
    "campaigns.write",
)
_KNOWN_WITHIN_TRIES: Final = 300
_TRY_AGAIN_AFTER_S: Final = 0.2
_pause = threading.Event()


class Unfurnished(Exception):
    """The API did not take what was sent; the message says which call and why."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a school's system shows for a token."""

    client_id: str
    client_secret: str


class SchoolSystem:
    """Calls `/school/v1` as a system of one organisation."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        self._http = httpx.Client(base_url=f"{url}/school/v1", timeout=60, trust_env=False)
        answer = self._http.post(
            "/token",
            data={"grant_type": "client_credentials"},
            auth=(credentials.client_id, credentials.client_secret),
        )
        self._http.headers["Authorization"] = f"Bearer {_said(answer)['access_token']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def wait_until_known(self) -> None:
        """Wait until every service has heard that the organisation takes part: it stands in the event log.

        Raises:
            Unfurnished: a service has not heard it for a minute.
        """
        for path in ("/releases", "/attendance-rules", "/campaigns"):
            tries = 1
            while not (answer := self._http.get(path)).is_success:
                if tries == _KNOWN_WITHIN_TRIES:
                    raise _refusal(answer)
                tries += 1
                _pause.wait(_TRY_AGAIN_AFTER_S)

    def list(self, path: str) -> list[dict[str, Any]]:
        """Return a list of the school's."""
        found: list[dict[str, Any]] = _said(self._http.get(f"/{path}"))
        return found

    def decide(self, path: str, document: Mapping[str, Any]) -> None:
        """Put a document where it stands."""
        _said(self._http.put(f"/{path}", json=document))

    def add(self, path: str, document: Mapping[str, Any]) -> None:
        """Add a document to a list."""
        _said(self._http.post(f"/{path}", json=document))

    def send(self, path: str, lines: Sequence[Mapping[str, Any]]) -> None:
        """Send entries, a line each; the same again changes nothing.

        Raises:
            Unfurnished: one of them is refused.
        """
        if not lines:
            return
        content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
        answer = self._http.post(f"/{path}", content=content, headers={"Content-Type": "application/x-ndjson"})
        if not answer.is_success:
            raise _refusal(answer)
        became = [json.loads(line) for line in answer.text.splitlines()]
        _require_taken(path, became, sent=len(lines))

    def upload(self, path: str, pdf: bytes) -> None:
        """Put the school's own PDF beside an entry."""
        _said(self._http.put(f"/{path}", content=pdf, headers={"Content-Type": "application/pdf"}))


def _require_taken(path: str, became: Iterable[Mapping[str, Any]], *, sent: int) -> None:
    taken = 0
    for each in became:
        if each["result"] == "refused":
            raise Unfurnished(
                f"{path}: {each['source_id']}: {each['problem']['title']} {each['problem'].get('errors', '')}"
            )
        taken += 1
    if taken < sent:
        raise Unfurnished(f"{path}: {taken} / {sent}")


def _said(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise _refusal(answer)
    return answer.json() if answer.content else None


def _refusal(answer: httpx.Response) -> Unfurnished:
    # What is sent is invented: the answer may be shown whole.
    return Unfurnished(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:500]}")
