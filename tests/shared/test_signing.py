import base64
import warnings
from collections.abc import Callable

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from shared.signing import LONGEST, NotSigned, PublicKeys, SigningKeys, key_set

OLD = "an old secret of a ring, long enough 01"
NEW = "a new secret of a ring, long enough 002"
CLAIMS = {"iss": "https://portail.example", "jti": "0193", "rev": 1}
KEYS = SigningKeys([OLD, NEW], purpose="tests")
STRANGERS = SigningKeys(["a stranger's secret, long enough 00003"], purpose="tests")
STATEMENT = KEYS.sign(CLAIMS)
HEADER, PAYLOAD, SIGNATURE = STATEMENT.split(".")


def encoded(value: object) -> str:
    content = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed_with_header(header: dict[str, object]) -> str:
    """Return our claims under another header, with a signature of our own newest key that is right for it."""
    parts = f"{encoded(header)}.{PAYLOAD}"
    private = SigningKeys([NEW], purpose="tests")._newest.raw_value
    assert isinstance(private, Ed25519PrivateKey)
    return f"{parts}.{encoded(private.sign(parts.encode()))}"


def signed_by_the_public_key() -> str:
    """Return our claims under HS256 with the public key as its secret: the oldest trick with JWS."""
    secret = base64.urlsafe_b64decode(KEYS.public_keys[KEYS.newest_id] + "=")
    header = {"alg": "HS256", "kid": KEYS.newest_id}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return jws.serialize_compact(header, orjson.dumps(CLAIMS), OctKey.import_key(secret), algorithms=["HS256"])


def flipped(text: str, position: int) -> str:
    other = "A" if text[position] != "A" else "B"
    return text[:position] + other + text[position + 1 :]


