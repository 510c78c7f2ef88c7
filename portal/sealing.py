"""What the portal keeps in a browser, sealed: nobody there can read or change it (JWE, RFC 7516, A256GCM)."""

import hashlib
import json
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class Seal:
    """Closes and opens values with a ring of keys, newest last: a new key closes, the old ones still open."""

    def __init__(self, keys: tuple[str, ...], *, purpose: str) -> None:
        # A value of one cookie is none in another.
        self._keys = [OctKey.import_key(hashlib.sha256(f"{purpose}\n{key}".encode()).digest()) for key in keys]

    def close(self, value: dict[str, Any]) -> str:
        """Return `value` as sealed text."""
        return jwe.encrypt_compact(
            _HEADER, json.dumps(value, ensure_ascii=False, separators=(",", ":")), self._keys[-1]
        )

    def open(self, text: str) -> dict[str, Any] | None:
        """Return what was sealed, or None when it was not by us."""
        for key in reversed(self._keys):
            try:
                opened = jwe.decrypt_compact(text, key, algorithms=list(_HEADER.values()))
            # What a stranger has made up of a head is of any type.
            except (JoseError, ValueError, TypeError):
                continue
            value: dict[str, Any] = json.loads(opened.plaintext or b"")
            return value
        return None
