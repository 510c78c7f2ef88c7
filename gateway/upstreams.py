"""The services behind the gateway: one door each, with its circuit, its places and its connections (GWY-5)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import Any

import aiohttp
import orjson
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from gateway.circuits import Circuit
from gateway.errors import UpstreamFailed, UpstreamTimedOut
from gateway.uploads import Upload
from shared import logs
from shared.problems import Unavailable

log = logs.get(__name__)

# Below the idle limits of the services' server (granian closes after 30 s) and below the time that a stopping one goes on
# answering (`serve --drain`): we must be the first to hang up, or a request meets a connection that is just being closed.
IDLE_CONNECTION_S = 4
CONNECT_PATIENCE_S = 3.0
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
SMALL_ANSWER = 256 * 1024
_WITHOUT_BODY = frozenset({204, 304})
_BROKEN_CONNECTION = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


class Connections:
    """The HTTP client of one gateway process. Make it inside the event loop; close it at the end."""

    def __init__(self) -> None:
        self.kept = _client(force_close=False)
        self.fresh = _client(force_close=True)

    async def close(self) -> None:
        """Close every connection."""
        await self.kept.close()
        await self.fresh.close()


class Upstream:
    """One service, as seen from the gateway."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        connections: Connections,
        places: int,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`places`: how many calls may wait for the service at once."""
        self.name = name
        self.connections = connections
        self.circuit = Circuit(name, now=now)
        self.places = places
        self.taken = 0
        self._url = url.rstrip("/")

    def call(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | Upload | None,
        timeout: timedelta,
        may_repeat: bool = False,
    ) -> "Call":
        """Return a call for `async with`, which sends it and hands it back with its status and headers.

        `may_repeat` tells that a POST changes nothing. Entering raises:
            Unavailable: the service is down, or has as many calls as it may.
            UpstreamFailed: it broke off.
            UpstreamTimedOut: it takes too long.
        """
        return Call(
            self,
            method,
            URL(self._url + target, encoded=True),
            headers=headers,
            body=body,
            timeout=aiohttp.ClientTimeout(total=timeout.total_seconds(), sock_connect=CONNECT_PATIENCE_S),
            may_repeat=may_repeat or method in IDEMPOTENT,
        )

    async def fetch(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        document: Any = None,
        timeout: timedelta,
        may_repeat: bool = False,
    ) -> tuple[int, Any]:
        """Return status and JSON document of a call of the gateway's own.

        Raises:
            Unavailable, UpstreamFailed, UpstreamTimedOut: as `call`; UpstreamFailed also when the answer is no JSON.
        """
        sent = CIMultiDict(headers)
        body = None
        if document is not None:
            body = orjson.dumps(document)
            sent["Content-Type"] = "application/json"
        async with self.call(
            method, target, headers=sent, body=body, timeout=timeout, may_repeat=may_repeat
        ) as answered:
            content = await answered.read()
        try:
            return answered.status, orjson.loads(content)
        except orjson.JSONDecodeError:
            raise UpstreamFailed from None


class Call:
    """One call under way."""

    __slots__ = ("_body", "_headers", "_may_repeat", "_method", "_response", "_timeout", "_upstream", "_url")

    def __init__(
        self,
        upstream: Upstream,
        method: str,
        url: URL,
        *,
        headers: Mapping[str, str],
        body: bytes | Upload | None,
        timeout: aiohttp.ClientTimeout,
        may_repeat: bool,
    ) -> None:
        self._upstream = upstream
        self._method = method
        self._url = url
        self._headers = headers
        self._body = body
        self._timeout = timeout
        self._may_repeat = may_repeat
        self._response: aiohttp.ClientResponse | None = None

    @property
    def response(self) -> aiohttp.ClientResponse:
        """Return the answer; there is one once the call was entered."""
        assert self._response is not None
        return self._response

    @property
    def status(self) -> int:
        """Return the answer's status."""
        return self.response.status

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """Return the answer's headers, as they came."""
        return self.response.headers

    @property
    def is_small(self) -> bool:
        """Tell whether the answer says that it fits into memory, or has no body at all (RFC 9110 §6.4.1)."""
        length = self.response.content_length
        is_empty = self._method == "HEAD" or self.status in _WITHOUT_BODY
        return is_empty or (length is not None and length <= SMALL_ANSWER)

    async def __aenter__(self) -> "Call":
        upstream = self._upstream
        if upstream.taken >= upstream.places:
            # Waiting here would only move the queue into this process.
            raise Unavailable(retry_after=timedelta(seconds=1))
        upstream.circuit.enter()
        upstream.taken += 1
        try:
            self._response = await self._send_and_judge()
        except BaseException:
            upstream.taken -= 1
            raise
        upstream.circuit.succeeded()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._upstream.taken -= 1
        if kind is None:
            self.response.release()
        else:
            # Half-read: the connection cannot be used again.
            self.response.close()

    async def read(self) -> bytes:
        """Return the whole body.

        Raises:
            UpstreamFailed: the service broke off.
            UpstreamTimedOut: it takes too long.
        """
        try:
            return await self.response.read()
        except TimeoutError:
            raise self._failed(UpstreamTimedOut) from None
        except aiohttp.ClientError as fault:
            raise self._failed(UpstreamFailed, fault) from None

    async def read_part(self) -> bytes:
        """Return the next part of the body, empty at its end; raises as `read`."""
        try:
            return await self.response.content.readany()
        except TimeoutError:
            raise self._failed(UpstreamTimedOut) from None
        except aiohttp.ClientError as fault:
            raise self._failed(UpstreamFailed, fault) from None

    async def _send_and_judge(self) -> aiohttp.ClientResponse:
        try:
            return await self._send()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as fault:
            # Nothing was sent: the service is simply not there.
            self._failed(UpstreamFailed, fault)
            raise Unavailable(retry_after=timedelta(seconds=2)) from None
        except TimeoutError:
            raise self._failed(UpstreamTimedOut) from None
        except aiohttp.ClientError as fault:
            raise self._failed(UpstreamFailed, fault) from None

    async def _send(self) -> aiohttp.ClientResponse:
        connections = self._upstream.connections
        try:
            return await self._request(connections.kept)
        except aiohttp.ClientConnectorError:
            raise
        except _BROKEN_CONNECTION:
            if not self._may_repeat:
                # Whether the service did the work is not known: only the asker can decide to ask again.
                raise
        # A kept connection has died. Others of the same age may have, too: once more, on a new one.
        return await self._request(connections.fresh)

    async def _request(self, client: aiohttp.ClientSession) -> aiohttp.ClientResponse:
        body = self._body
        headers = self._headers
        if isinstance(body, Upload):
            # The length goes with it: a service can tell what was cut off from what has ended.
            headers = CIMultiDict(headers)
            headers["Content-Length"] = str(body.size)
        return await client.request(
            self._method,
            self._url,
            headers=headers,
            data=body.parts() if isinstance(body, Upload) else body,
            timeout=self._timeout,
            allow_redirects=False,
        )

    def _failed(
        self, kind: type[UpstreamFailed | UpstreamTimedOut], fault: Exception | None = None
    ) -> UpstreamFailed | UpstreamTimedOut:
        self._upstream.circuit.failed()
        log.warning(
            "upstream_failed" if kind is UpstreamFailed else "upstream_timed_out",
            service=self._upstream.name,
            kind=type(fault).__name__ if fault else None,
        )
        return kind()


def _client(*, force_close: bool) -> aiohttp.ClientSession:
    # Bounded by the places of each service, not by the connector: a hung service must not take the others' places.
    options: dict[str, Any] = {} if force_close else {"keepalive_timeout": IDLE_CONNECTION_S}
    client = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=force_close, **options),
        # Nothing of one caller may stay for the next.
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        trust_env=False,
    )
    # The library repeats an idempotent request once by itself, on another kept connection: that one may be as dead.
    client._retry_connection = False  # noqa: SLF001 - there is no public way; the tests of repeating hold this
    return client
