"""Asking another site for a small JSON document: within a time, within a size, and nowhere but where we meant to ask.

The addresses come from the operator's configuration and from what those sites say of themselves, never from a person.
No redirect is followed and no proxy of the environment is used (OID-7; ASVS 15.3.2).
"""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, TimeoutError as OutOfTime
from time import monotonic
from typing import Any, Final

import httpx

from services.identity.providers import ProviderAway, TooManyAsking
from services.identity.rules.providers import is_acceptable
from shared.version import version

# Everything that one sign-in asks, together.
PATIENCE_S: Final = 5.0
LARGEST: Final = 256 * 1024
_CONNECT_S: Final = 2.0
PLACES: Final = 8


class Answer:
    """What a site answered, in the words that Authlib reads."""

    def __init__(self, status_code: int, content: bytes) -> None:
        self.status_code = status_code
        self.content = content

    def json(self) -> Any:
        """Return the document.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        """Refuse what is no success."""
        if self.status_code != 200:
            raise ProviderAway(f"status {self.status_code}")


class Deadline:
    """The end of one sign-in's patience."""

    def __init__(self) -> None:
        self._ends_at = monotonic() + PATIENCE_S

    def remaining(self) -> float:
        """Return the seconds that remain, never less than a few thousandths."""
        return max(self._ends_at - monotonic(), 0.005)


class Fetcher:
    """Asks other sites, a few at a time: one that hangs must not take the threads of everybody else."""

    def __init__(self) -> None:
        self._client = httpx.Client(
            follow_redirects=False,
            trust_env=False,
            # Nothing compressed, and nothing unpacked below: a small answer must not become a large one here.
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"vitrail/{version()}"},
            timeout=httpx.Timeout(PATIENCE_S, connect=_CONNECT_S),
            limits=httpx.Limits(max_connections=PLACES * 2, max_keepalive_connections=PLACES),
        )
        self._places = threading.BoundedSemaphore(PLACES)
        # A thread of its own, because no time-out of a socket bounds a site that sends a byte now and then.
        self._threads = ThreadPoolExecutor(max_workers=PLACES * 2, thread_name_prefix="providers")

    def fetch(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Answer:
        """Return the answer to one question.

        Raises:
            ProviderAway: there is none in time, or it is a redirect, too large, or unreachable.
            TooManyAsking: too many ask already.
        """
        if not is_acceptable(url):
            raise ProviderAway("not over https")
        if not self._places.acquire(blocking=False):
            raise TooManyAsking
        patience_s = deadline.remaining()
        future = self._threads.submit(self._fetch, method, url, dict(headers or {}), data, patience_s)
        # Free again when the call has really ended, which may be after we have given it up.
        future.add_done_callback(lambda _: self._places.release())
        try:
            return future.result(timeout=patience_s)
        except (OutOfTime, httpx.TimeoutException):
            raise ProviderAway("slow", is_slow=True) from None
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise ProviderAway(type(fault).__name__) from None

    def fetch_document(
        self, url: str, *, deadline: Deadline, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return the JSON object at `url`.

        Raises:
            ProviderAway: as `fetch`, or it is no JSON object.
            TooManyAsking: too many ask already.
        """
        answer = self.fetch("GET", url, deadline=deadline, headers=headers)
        answer.raise_for_status()
        return as_object(answer)

    def close(self) -> None:
        """Close the connections that are kept; what is under way ends by its own time-outs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _fetch(self, method: str, url: str, headers: dict[str, str], data: bytes | None, patience_s: float) -> Answer:
        ends_at = monotonic() + patience_s
        timeout = httpx.Timeout(patience_s, connect=min(_CONNECT_S, patience_s))
        with self._client.stream(method, url, headers=headers, content=data, timeout=timeout) as response:
            if response.is_redirect:
                raise ProviderAway("redirect")
            content = bytearray()
            for part in response.iter_raw():
                content += part
                if len(content) > LARGEST:
                    raise ProviderAway("too large")
                if monotonic() > ends_at:
                    raise ProviderAway("slow", is_slow=True)
            return Answer(response.status_code, bytes(content))


def as_object(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer.

    Raises:
        ProviderAway: it is none.
    """
    try:
        document = answer.json()
    except (ValueError, RecursionError):
        raise ProviderAway("no JSON") from None
    if not isinstance(document, dict):
        raise ProviderAway("no JSON object")
    return document
