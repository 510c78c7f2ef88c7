import pytest
from hypothesis import given, strategies as st

from services.enrollment.rules import emails


@pytest.mark.requirement("EN-12", "ID-06")
@pytest.mark.parametrize(
    ("proven", "on_file"),
    [
        ("julie.cote@exemple.ca", "Julie.Cote@Exemple.CA"),
        ("julie@exemple.ca", " julie@exemple.ca "),
        ("julie@exemple.ca", "julie@exemple.ca."),
        ("zoé@exemple.ca", "zoe\u0301@exemple.ca"),
        ("julie@école.ca", "julie@xn--cole-9oa.ca"),
        ("JULIE@ÉCOLE.ca", "julie@école.ca"),
        ("julie@exemple.ca", "julie\uff20exemple.ca"),
    ],
)
def test_key_is_one_for_one_mailbox(proven: str, on_file: str) -> None:
    assert emails.key(proven) == emails.key(on_file) != ""


@pytest.mark.parametrize(
    ("proven", "on_file"),
    [
        ("julie@exemple.ca", "julie+ecole@exemple.ca"),
        ("julie.cote@exemple.ca", "juliecote@exemple.ca"),
        ("zoe@exemple.ca", "zoé@exemple.ca"),
        ("julie@exemple.ca", "julie@exemple.com"),
        ("julie@exemple.ca", "julie@mail.exemple.ca"),
    ],
)
def test_key_keeps_two_mailboxes_apart(proven: str, on_file: str) -> None:
    assert emails.key(proven) != emails.key(on_file)


@pytest.mark.parametrize("text", ["", "julie", "@exemple.ca", "julie@", "julie@" + "é" * 70 + ".ca"])
def test_key_of_what_is_no_address_is_empty(text: str) -> None:
    assert emails.key(text) == ""


@given(st.text(max_size=40))
def test_key_never_fails(text: str) -> None:
    assert emails.key(text + "@exemple.ca") is not None
    assert emails.key("julie@" + text) is not None
