"""What the gateway itself refuses; every other refusal is a service's and passes as it is.

Problem
├── MalformedHttp       400  the bytes are no HTTP request, or two readers could disagree about them
├── MalformedPath       400  the path has no single meaning
├── TokenRejected       401  no token of a school's system, or one that has ended
├── CsrfRejected        403  a write with the cookie that our own pages did not send
├── NetworkNotAllowed   403  the operator lets nobody in from there
├── RequestTooSlow      408  headers or body took too long to arrive
├── HeadersTooLarge     431
├── TooManyRequests     429  from one address, or of one school's system
├── UpstreamFailed      502  the service broke off its answer
└── UpstreamTimedOut    504  the service did not answer in time
"""

from collections.abc import Mapping
from typing import ClassVar

from shared.problems import (
    BodyTooLarge,
    InternalError,
    MethodNotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    Unavailable,
    UnsupportedMediaType,
)


class MalformedHttp(Problem):
    """The bytes are no HTTP request, or one that two readers could cut differently (GWY-2)."""

    type: ClassVar[str] = "/problems/gateway/malformed-http"
    status: ClassVar[int] = 400


class MalformedPath(Problem):
    """The path could be read in more than one way: dot segments, encoded slashes, NUL … (GWY-3)."""

    type: ClassVar[str] = "/problems/gateway/malformed-path"
    status: ClassVar[int] = 400


class TokenRejected(Problem):
    """The path is for schools' systems, and the bearer token is none of theirs or has ended (RFC 6750 §3.1)."""

    type: ClassVar[str] = "/problems/gateway/token-rejected"
    status: ClassVar[int] = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="vitrail"'}


class CsrfRejected(Problem):
    """A write that came with the cookie, but not from our own pages or without their token (SES-7)."""

    type: ClassVar[str] = "/problems/gateway/csrf-rejected"
    status: ClassVar[int] = 403


class NetworkNotAllowed(Problem):
    """The operator's policy lets nobody in from the network of the caller (ID-30)."""

    type: ClassVar[str] = "/problems/gateway/network-not-allowed"
    status: ClassVar[int] = 403


class RequestTooSlow(Problem):
    """The headers or the body took too long to arrive (GWY-4)."""

    type: ClassVar[str] = "/problems/gateway/request-too-slow"
    status: ClassVar[int] = 408


class HeadersTooLarge(Problem):
    """The request line or the headers are larger than 16 KiB (GWY-4)."""

    type: ClassVar[str] = "/problems/gateway/headers-too-large"
    status: ClassVar[int] = 431


class TooManyRequests(Problem):
    """One address, or one school's system, asks more often than the limit of this deployment (GWY-4)."""

    type: ClassVar[str] = "/problems/gateway/too-many-requests"
    status: ClassVar[int] = 429
    extensions: ClassVar[tuple[str, ...]] = ("retry_after_s",)


class UpstreamFailed(Problem):
    """The service was reached and broke off its answer: whether the work was done is not known (GWY-5)."""

    type: ClassVar[str] = "/problems/gateway/upstream-failed"
    status: ClassVar[int] = 502


class UpstreamTimedOut(Problem):
    """The service did not answer in time: whether the work was done is not known (GWY-5)."""

    type: ClassVar[str] = "/problems/gateway/upstream-timed-out"
    status: ClassVar[int] = 504


PROBLEMS: tuple[type[Problem], ...] = (
    BodyTooLarge,
    CsrfRejected,
    HeadersTooLarge,
    InternalError,
    MalformedHttp,
    MalformedPath,
    MethodNotAllowed,
    NetworkNotAllowed,
    NotFound,
    NotSignedIn,
    RequestTooSlow,
    TokenRejected,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
    UpstreamFailed,
    UpstreamTimedOut,
)
