"""How often one address, and one school's system, may ask (GWY-4): `limits` counts, in this process or in a Redis that all gateways share."""

import math
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string

from gateway import addresses
from gateway.errors import TooManyRequests
from shared import logs
from shared.env import Networks

log = logs.get(__name__)

SWEEP_EVERY_S = 30
# A limit that cannot be asked must not hold up the requests that it protects.
REDIS_PATIENCE_S = 0.5
REDIS_CONNECTIONS = 16
# After a failure each gateway counts by itself for a moment, instead of making every request wait for the next one.
REDIS_PAUSE_S = 5.0


class Memory(MemoryStorage):
    """Counts in this process.

    The library's own storage looks through every address it knows on every request; this one does so twice a minute.
    One event loop calls it, and nothing here waits, so it needs no locks.
    """

    # Not for the library's register of addresses: it is made here alone.
    STORAGE_SCHEME: list[str] = []

    def __init__(self) -> None:
        super().__init__()
        self._swept_at = time.time()

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        if now >= self._swept_at + SWEEP_EVERY_S:
            self._sweep(now)
        await self.get(key)
        self.storage[key] += amount
        self.expirations.setdefault(key, now + expiry)
        return self.storage[key]

    async def decr(self, key: str, amount: int = 1) -> int:
        self.storage[key] = max(await self.get(key) - amount, 0)
        return self.storage[key]

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        for key in [key for key, expires_at in self.expirations.items() if expires_at <= now]:
            self.expirations.pop(key, None)
            self.storage.pop(key, None)


class Limits:
    """Spends one request of an address's minute, or of a client's."""

    def __init__(
        self,
        *,
        requests_per_minute: int,
        client_requests_per_minute: int = 0,
        wide_networks: Networks,
        url: str,
        now: Callable[[], float] = time.monotonic,
        patience_s: float = REDIS_PATIENCE_S,
    ) -> None:
        """`now` measures how long a store that failed is left alone, `patience_s` is how long it may take to answer."""
        self._of_address = _minute(requests_per_minute, "address")
        self._of_client = _minute(client_requests_per_minute, "client")
        self._wide_networks = wide_networks
        self._own = SlidingWindowCounterRateLimiter(Memory())
        self._pool = None if url.startswith("memory://") else _redis_pool(url, patience_s)
        self._shared = None if self._pool is None else SlidingWindowCounterRateLimiter(_redis(url, self._pool))
        self._now = now
        self._alone_until = 0.0

    async def spend_address(self, address: str) -> None:
        """Count one request of `address`.

        Raises:
            TooManyRequests: its minute is spent.
        """
        if self._of_address is not None and not addresses.is_within(address, self._wide_networks):
            await self._spend(self._of_address, addresses.counting_key(address))

    async def spend_client(self, client_id: str) -> None:
        """Count one request of a school's system, wherever it comes from.

        Raises:
            TooManyRequests: its minute is spent.
        """
        if self._of_client is not None:
            await self._spend(self._of_client, client_id)

    async def _spend(self, item: RateLimitItemPerMinute, key: str) -> None:
        if self._shared is None or self._now() < self._alone_until:
            wait = await self._hit(self._own, item, key)
        else:
            try:
                wait = await self._hit(self._shared, item, key)
            except Exception as fault:  # noqa: BLE001 - whatever the store's client raises: the limit goes on, counted here
                self._alone_until = self._now() + REDIS_PAUSE_S
                log.error("limits_unavailable", kind=type(fault).__name__)
                wait = await self._hit(self._own, item, key)
        if wait:
            raise TooManyRequests(
                retry_after=timedelta(seconds=wait),
                headers={
                    # draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it.
                    "RateLimit-Policy": f'"{item.namespace}";q={item.amount};w={item.get_expiry()}',
                    "RateLimit": f'"{item.namespace}";r=0;t={wait}',
                },
            )

    async def close(self) -> None:
        """Close the connections to the store, if there is one."""
        if self._pool is not None:
            await self._pool.disconnect()

    async def _hit(self, strategy: SlidingWindowCounterRateLimiter, item: RateLimitItemPerMinute, key: str) -> int:
        """Count one; return 0 when it is within the limit, else the seconds after which one will be."""
        if await strategy.hit(item, key):
            return 0
        window = item.get_expiry()
        storage: Any = strategy.storage
        previous, _, current, _ = await storage.get_sliding_window(item.key_for(key), window)
        return wait_s(item.amount, window, previous=previous, current=current, now=time.time())


def _minute(amount: int, whose: str) -> RateLimitItemPerMinute | None:
    return RateLimitItemPerMinute(amount, namespace=whose) if amount else None


def wait_s(limit: int, window: int, *, previous: int, current: int, now: float) -> int:
    """Return the whole seconds until a sliding window counter falls below its limit.

    The count is `current + previous × (rest of the window ÷ window)`; windows begin at multiples of their length. (The
    library's own figure is the end of the window, when a full one has only just begun to slide out.)
    """
    rest = window - now % window
    if current < limit and previous > 0:
        seconds = rest - window * (limit - current) / previous
    else:
        seconds = rest + window * (1 - limit / max(current, limit))
    return max(math.floor(seconds) + 1, 1)


def _redis_pool(url: str, patience_s: float) -> Any:
    # Imported only by deployments that name a Redis.
    from redis.asyncio import BlockingConnectionPool

    return BlockingConnectionPool.from_url(
        url,
        # Bounded: a thousand requests of one moment must not open a thousand connections.
        max_connections=REDIS_CONNECTIONS,
        timeout=patience_s,
        socket_timeout=patience_s,
        socket_connect_timeout=patience_s,
    )


def _redis(url: str, pool: Any) -> Any:
    return storage_from_string(f"async+{url}", implementation="redispy", connection_pool=pool)
