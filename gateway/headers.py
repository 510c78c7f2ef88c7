"""What crosses the gateway: an allow-list inwards, a deny-list outwards (GWY-1, S2S-2).

Inwards nothing passes that is not named here: whatever a client calls itself (`passport`, `X-User-Id`, `X-Request-Id`,
`X-Forwarded-For`, `Forwarded`, `X-Real-IP`, `traceparent`, `Device-Token`, `Social-Token` …) ends at the door, and so do the session's
cookie and token.
"""

from collections.abc import Iterable

from multidict import CIMultiDict, CIMultiDictProxy

from shared import logs, passports, tracing

REQUEST_ID = "X-Request-Id"
SESSIONS_ENDED = "Vitrail-Sessions-Ended"
DEVICE_TOKEN = "Device-Token"
SOCIAL_TOKEN = "Social-Token"
# Whose page the portal makes, in our own hand: it sends the value back as it is with what it asks for that page.
CLIENT = "Vitrail-Client"
# Whose document the portal hands over, for the share that each may read at a time; said to nobody outside.
VISITOR = "Vitrail-Visitor"

INWARDS = (
    "Accept",
    "Accept-Language",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Range",
    "User-Agent",
)
_INWARDS = frozenset(name.lower() for name in INWARDS)

# RFC 9110 §7.6.1, with the older names that some servers still send.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Ours to say, or nobody's business outside.
_OURS = frozenset({"content-length", "date", "passport", "server", "via", "x-powered-by", "x-request-id"})
_OUR_PREFIXES = ("access-control-", "vitrail-", "x-internal-")
_DROPPED = _HOP_BY_HOP | _OURS

CSP_OF_DATA = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
CSP_OF_PAGES = (
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def inwards(received: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Return the headers of a request that a service may see."""
    passed: CIMultiDict[str] = CIMultiDict()
    for name, value in received.items():
        if name.lower() in _INWARDS:
            passed.add(name, value)
    return passed


def ours(passport: str | None = None) -> dict[str, str]:
    """Return the headers that we add to every call: the passport, the id of the request, and the trace if there is one."""
    added = {REQUEST_ID: logs.request_id.get() or ""}
    if passport is not None:
        added[passports.HEADER] = passport
    if (trace := tracing.trace_context.get()) is not None:
        added[tracing.HEADER] = trace
    return added


def outwards(received: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Return the headers of a service's answer that a client may see."""
    named = _listed(received.getall("Connection", ())) if "Connection" in received else frozenset()
    passed: CIMultiDict[str] = CIMultiDict()
    for name, value in received.items():
        lowered = name.lower()
        if lowered not in _DROPPED and lowered not in named and not lowered.startswith(_OUR_PREFIXES):
            passed.add(name, value)
    return passed


def sessions_ended(received: CIMultiDictProxy[str]) -> frozenset[str]:
    """Return the sessions and accounts (`account:<id>`) that identity says have just ended."""
    return _listed(received.getall(SESSIONS_ENDED, ())) if SESSIONS_ENDED in received else frozenset()


def guard_answer(headers: CIMultiDict[str], *, request_id: str, is_over_tls: bool, is_personal: bool) -> None:
    """Add to an answer what every answer of ours carries (SES-9, GWY-8)."""
    headers[REQUEST_ID] = request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "no-referrer")
    if "Content-Security-Policy" not in headers:
        is_page = headers.get("Content-Type", "").startswith("text/html")
        headers["Content-Security-Policy"] = CSP_OF_PAGES if is_page else CSP_OF_DATA
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if is_over_tls:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if is_personal:
        headers["Cache-Control"] = "no-store"


def _listed(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(part.strip().lower() for line in lines for part in line.split(",") if part.strip())
