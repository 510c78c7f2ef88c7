from datetime import UTC, datetime

import pytest

from services.records.rules import signatures
from services.records.rules.publication import DRAFT, PUBLISHED
from services.records.rules.signatures import GENUINE, NOT_GENUINE, REPLACED, WITHDRAWN, Said

AT = datetime(2027, 3, 12, 16, tzinfo=UTC)
SALT = bytes(16)
FILE = "ab" * 32
SAID = Said(
    id="01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa",
    kind="result",
    organisation_code="762000",
    revision=3,
    salt=SALT,
    content='{"mark":"82","student":{"first_name":"Élodie"}}',
)


def test_claims_name_the_entry_its_revision_and_nothing_of_its_content() -> None:
    claims = signatures.claims(SAID, issuer="https://portail.example", at=AT)
    assert {name: value for name, value in claims.items() if name != "dig"} == {
        "iss": "https://portail.example",
        "jti": SAID.id,
        "rev": 3,
        "kind": "result",
        "org": "762000",
        "iat": 1_804_867_200,
    }


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"salt": bytes(15) + b"\x01"}, "another salt"),
        ({"content": '{"mark":"83","student":{"first_name":"Élodie"}}'}, "another mark"),
        ({"content": ""}, "no content"),
        ({"document_digest": FILE}, "a file beside it"),
    ],
)
def test_digest_differs_by_whatever_changes(changed: dict[str, object], what: str) -> None:
    given = {"salt": SALT, "content": SAID.content, "document_digest": None}
    assert signatures.digest(**given) != signatures.digest(**(given | changed)), what  # type: ignore[arg-type]


def test_digest_is_a_salted_sha_256_in_base64url() -> None:
    # As `printf` and `openssl dgst -sha256 -binary` make it.
    assert signatures.digest(SALT, content="", document_digest=None) == "SJ8yUB1vmRM59pJxRr5X-fqk8Yer39NPXApjj3qjDlE"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, GENUINE),
        ({"signed_revision": 1}, REPLACED),
        ({"was_visible": False}, GENUINE),
        ({"was_visible": False, "signed_revision": 1}, NOT_GENUINE),
        ({"is_visible": False}, NOT_GENUINE),
        ({"is_visible": False, "was_visible": False}, NOT_GENUINE),
        ({"is_visible": False, "state": DRAFT}, NOT_GENUINE),
        ({"is_visible": False, "state": "withdrawn"}, WITHDRAWN),
        ({"is_visible": False, "state": "withdrawn", "signed_revision": 1}, WITHDRAWN),
        ({"is_visible": False, "state": "withdrawn", "was_visible": False}, NOT_GENUINE),
    ],
)
def test_status_follows_the_entry_as_it_stands(facts: dict[str, object], expected: str) -> None:
    given = {"signed_revision": 2, "revision": 2, "state": PUBLISHED, "is_visible": True, "was_visible": True}
    assert signatures.status(**(given | facts)) == expected  # type: ignore[arg-type]
