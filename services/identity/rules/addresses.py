"""Which callers count as one: a person's address, or the range that an attacker can walk through (COD-15, ACC-6)."""

import ipaddress
from functools import lru_cache

UNKNOWN = "unknown"

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def caller(address: str) -> str:
    """Return what counts requests: the IPv4 address, or the /64 that one IPv6 subscriber has."""
    return _within(address, v4=32, v6=64)


def neighborhood(address: str) -> str:
    """Return what counts wrong guesses: the /24, or the /56 of IPv6."""
    return _within(address, v4=24, v6=56)


def is_within(address: str, networks: tuple[_Network, ...]) -> bool:
    """Tell whether `address` belongs to one of `networks`."""
    parsed = _parse(address)
    return parsed is not None and any(parsed.version == each.version and parsed in each for each in networks)


def _within(address: str, *, v4: int, v6: int) -> str:
    parsed = _parse(address)
    if parsed is None:
        return UNKNOWN
    kept = v4 if parsed.version == 4 else v6
    dropped = parsed.max_prefixlen - kept
    return f"{type(parsed)(int(parsed) >> dropped << dropped)}/{kept}"


# One request asks for its range, for its neighborhood, and whether it is wide.
@lru_cache(maxsize=256)
def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    # An IPv4 caller on a socket that listens on both.
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed
