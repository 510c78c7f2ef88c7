"""Pseudonyms: the same id under another name for each reader, so that two of them cannot join what they hold (EVT-1).

A reader's own key is derived (HKDF, RFC 5869) from a root key and the reader's id; a pseudonym is an HMAC-SHA-256 under
it. Which root key a reader began with is remembered beside the reader: a new root key serves new readers, and the old
ones keep the names that they know. Without the root key nobody can tell which id stands behind a pseudonym.
"""

import hmac
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared import digests

# Half of the digest: among a thousand million ids, two share a name with a chance of one in 10²⁰.
_HEX_DIGITS: Final = 32


class UnknownRootKey(Exception):
    """The ring does not hold the root key that a reader began with: its names cannot be made."""


class Pseudonyms:
    """One reader's names for our ids."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, value: str) -> str:
        """Return this reader's name for `value`: always the same, and nobody else's."""
        return hmac.digest(self._key, value.encode(), "sha256").hex()[:_HEX_DIGITS]


class RootKeys:
    """The ring of root keys, newest last."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = {digests.key_id(key): key.encode() for key in keys}
        self.newest_id = digests.key_id(keys[-1])

    def pseudonyms(self, *, root_key_id: str, reader: str) -> Pseudonyms:
        """Return the names of `reader`, who began with the root key `root_key_id`.

        Raises:
            UnknownRootKey: that key is not in the ring.
        """
        root = self._keys.get(root_key_id)
        if root is None:
            raise UnknownRootKey(root_key_id)
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"vitrail pseudonyms/" + reader.encode())
        return Pseudonyms(derived.derive(root))
