import base64

import pytest

from services.identity.rules import client_credentials, scopes
from services.identity.rules.client_credentials import Malformed, TokenRequest

GRANT = {"grant_type": ["client_credentials"]}
CLIENT = {"client_id": ["c1"], "client_secret": ["s1"]}


def basic(pair: str | bytes) -> str:
    content = pair if isinstance(pair, bytes) else pair.encode()
    return "Basic " + base64.b64encode(content).decode()


def test_read_takes_the_client_from_the_header() -> None:
    asked = client_credentials.read({**GRANT, "scope": ["claims.read"]}, authorization=basic("c1:s1"))
    assert asked == TokenRequest(
        grant_type="client_credentials", scope="claims.read", client_id="c1", client_secret="s1"
    )


def test_read_takes_the_client_from_the_form() -> None:
    asked = client_credentials.read({**GRANT, **CLIENT}, authorization=None)
    assert (asked.client_id, asked.client_secret) == ("c1", "s1")


@pytest.mark.parametrize(
    ("pair", "client_id", "client_secret"),
    [
        # RFC 6749 §2.3.1: both are encoded as a form's values are.
        ("client%3A1:secret%2B%25+x", "client:1", "secret+% x"),
        ("c%C3%A9:s:t:u", "cé", "s:t:u"),
        ("c1:", "c1", ""),
        (":s1", "", "s1"),
        ("c%:s%zz", "c%", "s%zz"),
    ],
)
def test_read_decodes_both_parts_of_the_header(pair: str, client_id: str, client_secret: str) -> None:
    asked = client_credentials.read(GRANT, authorization=basic(pair))
    assert (asked.client_id, asked.client_secret) == (client_id, client_secret)


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_read_knows_the_scheme_in_any_case(scheme: str) -> None:
    given = basic("c1:s1").replace("Basic", scheme)
    assert client_credentials.read(GRANT, authorization=given).client_id == "c1"


@pytest.mark.parametrize(
    ("form", "authorization"),
    [
        ({}, basic("c1:s1")),
        ({"grant_type": [""]}, basic("c1:s1")),
        ({"grant_type": ["client_credentials", "client_credentials"]}, basic("c1:s1")),
        ({**GRANT, "scope": ["a", "b"]}, basic("c1:s1")),
        ({**GRANT, "anything": ["a", "b"]}, basic("c1:s1")),
        ({**GRANT, **CLIENT}, basic("c1:s1")),
        ({**GRANT, "client_id": ["c2"]}, basic("c1:s1")),
        (GRANT, "Bearer token"),
        (GRANT, "Basic"),
        (GRANT, "Basic %%%"),
        (GRANT, basic("no colon")),
        (GRANT, basic(b"\xff\xfe:s1")),
        (GRANT, "Basic é"),
    ],
)
def test_read_refuses_what_the_rfc_does_not_describe(form: dict[str, list[str]], authorization: str) -> None:
    with pytest.raises(Malformed):
        client_credentials.read(form, authorization=authorization)


def test_read_lets_a_client_name_itself_twice_and_ignores_what_nobody_knows() -> None:
    form = {**GRANT, "client_id": ["c1"], "client_secret": [""], "audience": ["x"], "scope": [""]}
    asked = client_credentials.read(form, authorization=basic("c1:s1"))
    assert asked == TokenRequest(grant_type="client_credentials", scope="", client_id="c1", client_secret="s1")


def test_a_request_is_printed_without_its_secret() -> None:
    asked = client_credentials.read({**GRANT, "client_id": ["c1"], "client_secret": ["hidden"]}, authorization=None)
    assert "hidden" not in repr(asked)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("", ("claims.read", "pins.write")),
        ("claims.read", ("claims.read",)),
        ("pins.write claims.read", ("claims.read", "pins.write")),
        ("claims.read claims.read", ("claims.read",)),
        ("claims.write", None),
        ("claims.read registry.write", None),
        ("claims.read  pins.write", None),
        (" claims.read", None),
        ("claims.read\tpins.write", None),
        ("CLAIMS.READ", None),
    ],
)
def test_granted_is_what_was_asked_for_out_of_what_is_held(asked: str, granted: tuple[str, ...] | None) -> None:
    assert scopes.granted(asked, held=["pins.write", "claims.read"]) == granted


def test_unknown_names_what_is_no_scope() -> None:
    assert scopes.unknown(["claims.read", "x", "b", "x"]) == ["b", "x"]
    assert scopes.unknown(scopes.SCOPES) == []


def test_every_scope_is_explained_in_both_languages_and_fits_into_its_column() -> None:
    assert all(text.count(" | ") == 1 for text in scopes.SCOPES.values())
    assert len(scopes.joined(scopes.SCOPES)) <= 1000
    assert scopes.joined(["pins.write", "claims.read", "claims.read"]) == "claims.read pins.write"


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("712000", True),
        ("71200", False),
        ("7120000", False),
        ("71200a", False),
        ("７１２０００", False),
        ("712000\n", False),
    ],
)
def test_an_organisation_code_has_six_digits(code: str, is_one: bool) -> None:
    assert client_credentials.is_organisation_code(code) is is_one


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("GPI", True), ("Mozaïk – transport", True), ("", False), (" ", False), ("a\nb", False), ("x" * 101, False)],
)
def test_a_name_can_be_read_in_a_list(name: str, is_one: bool) -> None:
    assert client_credentials.is_name(name) is is_one
