from collections.abc import Callable
from ipaddress import ip_network

import pytest

from gateway.errors import NetworkNotAllowed
from gateway.networks import NetworkPolicy
from tests.gateway.conftest import TOKEN, Door, FakeService

SCHOOLS = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
GUESTS = (ip_network("10.9.0.0/16"),)
EVERYBODY = "192.0.2.1"


@pytest.mark.requirement("ID-30")
@pytest.mark.parametrize(
    ("allowed", "refused", "address"),
    [
        ((), (), EVERYBODY),
        (SCHOOLS, (), "10.1.2.3"),
        (SCHOOLS, (), "2001:db8:1::5"),
        (SCHOOLS, GUESTS, "10.1.2.3"),
        ((), GUESTS, EVERYBODY),
        (SCHOOLS, (), "::ffff:10.1.2.3"),
    ],
)
def test_require_allowed_lets_in_whom_the_policy_lets_in(allowed: tuple, refused: tuple, address: str) -> None:
    NetworkPolicy(allowed=allowed, refused=refused).require_allowed(address)


@pytest.mark.requirement("ID-30")
@pytest.mark.parametrize(
    ("allowed", "refused", "address"),
    [
        (SCHOOLS, (), EVERYBODY),
        (SCHOOLS, GUESTS, "10.9.0.1"),
        ((), GUESTS, "10.9.0.1"),
        ((), GUESTS, "::ffff:10.9.0.1"),
        (SCHOOLS, (), ""),
    ],
)
def test_require_allowed_refuses_everybody_else(allowed: tuple, refused: tuple, address: str) -> None:
    with pytest.raises(NetworkNotAllowed):
        NetworkPolicy(allowed=allowed, refused=refused).require_allowed(address)


@pytest.mark.requirement("ID-30", "ACC-15")
@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("fr", "Le réseau informatique utilisé ne vous permet pas d’accéder au portail"),
        ("en", "The network that you are using does not let you reach the portal"),
    ],
)
def test_a_refused_network_gets_a_message_and_a_code(
    make_door: Callable[..., Door], identity: FakeService, enrollment: FakeService, language: str, title: str
) -> None:
    door = make_door(refused_networks=(ip_network("127.0.0.0/8"),))
    for path in ("/api/v1/session", "/api/v1/organisations", "/", "/nowhere"):
        reply = door.get(path, Authorization=f"Bearer {TOKEN}", Accept_Language=language)
        assert (reply.status, reply.code, reply.json()["title"]) == (403, "network_not_allowed", title)
        assert "messageErreur" not in reply.body.decode()
    assert (identity.seen, enrollment.seen, identity.introspections) == ([], [], [])


@pytest.mark.requirement("ID-30")
def test_a_refused_network_can_read_why_and_the_platform_can_ask_how_we_are(make_door: Callable[..., Door]) -> None:
    door = make_door(allowed_networks=(ip_network("192.0.2.0/24"),))
    problem = door.get("/api/v1/organisations").json()
    assert [door.get(path).status for path in (problem["type"], "/livez", "/readyz")] == [200, 200, 200]


@pytest.mark.requirement("ID-30", "GWY-1")
def test_the_network_is_that_of_the_client_and_not_what_it_says(make_door: Callable[..., Door]) -> None:
    refused = {"refused_networks": (ip_network("198.51.100.0/24"),)}
    behind_a_proxy, alone = make_door(**refused, trusted_hops=1), make_door(**refused)
    forwarded = {"X_Forwarded_For": "192.0.2.1, 198.51.100.7"}
    assert behind_a_proxy.get("/api/v1/organisations", **forwarded).status == 403
    assert alone.get("/api/v1/organisations", **forwarded).status == 200
