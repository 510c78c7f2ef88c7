from ipaddress import ip_network

import pytest

from services.identity.rules import addresses


@pytest.mark.requirement("COD-15")
@pytest.mark.parametrize(
    ("address", "caller", "neighborhood"),
    [
        ("192.0.2.7", "192.0.2.7/32", "192.0.2.0/24"),
        ("192.0.2.255", "192.0.2.255/32", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7/32", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:2ff::/64", "2001:db8:1:200::/56"),
        ("", addresses.UNKNOWN, addresses.UNKNOWN),
        ("not an address", addresses.UNKNOWN, addresses.UNKNOWN),
    ],
)
def test_callers_and_neighborhoods_are_ranges(address: str, caller: str, neighborhood: str) -> None:
    assert (addresses.caller(address), addresses.neighborhood(address)) == (caller, neighborhood)


@pytest.mark.parametrize(
    ("address", "is_within"),
    [("10.1.2.3", True), ("11.1.2.3", False), ("::1", True), ("::2", False), ("::ffff:10.1.2.3", True), ("", False)],
)
def test_is_within_looks_into_networks_of_both_kinds(address: str, is_within: bool) -> None:
    assert addresses.is_within(address, (ip_network("10.0.0.0/8"), ip_network("::1/128"))) is is_within
