"""How often one address may ask (GWY-4): `limits` counts, in this process or in a Redis that all gateways share."""

import math
import time
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


class Memory(MemoryStorage):
    """Counts in this process.

    The library's own storage looks through every address it knows on every request; this one does so twice a minute.
    One event loop calls it, and nothing here waits, so it needs no locks.
    """

    STORAGE_SCHEME: list[str] | None = None

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


class AddressLimit:
    """Spends one request of an address's minute."""

    def __init__(self, *, requests_per_minute: int, wide_networks: Networks, url: str) -> None:
        self._item = RateLimitItemPerMinute(requests_per_minute) if requests_per_minute else None
        self._wide_networks = wide_networks
        self._own = SlidingWindowCounterRateLimiter(Memory())
        self._shared = None if url.startswith("memory://") else SlidingWindowCounterRateLimiter(_redis(url))
        self._is_told = False

    async def spend(self, address: str) -> None:
        """Count one request of `address`.

        Raises:
            TooManyRequests: its minute is spent.
        """
        item = self._item
        if item is None or addresses.is_within(address, self._wide_networks):
            return
        key = addresses.counting_key(address)
        strategy = self._own if self._shared is None else self._shared
        try:
            is_within = await strategy.hit(item, key)
            resets_at = 0.0 if is_within else (await strategy.get_window_stats(item, key)).reset_time
            self._is_told = False
        except Exception as fault:
            if strategy is self._own:
                raise
            self._tell(fault)
            is_within = await self._own.hit(item, key)
            resets_at = 0.0 if is_within else (await self._own.get_window_stats(item, key)).reset_time
        if not is_within:
            seconds = max(math.ceil(resets_at - time.time()), 1)
            raise TooManyRequests(
                retry_after=timedelta(seconds=seconds),
                headers={
                    # draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it.
                    "RateLimit-Policy": f'"address";q={item.amount};w={item.get_expiry()}',
                    "RateLimit": f'"address";r=0;t={seconds}',
                },
            )

    def _tell(self, fault: Exception) -> None:
        if not self._is_told:
            log.error("limits_unavailable", kind=type(fault).__name__)
            self._is_told = True


def _redis(url: str) -> Any:
    return storage_from_string(
        f"async+{url}",
        implementation="redispy",
        socket_timeout=REDIS_PATIENCE_S,
        socket_connect_timeout=REDIS_PATIENCE_S,
    )
