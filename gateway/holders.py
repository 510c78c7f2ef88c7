"""Who is behind a token: identity says it, and we remember it for two seconds.

    read    an answer up to 2 s old; with identity down up to 60 s (GWY-5)
    write   asked anew, every time; with identity down refused
    ended   forgotten at once, even when an older answer is still under way (SES-5)

Tokens are kept as digests: a dump of this process's memory opens nothing.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import Generic, Protocol, TypeVar

from shared.clock import Clock
from shared.problems import Unavailable

FRESH_FOR_S = 2.0
STALE_FOR_S = 60.0
CAPACITY = 50_000

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,512}=*")


class Holder(Protocol):
    """Whom identity vouches for, until when, and by which names it may be said to have ended."""

    @property
    def expires_at(self) -> datetime: ...

    @property
    def names(self) -> frozenset[str]: ...


H = TypeVar("H", bound=Holder)


@dataclass(slots=True)
class _Remembered(Generic[H]):
    holder: H
    asked_at: float


class Holders(Generic[H]):
    """Asks identity who is behind a token, as seldom as the promises above allow."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[H | None]],
        *,
        clock: Clock,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`ask` returns the holder of a token, or None, and raises a Problem when identity does not answer."""
        self._ask = ask
        self._clock = clock
        self._now = now
        self._remembered: OrderedDict[bytes, _Remembered[H]] = OrderedDict()
        self._under_way: dict[bytes, asyncio.Task[H | None]] = {}
        self._ended: OrderedDict[str, float] = OrderedDict()

    async def find(self, token: str, *, is_write: bool) -> H | None:
        """Return the holder of `token` while it lives, or None.

        Raises:
            Unavailable: identity does not answer, and what we remember does not suffice.
        """
        if not _TOKEN.fullmatch(token):
            return None
        key = sha256(token.encode()).digest()
        if is_write:
            # Not shared with a read that is under way: that one may have been answered before a token ended.
            return await self._ask_anew(key, token)
        known = self._remembered.get(key)
        now = self._now()
        if known is not None and now < known.asked_at + FRESH_FOR_S:
            return known.holder if self._is_live(known.holder) else None
        try:
            return await self._ask_once(key, token)
        except Unavailable:
            # Looked up again: the holder may have been forgotten while we asked.
            known = self._remembered.get(key)
            if known is None or now >= known.asked_at + STALE_FOR_S or not self._is_live(known.holder):
                raise
            return known.holder

    def end(self, names: Iterable[str]) -> None:
        """Forget holders, by one of their names."""
        names = frozenset(names)
        if not names:
            return
        now = self._now()
        for name in names:
            self._ended[name] = now
            self._ended.move_to_end(name)
        # No answer that is still under way is older than this.
        while self._ended and next(iter(self._ended.values())) < now - 2 * STALE_FOR_S:
            self._ended.popitem(last=False)
        for key in [key for key, known in self._remembered.items() if names & known.holder.names]:
            del self._remembered[key]

    async def _ask_once(self, key: bytes, token: str) -> H | None:
        """Ask, once for all who want to know the same at the same time."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(self._ask_anew(key, token))
            task.add_done_callback(lambda done: self._landed(key, done))
        # Shielded: one caller who gives up does not take the answer from the others.
        return await asyncio.shield(task)

    def _landed(self, key: bytes, task: "asyncio.Task[H | None]") -> None:
        self._under_way.pop(key, None)
        if not task.cancelled():
            # Looked at even when every caller has left, or asyncio reports a failure that nobody saw.
            task.exception()

    async def _ask_anew(self, key: bytes, token: str) -> H | None:
        asked_at = self._now()
        holder = await self._ask(token)
        if holder is None or not self._is_live(holder):
            self._remembered.pop(key, None)
            return None
        if any(self._ended.get(name, -1.0) >= asked_at for name in holder.names):
            return None
        known = self._remembered.get(key)
        if known is None or known.asked_at <= asked_at:
            self._remembered[key] = _Remembered(holder, asked_at)
            self._remembered.move_to_end(key)
            if len(self._remembered) > CAPACITY:
                self._remembered.popitem(last=False)
        return holder

    def _is_live(self, holder: H) -> bool:
        return self._clock.now() < holder.expires_at


def moment(text: str) -> datetime:
    """Return a moment of an introspection's answer.

    Raises:
        ValueError: it is none, or has no offset.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment without an offset")
    return found
