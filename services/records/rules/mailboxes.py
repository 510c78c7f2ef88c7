"""Links that open the parent's own mail, addressed to somebody (RE-13): the portal sends nothing itself."""

from typing import Final
from urllib.parse import quote

# What RFC 6068 lets stand in an address: `qchar` and unreserved characters; of the rest each octet is encoded.
_PLAIN: Final = "@!$'*+-._~"


def mailto(email: str | None) -> str | None:
    """Return the `mailto:` address of an e-mail address; None of nobody."""
    return None if email is None else f"mailto:{quote(email, safe=_PLAIN)}"
