import pytest

from shared import passports
from shared.passports import Passport, PassportOffice, PassportRefused
from tests.support.passports import school_passport

OLD, NEW = ("old-" + "abcdefghijklmnopqrstuvwxyz0123",), ("new-" + "abcdefghijklmnopqrstuvwxyz0123",)
PARENT = Passport(account_id="a1", email="p@example.com", session_id="s1", roles=("parent",), address="192.0.2.1")
SYSTEM = school_passport("claims.read", "pins.write")


@pytest.mark.requirement("S2S-1")
def test_open_gives_back_what_was_signed() -> None:
    office = PassportOffice("enrollment", NEW)
    assert office.open(office.sign(PARENT)) == PARENT


@pytest.mark.requirement("S2S-1")
def test_open_gives_back_what_a_school_s_client_may() -> None:
    office = PassportOffice("enrollment", NEW)
    assert office.open(office.sign(SYSTEM)) == SYSTEM


@pytest.mark.requirement("S2S-1")
def test_open_refuses_a_passport_for_another_audience() -> None:
    with pytest.raises(PassportRefused):
        PassportOffice("identity", NEW).open(PassportOffice("enrollment", NEW).sign(PARENT))


@pytest.mark.requirement("S2S-1")
@pytest.mark.parametrize("position", range(0, 100, 5))
def test_open_refuses_a_changed_passport(position: int) -> None:
    office = PassportOffice("enrollment", NEW)
    signed = office.sign(PARENT)
    changed = signed[:position] + ("A" if signed[position] != "A" else "B") + signed[position + 1 :]
    with pytest.raises(PassportRefused):
        office.open(changed)


@pytest.mark.parametrize("missing", [None, "", "x", "x.y.z"])
def test_open_refuses_what_is_no_passport(missing: str | None) -> None:
    with pytest.raises(PassportRefused):
        PassportOffice("enrollment", NEW).open(missing)


@pytest.mark.requirement("S2S-7")
def test_open_refuses_a_passport_older_than_its_lifetime(monkeypatch: pytest.MonkeyPatch) -> None:
    office = PassportOffice("enrollment", NEW)
    signed = office.sign(PARENT)
    monkeypatch.setattr(passports, "LIFETIME_S", -passports.SKEW_S - 1)
    with pytest.raises(PassportRefused):
        office.open(signed)


def test_open_accepts_an_older_key_while_it_is_in_the_ring() -> None:
    signed = PassportOffice("enrollment", OLD).sign(PARENT)
    assert PassportOffice("enrollment", OLD + NEW).open(signed) == PARENT
    with pytest.raises(PassportRefused):
        PassportOffice("enrollment", NEW).open(signed)
