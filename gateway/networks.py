"""From which networks the portal may be reached: the operator's policy, and a real answer for whoever is outside it (ID-30)."""

from gateway import addresses
from gateway.errors import NetworkNotAllowed
from shared.env import Networks


class NetworkPolicy:
    """The networks that are let in, all of them when none is named, but for those that are not."""

    def __init__(self, *, allowed: Networks, refused: Networks) -> None:
        self._allowed = allowed
        self._refused = refused

    def require_allowed(self, address: str) -> None:
        """Let an address pass. A network that stands in both lists is refused.

        Raises:
            NetworkNotAllowed: its network may not reach the portal.
        """
        is_let_in = not self._allowed or addresses.is_within(address, self._allowed)
        if not is_let_in or addresses.is_within(address, self._refused):
            raise NetworkNotAllowed
