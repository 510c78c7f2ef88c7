import asyncio
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from gateway import limits
from gateway.errors import TooManyRequests
from gateway.limits import AddressLimit


class FakeTime:
    """The wall clock that the limits' library reads."""

    def __init__(self) -> None:
        self.value = 1_768_487_400.0

    def time(self) -> float:
        return self.value


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTime]:
    wall = FakeTime()
    monkeypatch.setattr("time.time", wall.time)
    return wall


def make_limit(*, requests_per_minute: int = 60, url: str = "memory://", wide: str = "10.0.0.0/8") -> AddressLimit:
    return AddressLimit(requests_per_minute=requests_per_minute, wide_networks=(ip_network(wide),), url=url)


def spend(limit: AddressLimit, address: str, times: int = 1) -> int:
    """Return how many of `times` requests pass."""

    async def count() -> int:
        passed = 0
        for _ in range(times):
            try:
                await limit.spend(address)
            except TooManyRequests:
                break
            passed += 1
        return passed

    return asyncio.run(count())


@pytest.mark.requirement("GWY-4")
def test_spend_refuses_the_request_after_the_last(wall: FakeTime) -> None:
    limit = make_limit(requests_per_minute=60)

    assert spend(limit, "192.0.2.7", 100) == 60
    assert spend(limit, "192.0.2.8") == 1


@pytest.mark.requirement("GWY-4")
@pytest.mark.parametrize("limit_of", [1, 5, 60, 3000])
@pytest.mark.parametrize("rests", [[], [10], [59, 30], [61], [90, 5, 50], [20, 20, 20, 20]])
def test_spend_says_when_to_come_back_and_means_it(wall: FakeTime, limit_of: int, rests: list[int]) -> None:
    limit = make_limit(requests_per_minute=limit_of)
    for rest in rests:
        spend(limit, "192.0.2.7", 5000)
        wall.value += rest
    spend(limit, "192.0.2.7", 5000)
    with pytest.raises(TooManyRequests) as refused:
        asyncio.run(limit.spend("192.0.2.7"))
    wait = refused.value.retry_after
    assert wait is not None

    wall.value += wait.total_seconds()

    assert 1 <= wait.total_seconds() <= 120
    assert spend(limit, "192.0.2.7") == 1


@pytest.mark.requirement("GWY-4")
def test_spend_names_the_policy_as_the_draft_does(wall: FakeTime) -> None:
    limit = make_limit(requests_per_minute=5)
    spend(limit, "192.0.2.7", 5)

    with pytest.raises(TooManyRequests) as refused:
        asyncio.run(limit.spend("192.0.2.7"))

    headers = refused.value.facts["headers"]
    assert headers["RateLimit-Policy"] == '"address";q=5;w=60'
    assert headers["RateLimit"].startswith('"address";r=0;t=')


@pytest.mark.requirement("GWY-4")
def test_spend_counts_an_ipv6_subscriber_as_one(wall: FakeTime) -> None:
    limit = make_limit(requests_per_minute=60)

    passed = sum(spend(limit, f"2001:db8:1:2::{host:x}") for host in range(100))

    assert passed == 60


def test_spend_leaves_wide_networks_alone(wall: FakeTime) -> None:
    assert spend(make_limit(requests_per_minute=5), "10.9.8.7", 50) == 50


def test_spend_leaves_everybody_alone_without_a_limit(wall: FakeTime) -> None:
    assert spend(make_limit(requests_per_minute=0), "192.0.2.7", 50) == 50


def test_memory_forgets_addresses_that_have_left(wall: FakeTime) -> None:
    memory = limits.Memory()

    async def fill() -> None:
        for number in range(1000):
            await memory.incr(f"address-{number}", 120)

    asyncio.run(fill())
    wall.value += 121

    asyncio.run(memory.incr("somebody", 120))

    assert list(memory.expirations) == ["somebody"]
    assert list(memory.storage) == ["somebody"]


def test_memory_never_counts_below_zero(wall: FakeTime) -> None:
    memory = limits.Memory()
    asyncio.run(memory.incr("somebody", 120))

    assert asyncio.run(memory.decr("somebody", 5)) == 0
