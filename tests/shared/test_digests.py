import pytest

from shared.digests import Digester, Seal

OLD, NEW = "o" * 8 + "abcdefghijklmnopqrstuvwxyz", "n" * 8 + "abcdefghijklmnopqrstuvwxyz"


def test_digest_depends_on_every_part_and_its_place() -> None:
    digester = Digester([NEW])
    made = {
        digester.digest("p", "ab", "c"),
        digester.digest("p", "a", "bc"),
        digester.digest("p", "abc"),
        digester.digest("q", "ab", "c"),
        Digester([OLD]).digest("p", "ab", "c"),
    }
    assert len(made) == 5


@pytest.mark.requirement("COD-3")
def test_agrees_accepts_every_key_of_the_ring_and_no_other() -> None:
    stored = Digester([OLD]).digest("p", "x")
    assert Digester([OLD, NEW]).agrees(stored, "p", "x")
    assert not Digester([OLD, NEW]).agrees(stored, "p", "y")
    assert not Digester([NEW]).agrees(stored, "p", "x")


def test_digests_are_newest_first() -> None:
    digester = Digester([OLD, NEW])
    assert digester.digests("p", "x")[0] == digester.digest("p", "x")


def test_seal_opens_what_an_older_key_closed() -> None:
    closed = Seal([OLD]).close("392131")
    assert b"392131" not in closed
    assert Seal([OLD, NEW]).open(closed) == "392131"


def test_seal_refuses_what_was_changed_or_closed_elsewhere() -> None:
    closed = Seal([NEW]).close("x")
    with pytest.raises(ValueError, match="unknown key"):
        Seal([OLD]).open(closed)
    with pytest.raises(ValueError, match="unknown key"):
        Seal([NEW]).open(closed[:-2] + b"AA")
