"""Which network addresses count as one asker (CHD-7)."""

import ipaddress
from collections.abc import Iterable
from typing import Final

# Of IPv6, a household is given a whole /64 at least; each of its addresses would be a new budget.
_V6_PREFIX: Final = 64
# What one network's customers have in common, or one machine that changes its address.
_V4_RANGE: Final = 24
_V6_RANGE: Final = 56
UNKNOWN: Final = "unknown"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def asker(address: str) -> str:
    """Return the address, or its /64, that claims are counted for; all that are no address count together."""
    parsed = _parse(address)
    if parsed is None:
        return UNKNOWN
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, _V6_PREFIX), strict=False))
    return str(parsed)


def around(address: str) -> str:
    """Return the range of addresses around one, which claims are counted for as well."""
    parsed = _parse(address)
    if parsed is None:
        return UNKNOWN
    return str(ipaddress.ip_network((parsed, _V6_RANGE if parsed.version == 6 else _V4_RANGE), strict=False))


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Tell whether an address is one of the networks that many people share, a school's for instance."""
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in networks if network.version == parsed.version)


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
