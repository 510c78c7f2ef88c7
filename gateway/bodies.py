"""Reading a request's body before anything is forwarded: bounded in size, in time and in kind (GWY-4, SES-7)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from aiohttp import web

from gateway.errors import MalformedHttp, RequestTooSlow
from gateway.routes import Route
from shared.problems import BodyTooLarge, UnsupportedMediaType

_WITHOUT_BODY = frozenset({"GET", "HEAD"})


def check_head(request: web.BaseRequest, route: Route) -> None:
    """Refuse by the headers alone what the body need not be read for.

    Raises:
        BodyTooLarge: the declared length is over the route's limit.
        UnsupportedMediaType: a body of a kind that the route does not take, or an encoded one.
        MalformedHttp: a body where none has a meaning, or an expectation that nobody knows.
    """
    if not request.body_exists or request.headers.get("Content-Length") == "0":
        return
    if request.method in _WITHOUT_BODY:
        raise MalformedHttp
    length = request.content_length
    if length is not None and length > route.largest_body:
        raise BodyTooLarge
    if "Content-Encoding" in request.headers or request.content_type not in route.media_types:
        raise UnsupportedMediaType(accepted=", ".join(route.media_types))
    if request.headers.get("Expect", "100-continue").lower() != "100-continue":
        raise MalformedHttp


async def read(request: web.BaseRequest, route: Route, *, patience: timedelta) -> bytes | None:
    """Return the body, or None when there is none.

    Raises:
        BodyTooLarge: it is over the route's limit; the rest is not read.
        RequestTooSlow: it did not arrive within `patience`.
        MalformedHttp: it is cut wrongly.
    """
    if not request.body_exists:
        return None
    tell_to_continue(request)
    content = request.content
    parts: list[bytes] = []
    size = 0
    with readable():
        try:
            if content.is_eof() and content.total_bytes <= route.largest_body:
                # Most bodies come in the same packet as their headers.
                return content.read_nowait() or None
            async with asyncio.timeout(patience.total_seconds()):
                while part := await content.readany():
                    size += len(part)
                    if size > route.largest_body:
                        raise BodyTooLarge
                    parts.append(part)
        except TimeoutError:
            raise RequestTooSlow from None
    return b"".join(parts) or None


def tell_to_continue(request: web.BaseRequest) -> None:
    """Tell a client that asks first to send its body (RFC 9110 §10.1.1)."""
    if "Expect" in request.headers and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


@contextmanager
def readable() -> Iterator[None]:
    """Say of a body that is cut wrongly what it is.

    Raises:
        MalformedHttp: the block reads one.
    """
    try:
        yield
    except (web.RequestPayloadError, ValueError):
        raise MalformedHttp from None
