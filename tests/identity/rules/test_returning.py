import pytest

from services.identity.rules import returning


@pytest.mark.requirement("OID-8")
@pytest.mark.parametrize(
    "path", ["/", "/enfants", "/enfants?a=1&b=2", "/a/b-c_d~e", "/%C3%A9cole", "/?q=//x", "/a?x=%2f%2f"]
)
def test_is_inside_lets_pages_of_ours_through(path: str) -> None:
    assert returning.is_inside(path)


@pytest.mark.requirement("OID-8")
@pytest.mark.parametrize(
    "path",
    [
        "",
        "enfants",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "https://evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "/\n/evil",
        "/\r\nSet-Cookie: a=b",
        " /",
        "/ evil",
        "/%09/evil",
        "/%5cevil",
        "/%2fevil",
        "/%2Fevil",
        "/%252fevil",
        "/%25252fevil",
        "/%00",
        "/a#b",
        "/é",
        "/\u2044evil",
        "/" + "a" * 600,
    ],
)
def test_is_inside_lets_nothing_else_through(path: str) -> None:
    assert not returning.is_inside(path)


def test_with_hint_keeps_what_the_address_asks_for() -> None:
    assert returning.with_hint("/", "account_exists") == "/?social=account_exists"
    assert returning.with_hint("/a?b=1", "account_exists") == "/a?b=1&social=account_exists"