def respelled(text: str) -> str:
    """Return `text` with another last character that decodes to the same bytes: its unused bits are set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


KID = KEYS.newest_id
MUTATIONS: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "a word": lambda: "genuine",
    "two parts": lambda: f"{HEADER}.{PAYLOAD}",
    "four parts": lambda: f"{STATEMENT}.{SIGNATURE}",
    "dots": lambda: "..",
    "no signature": lambda: f"{HEADER}.{PAYLOAD}.",
    "alg none": lambda: f"{encoded({'alg': 'none', 'kid': KID})}.{PAYLOAD}.",
    "alg None": lambda: f"{encoded({'alg': 'None', 'kid': KID})}.{PAYLOAD}.{SIGNATURE}",
    "alg HS256 by the public key": signed_by_the_public_key,
    "alg EdDSA": lambda: signed_with_header({"alg": "EdDSA", "kid": KID}),
    "alg Ed448": lambda: signed_with_header({"alg": "Ed448", "kid": KID}),
    "no alg": lambda: signed_with_header({"kid": KID}),
    "no kid": lambda: signed_with_header({"alg": "Ed25519"}),
    "kid that is a list": lambda: signed_with_header({"alg": "Ed25519", "kid": [KID]}),
    "kid of our older key": lambda: signed_with_header({"alg": "Ed25519", "kid": next(iter(KEYS.public_keys))}),
    "kid of nobody": lambda: signed_with_header({"alg": "Ed25519", "kid": "nobody"}),
    "crit": lambda: signed_with_header({"alg": "Ed25519", "kid": KID, "crit": ["b64"], "b64": False}),
    "jwk": lambda: signed_with_header({"alg": "Ed25519", "kid": KID, "jwk": {"kty": "OKP"}}),
    "jku": lambda: signed_with_header({"alg": "Ed25519", "kid": KID, "jku": "https://elsewhere.example/keys"}),
    "a stranger's": lambda: STRANGERS.sign(CLAIMS),
    "a stranger's under our kid": lambda: f"{HEADER}.{PAYLOAD}.{STRANGERS.sign(CLAIMS).split('.')[2]}",
    "the same secret for another purpose": lambda: SigningKeys([NEW], purpose="other").sign(CLAIMS),
    "another payload": lambda: f"{HEADER}.{encoded(CLAIMS | {'rev': 2})}.{SIGNATURE}",
    "the same payload spelled otherwise": lambda: f"{HEADER}.{encoded(orjson.dumps(CLAIMS) + b' ')}.{SIGNATURE}",
    "the signature of another statement": lambda: f"{HEADER}.{PAYLOAD}.{KEYS.sign({}).split('.')[2]}",
    "a flipped header": lambda: flipped(STATEMENT, 3),
    "a flipped payload": lambda: flipped(STATEMENT, len(HEADER) + 5),
    "a flipped signature": lambda: flipped(STATEMENT, len(STATEMENT) - 30),
    "a signature spelled otherwise": lambda: respelled(STATEMENT),
    "cut": lambda: STATEMENT[:-1],
    "cut by four": lambda: STATEMENT[:-4],
    "longer": lambda: STATEMENT + "A",
    "padded": lambda: STATEMENT + "==",
    "with a blank": lambda: STATEMENT + " ",
    "with a line's end": lambda: STATEMENT + "\n",
    "with the standard alphabet": lambda: f"{HEADER}.{PAYLOAD}.{'+/' + SIGNATURE[2:]}",
    "accented": lambda: "é" + STATEMENT,
    "a header that is a list": lambda: f"{encoded([])}.{PAYLOAD}.{SIGNATURE}",
    "a header that is no JSON": lambda: f"{encoded(b'{')}.{PAYLOAD}.{SIGNATURE}",
    "a header nested too deep": lambda: f"{encoded(b'[' * 1200)}.{PAYLOAD}.{SIGNATURE}",
    "a header that is no UTF-8": lambda: f"{encoded(bytes([0xFF]))}.{PAYLOAD}.{SIGNATURE}",
    "too long": lambda: STATEMENT + "A" * LONGEST,
}


def test_read_returns_what_was_signed() -> None:
    assert PublicKeys(KEYS.public_keys).read(STATEMENT) == CLAIMS


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=[*MUTATIONS])
def test_read_refuses_every_mutation(mutation: Callable[[], str]) -> None:
    with pytest.raises(NotSigned):
        PublicKeys(KEYS.public_keys).read(mutation())


def test_read_refuses_what_changes_any_one_character() -> None:
    public = PublicKeys(KEYS.public_keys)
    accepted = []
    for position, character in enumerate(STATEMENT):
        try:
            public.read(flipped(STATEMENT, position))
            accepted.append((position, character))
        except NotSigned:
            pass
    assert accepted == []


def test_read_refuses_claims_that_are_no_object() -> None:
    statement = KEYS.sign([])  # type: ignore[arg-type]
    with pytest.raises(NotSigned):
        PublicKeys(KEYS.public_keys).read(statement)


def test_sign_uses_the_newest_key_of_the_ring() -> None:
    assert orjson.loads(base64.urlsafe_b64decode(HEADER + "==")) == {
        "alg": "Ed25519",
        "kid": SigningKeys([NEW], purpose="tests").newest_id,
    }


def test_read_accepts_an_older_key_while_its_public_half_is_kept() -> None:
    older = SigningKeys([OLD], purpose="tests")
    statement = older.sign(CLAIMS)
    assert PublicKeys(KEYS.public_keys).read(statement) == CLAIMS
    assert PublicKeys(SigningKeys([NEW], purpose="tests").public_keys | older.public_keys).read(statement) == CLAIMS
    with pytest.raises(NotSigned):
        PublicKeys(SigningKeys([NEW], purpose="tests").public_keys).read(statement)


def test_key_set_names_each_key_by_its_thumbprint_and_holds_no_private_half() -> None:
    documents = key_set(KEYS.public_keys)["keys"]
    assert [each["kid"] for each in documents] == [OKPKey.import_key(each).thumbprint() for each in documents]
    assert [sorted(each) for each in documents] == [["alg", "crv", "kid", "kty", "use", "x"]] * 2


def test_statement_is_checked_by_another_implementation_of_ed25519() -> None:
    x = next(each["x"] for each in key_set(KEYS.public_keys)["keys"] if each["kid"] == KEYS.newest_id)
    signature = base64.urlsafe_b64decode(SIGNATURE + "==")
    Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=")).verify(
        signature, f"{HEADER}.{PAYLOAD}".encode()
    )
