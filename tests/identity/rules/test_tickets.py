from datetime import UTC, datetime, timedelta

import pytest

from services.identity.rules.tickets import Device, DeviceTokens, Ticket, Tickets
from tests.identity.world import key

NOW = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
TICKET = Ticket("0f0e0d0c-0b0a-4909-8807-060504030201", "account_creation")
DEVICE = Device("device", "account")
LIFETIME = timedelta(days=180)


@pytest.mark.requirement("COD-16")
def test_open_returns_what_was_signed() -> None:
    assert Tickets(key("ticket")).open(Tickets(key("ticket")).sign(TICKET)) == TICKET


@pytest.mark.requirement("COD-16")
@pytest.mark.parametrize("text", ["", ".", "a.b", "[]", "x" * 3000, "\x00", "é", "WyJhIl0.AAAA"])
def test_open_refuses_what_nobody_signed(text: str) -> None:
    assert Tickets(key("ticket")).open(text) is None


@pytest.mark.requirement("COD-16")
def test_open_refuses_every_ticket_with_one_character_changed() -> None:
    tickets = Tickets(key("ticket"))
    text = tickets.sign(TICKET)
    # The last character of base64 carries bits that nothing reads.
    changed = [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in range(len(text) - 1)]
    assert [each for each in changed if tickets.open(each) is not None] == []


def test_open_refuses_another_rings_ticket_and_takes_an_older_keys() -> None:
    text = Tickets(key("old")).sign(TICKET)
    assert Tickets((*key("old"), *key("new"))).open(text) == TICKET
    assert Tickets(key("new")).open(text) is None


@pytest.mark.requirement("ACC-5")
def test_a_devices_token_is_no_ticket_and_the_other_way_round() -> None:
    devices = DeviceTokens(key("one"), lifetime=LIFETIME)
    assert Tickets(key("one")).open(devices.sign(DEVICE, at=NOW)) is None
    assert devices.open(Tickets(key("one")).sign(TICKET), at=NOW) is None


@pytest.mark.requirement("ACC-5")
@pytest.mark.parametrize(
    ("age", "is_open"), [(timedelta(0), True), (LIFETIME, True), (LIFETIME + timedelta(seconds=1), False)]
)
def test_a_device_is_known_for_its_lifetime(age: timedelta, is_open: bool) -> None:
    devices = DeviceTokens(key("session"), lifetime=LIFETIME)
    assert (devices.open(devices.sign(DEVICE, at=NOW), at=NOW + age) == DEVICE) is is_open


@pytest.mark.parametrize("text", [None, "", "x", "WyJhIl0.AAAA"])
def test_no_device_is_known_by_what_nobody_signed(text: str | None) -> None:
    assert DeviceTokens(key("session"), lifetime=LIFETIME).open(text, at=NOW) is None
