"""The names and flags of our cookies, which identity sets and the gateway reads.

`__Host-` binds a cookie to one origin over TLS (RFC 6265bis §4.1.3.2). On a developer's own machine there is no TLS, and
browsers refuse the prefix there: plain names, for loopback addresses alone.
"""

from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def is_local(public_url: str) -> bool:
    """Tell whether `public_url` is plain HTTP on this machine."""
    parts = urlsplit(public_url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS


def name(base: str, public_url: str) -> str:
    """Return the cookie's name: `__Host-vitrail`, or plain `vitrail` on this machine."""
    return base if is_local(public_url) else f"__Host-{base}"


def flags(public_url: str) -> dict[str, object]:
    """Return the arguments for `set_cookie` that every cookie of ours has (SES-2)."""
    return {"httponly": True, "secure": not is_local(public_url), "samesite": "Lax", "path": "/"}


SESSION = "vitrail"
DEVICE = "vitrail-device"
SOCIAL = "vitrail-social"
# Of the pages in front of the API, which keep there what they alone can read.
PORTAL = "vitrail-portal"
PORTAL_STEP = "vitrail-portal-step"
PORTAL_KEPT = "vitrail-portal-kept"
