"""Who is at the other end: the peer, or what our own proxies say of it, read from the right (GWY-1)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from shared.env import Networks

Address = IPv4Address | IPv6Address


@lru_cache(maxsize=4096)
def client_address(peer: str, forwarded_for: tuple[str, ...], *, trusted_hops: int) -> str:
    """Return the client's address.

    `forwarded_for` holds the lines of `X-Forwarded-For`. With N trusted hops the N-th entry from the right was written
    by our outermost proxy, and everything to its left by whoever called it. When the chain is shorter, or the entry is
    no address, somebody came around the proxies: the peer is the client.
    """
    if trusted_hops:
        entries = [entry.strip() for line in forwarded_for for entry in line.split(",")]
        if len(entries) >= trusted_hops and (found := _address(entries[-trusted_hops])) is not None:
            return str(found)
    found = _address(peer)
    return "" if found is None else str(found)


@lru_cache(maxsize=4096)
def counting_key(address: str) -> str:
    """Return what a limit counts by: the address, or its /64, of which a subscriber has all."""
    found = _address(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return address


@lru_cache(maxsize=4096)
def is_within(address: str, networks: Networks) -> bool:
    """Tell whether an address belongs to one of the networks."""
    found = _address(address)
    return found is not None and any(found in network for network in networks)


def _address(text: str) -> Address | None:
    """Read `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`; an IPv4 in IPv6 clothes is an IPv4."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found
