"""Statements that somebody has tampered with: none of them is one that our keys have signed."""

import base64
import warnings
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OctKey

from shared.signing import LONGEST, SigningKeys

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def of(keys: SigningKeys, claims: Mapping[str, Any]) -> dict[str, str]:
    """Return what may be made of a statement of `claims` by whoever holds it, by what was done to it.

    What only the holder of the key could make is among them: a header that asks for something else is not ours either.
    """
    statement = keys.sign(claims)
    header, payload, signature = statement.split(".")
    kid = keys.newest_id
    strangers = SigningKeys(["a stranger's secret, long enough 00003"], purpose="tests")

    def headed(asked: object) -> str:
        return f"{encoded(asked)}.{payload}.{signature}"

    def signed(**asked: Any) -> str:
        parts = f"{encoded(asked)}.{payload}"
        private = keys._newest.raw_value
        assert isinstance(private, Ed25519PrivateKey)
        return f"{parts}.{encoded(private.sign(parts.encode()))}"

    return {
        "nothing": "",
        "a word": "genuine",
        "two parts": f"{header}.{payload}",
        "four parts": f"{statement}.{signature}",
        "dots": "..",
        "no signature": f"{header}.{payload}.",
        "alg none": f"{encoded({'alg': 'none', 'kid': kid})}.{payload}.",
        "alg None": headed({"alg": "None", "kid": kid}),
        "alg HS256 by the public key": _signed_by_the_public_key(keys, claims),
        "alg EdDSA": signed(alg="EdDSA", kid=kid),
        "alg Ed448": signed(alg="Ed448", kid=kid),
        "no alg": signed(kid=kid),
        "no kid": signed(alg="Ed25519"),
        "kid that is a list": signed(alg="Ed25519", kid=[kid]),
        "kid of nobody": signed(alg="Ed25519", kid="nobody"),
        "crit": signed(alg="Ed25519", kid=kid, crit=["b64"], b64=False),
        "jwk": signed(alg="Ed25519", kid=kid, jwk={"kty": "OKP"}),
        "jku": signed(alg="Ed25519", kid=kid, jku="https://elsewhere.example/keys"),
        "a stranger's": strangers.sign(claims),
        "a stranger's under our kid": f"{header}.{payload}.{strangers.sign(claims).split('.')[2]}",
        "another payload": f"{header}.{encoded({**claims, 'rev': 7})}.{signature}",
        "the same payload spelled otherwise": f"{header}.{encoded(orjson.dumps(claims) + b' ')}.{signature}",
        "the signature of another statement": f"{header}.{payload}.{keys.sign({}).split('.')[2]}",
        "a flipped header": flipped(statement, 3),
        "a flipped payload": flipped(statement, len(header) + 5),
        "a flipped signature": flipped(statement, len(statement) - 30),
        # Its unused bits are set: it decodes to the same bytes.
        "a signature spelled otherwise": statement[:-1] + _ALPHABET[_ALPHABET.index(statement[-1]) + 1],
        "cut": statement[:-1],
        "cut by four": statement[:-4],
        "longer": statement + "A",
        "padded": statement + "==",
        "with a blank inside": f"{header}. {payload}.{signature}",
        "with the standard alphabet": f"{header}.{payload}.{'+/' + signature[2:]}",
        "accented": "é" + statement,
        "a header that is a list": headed([]),
        "a header that is no JSON": headed(b"{"),
        "a header nested too deep": headed(b"[" * 1200),
        "a header that is no UTF-8": headed(bytes([0xFF])),
        "too long": statement + "A" * LONGEST,
    }


def encoded(value: object) -> str:
    """Return JSON, or bytes, in base64url."""
    content = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def flipped(text: str, position: int) -> str:
    """Return a text with another character at a position."""
    other = "A" if text[position] != "A" else "B"
    return text[:position] + other + text[position + 1 :]


def _signed_by_the_public_key(keys: SigningKeys, claims: Mapping[str, Any]) -> str:
    """Return the oldest trick with JWS: HS256 with the public key as its secret."""
    secret = base64.urlsafe_b64decode(keys.public_keys[keys.newest_id] + "=")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header = {"alg": "HS256", "kid": keys.newest_id}
        return jws.serialize_compact(header, orjson.dumps(claims), OctKey.import_key(secret), algorithms=["HS256"])
