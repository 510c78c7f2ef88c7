"""Whose pages may make a browser write here (SES-7), and whose may read our answers (CORS, GWY-6)."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from gateway.errors import CsrfRejected
from shared import cookies

READS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ALLOWED_HEADERS = (
    "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-CSRF-Token"
)
_EXPOSED_HEADERS = "Content-Language, ETag, RateLimit, RateLimit-Policy, Retry-After, X-Pagination, X-Request-Id"
_PREFLIGHT_LIFETIME_S = 600


class Origins:
    """Knows our own origin and those that the operator allows."""

    def __init__(self, *, public_url: str, allowed: tuple[str, ...]) -> None:
        self._own = _own_origins(public_url)
        self._allowed = frozenset(_canonical(origin) for origin in allowed)

    def require_ours(self, headers: Mapping[str, str]) -> None:
        """Check where a write comes from, as far as the browser tells; programs tell nothing.

        This holds for anonymous writes too: a foreign page must not sign its reader in as somebody else.

        Raises:
            CsrfRejected: a page of another origin sent it.
        """
        origin = headers.get("Origin")
        if origin is not None:
            if _canonical(origin) not in self._own | self._allowed:
                raise CsrfRejected
        elif headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
            raise CsrfRejected

    def granted(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the CORS headers of an answer: nothing for origins that are not on the list."""
        if not self._allowed:
            return {}
        origin = headers.get("Origin")
        if origin is None or _canonical(origin) not in self._allowed:
            return {"Vary": "Origin"}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": _EXPOSED_HEADERS,
            "Vary": "Origin",
        }

    def preflight(self, headers: Mapping[str, str], *, methods: tuple[str, ...]) -> dict[str, str] | None:
        """Return the headers that answer a preflight request, or None when this is none or the origin is not allowed."""
        granted = self.granted(headers)
        if "Access-Control-Allow-Origin" not in granted or "Access-Control-Request-Method" not in headers:
            return None
        del granted["Access-Control-Expose-Headers"]
        return granted | {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(_PREFLIGHT_LIFETIME_S),
        }


def _own_origins(public_url: str) -> frozenset[str]:
    own = _canonical(public_url)
    if not cookies.is_local(public_url):
        return frozenset({own})
    port = urlsplit(public_url).port or 80
    names = ("127.0.0.1", "localhost", "[::1]")
    # On one machine people type either name, and mean the same door.
    return frozenset({own} | {_canonical(f"http://{name}:{port}") for name in names})


def _canonical(origin: str) -> str:
    """Return an origin as browsers print it: lower case, without the scheme's own port."""
    try:
        parts = urlsplit(origin.strip())
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname or (parts.path.strip("/"), parts.query, parts.fragment) != ("", "", ""):
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    suffix = "" if port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{port}"
    return f"{parts.scheme}://{host}{suffix}"
