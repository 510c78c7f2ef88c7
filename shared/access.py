"""Who outside may read which topics of the event log: principals, rights and passwords, where the log has any.

A principal reads and describes the topics that were granted, in consumer groups of its own prefix, and nothing else.
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol


class AccessRefused(Exception):
    """The log does not let us administer rights: our own credentials are wrong or too weak for it."""


class Access(Protocol):
    """The rights of an event log. Every method may be repeated, and ends with the same rights."""

    @property
    def is_enforced(self) -> bool:
        """Tell whether the log asks who reads; where it does not, nothing is granted and nothing refused.

        Raises:
            BrokerUnavailable: it does not answer now.
            AccessRefused: see the class.
        """
        ...

    def grant(self, *, principal: str, topics: Collection[str], group_prefix: str) -> None:
        """Let `principal` read these topics, in groups of this prefix, and nothing that it could read before.

        Raises:
            BrokerUnavailable: it does not answer now; some rights may be there already.
            AccessRefused: see the class.
        """
        ...

    def renew_password(self, *, principal: str) -> str | None:
        """Give `principal` a new password and return it; the old one opens no new connection. None: not enforced.

        Raises:
            BrokerUnavailable: it does not answer now.
            AccessRefused: see the class.
        """
        ...

    def revoke(self, *, principal: str) -> None:
        """Take every right and the password from `principal`; what it has open reads nothing more either.

        Raises:
            BrokerUnavailable: it does not answer now; some rights may be left.
            AccessRefused: see the class.
        """
        ...

    def connection(self, *, principal: str, password: str | None, servers: str | None) -> Mapping[str, Any]:
        """Return how a client connects as `principal`, in the words of kafka-python; empty where there is no server.

        `servers` replaces ours when readers outside reach the log by another address.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class NoAccess:
    """The rights of a log in a file: whoever may open the file reads everything."""

    is_enforced = False

    def grant(self, *, principal: str, topics: Collection[str], group_prefix: str) -> None: ...

    def renew_password(self, *, principal: str) -> str | None:
        return None

    def revoke(self, *, principal: str) -> None: ...

    def connection(self, *, principal: str, password: str | None, servers: str | None) -> Mapping[str, Any]:
        return {}

    def close(self) -> None: ...


def open_access(url: str) -> Access:
    """Open the rights of the event log at `url`.

    Raises:
        UnsuitableBroker: the address makes no sense.
        BrokerUnavailable: it does not answer now.
        AccessRefused: see the class.
    """
    if url.startswith("kafka://"):
        from shared.kafka.access import KafkaAccess

        return KafkaAccess(url)
    return NoAccess()
