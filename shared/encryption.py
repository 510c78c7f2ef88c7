"""Whether what leaves this machine is encrypted, and to whom we mean (DEP-5, ASVS 12.3.2): read from addresses alone."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qs, urlsplit

_OF_THIS_MACHINE = "localhost"


def missing_words(url: str, environment: Mapping[str, str]) -> str | None:
    """Return what the address of a database or an event log must say besides, None when it says enough.

    Within one machine there is nobody to listen. Nor is there anything to lose where people themselves reach the portal on
    this machine alone: a trial on a laptop, whose database may be a container beside.
    """
    try:
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        if is_this_machine(urlsplit(environment.get("PUBLIC_URL", "")).hostname or ""):
            return None
        if all(is_this_machine(host) for host in _hosts(parts, options)):
            return None
    except ValueError:
        # An address that cannot be read is refused by whoever reads it.
        return None
    if parts.scheme.startswith("postgresql") and options.get("sslmode") != ["verify-full"]:
        return "sslmode=verify-full&sslrootcert=…"
    if parts.scheme == "kafka" and options.get("tls") != ["1"]:
        return "tls=1"
    return None


def is_this_machine(host: str) -> bool:
    """Tell whether a name, an address or a socket's folder is this machine's own, whatever names resolve to."""
    if host == _OF_THIS_MACHINE or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hosts(parts: SplitResult, options: Mapping[str, list[str]]) -> list[str]:
    """Return every machine that an address names; none is the socket of this one."""
    places = parts.netloc.rpartition("@")[2].split(",")
    named = [place.partition("]")[0][1:] if place.startswith("[") else place.partition(":")[0] for place in places]
    # libpq's own way to name hosts, which wins over the place before the path.
    named += [host for value in options.get("host", []) for host in value.split(",")]
    return [name for name in named if name]
