import ipaddress

import pytest

from services.enrollment.rules import addresses


@pytest.mark.requirement("CHD-7")
@pytest.mark.parametrize(
    ("address", "asker"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", addresses.UNKNOWN),
        ("192.0.2.7, 10.0.0.1", addresses.UNKNOWN),
    ],
)
def test_asker_is_an_address_or_a_household(address: str, asker: str) -> None:
    assert addresses.asker(address) == asker


def test_is_within_knows_the_networks_that_many_share() -> None:
    networks = (ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("2001:db8::/32"))
    assert addresses.is_within("10.20.30.40", networks)
    assert addresses.is_within("::ffff:10.20.30.40", networks)
    assert addresses.is_within("2001:db8:1::1", networks)
    assert not addresses.is_within("10.21.0.1", networks)
    assert not addresses.is_within("nowhere", networks)


@pytest.mark.requirement("CHD-7")
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("nobody", addresses.UNKNOWN),
    ],
)
def test_around_takes_the_addresses_beside_one(address: str, expected: str) -> None:
    assert addresses.around(address) == expected
