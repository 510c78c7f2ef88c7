import base64

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.jwk import OKPKey

from shared.signing import LONGEST, NotSigned, PublicKeys, SigningKeys, key_set
from tests.support import forged_statements

OLD = "an old secret of a ring, long enough 01"
NEW = "a new secret of a ring, long enough 002"
CLAIMS = {"iss": "https://portail.example", "jti": "0193", "rev": 1}
KEYS = SigningKeys([OLD, NEW], purpose="tests")
STRANGERS = SigningKeys(["a stranger's secret, long enough 00003"], purpose="tests")
STATEMENT = KEYS.sign(CLAIMS)
HEADER, PAYLOAD, SIGNATURE = STATEMENT.split(".")


FORGED = forged_statements.of(KEYS, CLAIMS)


def test_read_returns_what_was_signed() -> None:
    assert PublicKeys(KEYS.public_keys).read(STATEMENT) == CLAIMS


@pytest.mark.parametrize("statement", FORGED.values(), ids=[*FORGED])
def test_read_refuses_whatever_was_tampered_with(statement: str) -> None:
    with pytest.raises(NotSigned):
        PublicKeys(KEYS.public_keys).read(statement)


def test_read_refuses_the_same_secret_for_another_purpose() -> None:
    with pytest.raises(NotSigned):
        PublicKeys(KEYS.public_keys).read(SigningKeys([NEW], purpose="other").sign(CLAIMS))


def test_read_refuses_what_changes_any_one_character() -> None:
    public = PublicKeys(KEYS.public_keys)
    accepted = []
    for position, character in enumerate(STATEMENT):
        try:
            public.read(forged_statements.flipped(STATEMENT, position))
            accepted.append((position, character))
        except NotSigned:
            pass
    assert accepted == []


def test_read_refuses_claims_that_are_no_object() -> None:
    statement = KEYS.sign([])  # type: ignore[arg-type]
    with pytest.raises(NotSigned):
        PublicKeys(KEYS.public_keys).read(statement)


def test_read_looks_at_nothing_that_is_longer_than_a_statement_of_ours() -> None:
    with pytest.raises(NotSigned):
        PublicKeys(KEYS.public_keys).read(KEYS.sign({"said": "x" * LONGEST}))


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
