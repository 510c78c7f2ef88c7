"""Keyed digests and sealed texts: what must be found or sent again without standing in the database.

Both take a key ring, newest last: the newest makes, all of them are accepted, so that a key can be replaced while its
last work is still valid. Each result names its key by a short `kid`.
"""

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Digester:
    """HMAC-SHA-256 under a key ring, for values with too little entropy to be hashed bare."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [(key_id(key), key.encode()) for key in keys]

    def digest(self, purpose: str, *parts: str) -> str:
        """Return `kid.hex` of `parts` under the newest key, for one purpose alone."""
        return _digest(*self._keys[-1], purpose, parts)

    def digests(self, purpose: str, *parts: str) -> list[str]:
        """Return the digests under every key, newest first: what a look-up must try."""
        return [_digest(kid, key, purpose, parts) for kid, key in reversed(self._keys)]

    def agrees(self, stored: str, purpose: str, *parts: str) -> bool:
        """Tell in constant time whether `stored` is the digest of `parts` under any key of the ring."""
        # A list, not a generator: every key is tried, whichever agrees.
        agreements = [hmac.compare_digest(stored, each) for each in self.digests(purpose, *parts)]
        return any(agreements)


class RowSeal:
    """Authenticated encryption (AES-256-GCM) of a short text that stands in a row, bound to what the row is about.

    A tenth of what Fernet costs. A sealed text that is copied into another row does not open there.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._ciphers = {bytes.fromhex(key_id(key)): AESGCM(_row_key(key)) for key in keys}
        self._newest = bytes.fromhex(key_id(keys[-1]))
        self._cipher = self._ciphers[self._newest]

    def close(self, text: str, *, about: str) -> bytes:
        """Return `text`, sealed for the row that `about` names."""
        return self.close_bytes(text.encode(), about=about)

    def close_bytes(self, content: bytes, *, about: str) -> bytes:
        """Return a small file, sealed likewise."""
        nonce = os.urandom(12)
        return self._newest + nonce + self._cipher.encrypt(nonce, content, about.encode())

    def open(self, sealed: bytes, *, about: str) -> str:
        """Return the text behind `sealed`.

        Raises:
            ValueError: it was sealed under no key of the ring or for another row, or was changed.
        """
        return self.open_bytes(sealed, about=about).decode()

    def open_bytes(self, sealed: bytes, *, about: str) -> bytes:
        """Return the file behind `sealed`.

        Raises:
            ValueError: as `open`.
        """
        cipher = self._ciphers.get(sealed[:4])
        try:
            if cipher is not None:
                return cipher.decrypt(sealed[4:16], sealed[16:], about.encode())
        except (InvalidTag, ValueError):
            pass
        raise ValueError("sealed under an unknown key or for another row, or changed")


class Seal:
    """Authenticated encryption (AES-256-GCM) of short texts under a key ring."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._rows = RowSeal(keys)
        self._fingerprint_keys = [hashlib.sha256(b"fingerprint:" + key.encode()).digest() for key in reversed(keys)]

    def close(self, text: str) -> bytes:
        """Return `text`, sealed."""
        return self._rows.close(text, about="")

    def fingerprints(self, content: bytes) -> list[str]:
        """Return keyed digests of `content`, newest key first: what is the same can be told, what it is cannot be tried."""
        return [hmac.digest(key, content, "sha256").hex() for key in self._fingerprint_keys]

    def open(self, sealed: bytes) -> str:
        """Return the text behind `sealed`.

        Raises:
            ValueError: it was sealed under no key of the ring, or was changed.
        """
        return self._rows.open(sealed, about="")


def _row_key(key: str) -> bytes:
    return hashlib.sha256(b"row:" + key.encode()).digest()


def key_id(key: str) -> str:
    """Return the short name of a key, by which what it made says so."""
    return hashlib.sha256(b"kid:" + key.encode()).hexdigest()[:8]


def _digest(kid: str, key: bytes, purpose: str, parts: Sequence[str]) -> str:
    message = hashlib.sha256()
    for part in (purpose, *parts):
        encoded = (part if part.isascii() else unicodedata.normalize("NFC", part)).encode()
        # Length first: ("ab", "c") and ("a", "bc") must differ.
        message.update(len(encoded).to_bytes(4, "big") + encoded)
    return f"{kid}.{hmac.digest(key, message.digest(), 'sha256').hex()}"
