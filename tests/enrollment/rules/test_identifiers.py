import pytest
from hypothesis import given, strategies as st

from services.enrollment.rules import identifiers


@pytest.mark.requirement("EN-11")
@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("1234567", "file_number", "1234567"),
        ("0000001", "file_number", "0000001"),
        (" 1234567 ", "file_number", "1234567"),
        ("1234567\u00a0", "file_number", "1234567"),
        ("123 4567", "file_number", "1234567"),
        ("\uff11\uff12\uff13\uff14\uff15\uff16\uff17", "file_number", "1234567"),
        ("TREZ71531101", "permanent_code", "TREZ71531101"),
        ("trez71531101", "permanent_code", "TREZ71531101"),
        ("TREZ 7153 1101", "permanent_code", "TREZ71531101"),
        ("TREZ-7153-1101", "permanent_code", "TREZ71531101"),
        ("\tTrez71531101\n", "permanent_code", "TREZ71531101"),
    ],
)
def test_parse_tells_the_two_numbers_apart(typed: str, kind: str, value: str) -> None:
    assert identifiers.parse(typed) == identifiers.Identifier(kind=kind, value=value)  # type: ignore[arg-type]


@pytest.mark.requirement("CHD-10", "EN-11")
@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "123456", "12345678", "12345a7", "1234.567", "+1234567", "-", "null", "1e6"),
        *("TRE71531101", "TREZZ1531101", "TREZ7153110", "TREZ715311011", "TRÉZ71531101", "71531101TREZ"),
        *("\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "ſREZ71531101x", "TREZ7153110O", "1234567;", "%"),
    ],
)
def test_parse_refuses_every_other_form(typed: str) -> None:
    assert identifiers.parse(typed) is None


@given(st.text(max_size=40))
def test_parse_never_fails(typed: str) -> None:
    parsed = identifiers.parse(typed)
    assert parsed is None or len(parsed.value) in (7, 12)


def test_an_identifier_does_not_print_its_value() -> None:
    assert "1234567" not in repr(identifiers.parse("1234567"))
