"""Signed statements: JWS (RFC 7515) by Ed25519 under a key ring, which anybody may check with the public keys.

A key is derived (HKDF, RFC 5869) from a secret of the ring, newest last: the newest signs, all of them are accepted. Each
is named by its thumbprint (RFC 7638), so that a statement of a key that has left the ring is still checked by whoever kept
its public half. The algorithm is « Ed25519 », fully specified (RFC 9864): nothing of it is left for a header to choose.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import json_b64encode, urlsafe_b64encode

ALGORITHM: Final = "Ed25519"
# A statement of ours has a few hundred characters; nothing longer is looked at.
LONGEST: Final = 2048
_HEADER_MEMBERS: Final = {"alg", "kid"}


class NotSigned(Exception):
    """It is no statement of a key that is known: malformed, changed, or of another's."""


class SigningKeys:
    """The ring of signing keys, newest last."""

    def __init__(self, keys: Sequence[str], *, purpose: str) -> None:
        """`purpose` keeps the keys that one secret gives to two purposes apart."""
        self._registry = jws.JWSRegistry(algorithms=[ALGORITHM])
        ring = [_derive(key, purpose) for key in keys]
        self._newest = ring[-1]
        self.newest_id = self._newest.thumbprint()
        # The public halves, as base64url, by the keys' ids.
        self.public_keys: dict[str, str] = {each.thumbprint(): str(each.as_dict(private=False)["x"]) for each in ring}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return the compact serialization of `claims`, signed by the newest key."""
        return jws.serialize_compact(
            _header(self.newest_id), orjson.dumps(claims), self._newest, registry=self._registry
        )


class PublicKeys:
    """The public halves of keys that sign, or have signed, by their ids."""

    def __init__(self, public_keys: Mapping[str, str]) -> None:
        self._registry = jws.JWSRegistry(algorithms=[ALGORITHM])
        self._keys = {kid: OKPKey.import_key(_document(x)) for kid, x in public_keys.items()}

    def read(self, statement: str) -> dict[str, Any]:
        """Return the claims of a compact serialization that one of the keys has signed.

        Raises:
            NotSigned: it is anything else; why is nobody's business.
        """
        try:
            return self._read(statement)
        # A header may be nested deeper than the standard parser goes.
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise NotSigned from None

    def _read(self, statement: str) -> dict[str, Any]:
        if len(statement) > LONGEST:
            raise NotSigned
        encoded = statement.encode("ascii")
        unchecked = jws.extract_compact(encoded, registry=self._registry)
        header = unchecked.headers()
        # Whatever else a header may ask for (`crit`, `jwk`, `jku`) is not ours.
        if header.keys() != _HEADER_MEMBERS or not isinstance(header["kid"], str):
            raise NotSigned
        key = self._keys[header["kid"]]
        found = jws.deserialize_compact(encoded, key, registry=self._registry)
        claims = orjson.loads(found.payload)
        if not isinstance(claims, dict):
            raise NotSigned
        return claims


def key_set(public_keys: Mapping[str, str]) -> dict[str, list[dict[str, str | list[str]]]]:
    """Return the JWK set (RFC 7517 §5) of public keys, by their ids."""
    return {"keys": [_document(x) | {"kid": kid, "use": "sig", "alg": ALGORITHM} for kid, x in public_keys.items()]}


def opening(kid: str) -> str:
    """Return what every statement of a key begins with, up to its first dot."""
    return json_b64encode(_header(kid)).decode()


def _header(kid: str) -> dict[str, Any]:
    return {"alg": ALGORITHM, "kid": kid}


def _derive(secret: str, purpose: str) -> OKPKey:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"vitrail signing/" + purpose.encode())
    private = Ed25519PrivateKey.from_private_bytes(derived.derive(secret.encode()))
    public = urlsafe_b64encode(private.public_key().public_bytes_raw()).decode()
    return OKPKey.import_key(_document(public) | {"d": urlsafe_b64encode(private.private_bytes_raw()).decode()})


def _document(x: str) -> dict[str, str | list[str]]:
    return {"kty": "OKP", "crv": "Ed25519", "x": x}
