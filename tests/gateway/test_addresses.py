from ipaddress import ip_network

import pytest
from hypothesis import given, strategies as st

from gateway import addresses

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda ip: ip.ipv4_mapped is None)).map(str)
# What a stranger may write into the header before our proxies append to it.
FORGED = st.lists(
    st.one_of(ADDRESSES, st.text(st.characters(codec="ascii", exclude_characters="\r\n\x00"), max_size=20)), max_size=4
)


@pytest.mark.requirement("GWY-1")
@given(forged=FORGED, client=ADDRESSES, proxies=st.lists(ADDRESSES, min_size=1, max_size=4))
def test_client_address_is_what_our_outermost_proxy_saw_whatever_is_forged(
    forged: list[str], client: str, proxies: list[str]
) -> None:
    *appended, peer = proxies
    header = ", ".join([*forged, client, *appended])

    found = addresses.client_address(peer, (header,), trusted_hops=len(proxies))

    assert found == client


@pytest.mark.requirement("GWY-1")
@given(forged=FORGED, peer=ADDRESSES)
def test_client_address_is_the_peer_without_trusted_hops(forged: list[str], peer: str) -> None:
    assert addresses.client_address(peer, tuple(forged), trusted_hops=0) == peer


@pytest.mark.requirement("GWY-1")
@pytest.mark.parametrize("header", [(), ("203.0.113.9",), ("nonsense, 203.0.113.9",), ("", "203.0.113.9")])
def test_client_address_is_the_peer_when_somebody_came_around_the_proxies(header: tuple[str, ...]) -> None:
    assert addresses.client_address("198.51.100.1", header, trusted_hops=2) == "198.51.100.1"


@pytest.mark.requirement("GWY-1")
def test_client_address_reads_repeated_headers_as_one_list() -> None:
    lines = ("203.0.113.9", "192.0.2.7", "10.0.0.1")

    assert addresses.client_address("10.0.0.2", lines, trusted_hops=2) == "192.0.2.7"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_client_address_reads_every_spelling(written: str, read: str) -> None:
    assert addresses.client_address("10.0.0.2", (written,), trusted_hops=1) == read


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
    ],
)
def test_counting_key_is_what_one_subscriber_has(address: str, key: str) -> None:
    assert addresses.counting_key(address) == key


@pytest.mark.parametrize(
    ("address", "expected"), [("10.1.2.3", True), ("11.1.2.3", False), ("2001:db8::1", True), ("", False)]
)
def test_is_within_compares_with_every_network(address: str, expected: bool) -> None:
    networks = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))

    assert addresses.is_within(address, networks) is expected
