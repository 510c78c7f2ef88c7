"""Sessions as the gateway knows them: identity says who is behind a token, and we remember it for two seconds.

    read    an answer up to 2 s old; with identity down up to 60 s (GWY-5)
    write   asked anew, every time; with identity down refused
    ended   forgotten at once, even when an older answer is still under way (SES-5)

Tokens are kept as digests: a dump of this process's memory opens no session.
"""

import asyncio
import hmac
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import Any

from gateway.errors import CsrfRejected
from shared.clock import Clock
from shared.problems import Unavailable

FRESH_FOR_S = 2.0
STALE_FOR_S = 60.0
CAPACITY = 50_000

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,512}=*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What identity vouches for."""

    session_id: str
    account_id: str
    email: str
    roles: tuple[str, ...]
    csrf_token: str
    expires_at: datetime

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Session":
        """Return the session that an introspection answered with."""
        expires_at = datetime.fromisoformat(document["expires_at"])
        if expires_at.tzinfo is None:
            raise ValueError("expires_at has no offset")
        return cls(
            session_id=document["session_id"],
            account_id=document["account_id"],
            email=document["email"],
            roles=tuple(document["roles"]),
            csrf_token=document["csrf_token"],
            expires_at=expires_at,
        )


@dataclass(frozen=True, slots=True)
class Credential:
    """A token, and whether a browser sends it by itself."""

    token: str
    is_cookie: bool


def credential(headers: Mapping[str, str], *, cookie_name: str) -> Credential | None:
    """Return what the caller signs in with: the bearer token, else the session cookie, else nothing (SES-2)."""
    authorization = headers.get("Authorization")
    if authorization is not None and authorization[:7].lower() == "bearer ":
        found = _BEARER.fullmatch(authorization.strip())
        token = found[1] if found else ""
        return Credential(token, is_cookie=False)
    token = cookie(headers, cookie_name)
    return Credential(token, is_cookie=True) if token else None


def cookie(headers: Mapping[str, str], name: str) -> str:
    """Return the value of a cookie, empty when it is missing or given twice: then nobody knows which is ours."""
    text = headers.get("Cookie")
    if text is None or name not in text:
        return ""
    prefix = f"{name}="
    values = {part.strip()[len(prefix) :] for part in text.split(";") if part.strip().startswith(prefix)}
    return values.pop().strip('"') if len(values) == 1 else ""


def require_csrf_token(headers: Mapping[str, str], session: Session) -> None:
    """Check that a write with the cookie carries the session's token, which foreign pages cannot read (SES-7).

    Raises:
        CsrfRejected: it does not.
    """
    given = headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
        raise CsrfRejected


@dataclass(slots=True)
class _Remembered:
    session: Session
    asked_at: float


class Sessions:
    """Asks identity who is behind a token, as seldom as the promises above allow."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Session | None]],
        *,
        clock: Clock,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`ask` returns the session behind a token, or None, and raises a Problem when identity does not answer."""
        self._ask = ask
        self._clock = clock
        self._now = now
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._under_way: dict[bytes, asyncio.Task[Session | None]] = {}
        self._ended: OrderedDict[str, float] = OrderedDict()

    async def find(self, token: str, *, is_write: bool) -> Session | None:
        """Return the live session behind `token`, or None.

        Raises:
            Unavailable: identity does not answer, and what we remember does not suffice.
        """
        if not _TOKEN.fullmatch(token):
            return None
        key = sha256(token.encode()).digest()
        if is_write:
            # Not shared with a read that is under way: that one may have been answered before a session ended.
            return await self._ask_anew(key, token)
        known = self._remembered.get(key)
        now = self._now()
        if known is not None and now < known.asked_at + FRESH_FOR_S:
            return known.session if self._is_live(known.session) else None
        try:
            return await self._ask_once(key, token)
        except Unavailable:
            # Looked up again: the session may have ended while we asked.
            known = self._remembered.get(key)
            if known is None or now >= known.asked_at + STALE_FOR_S or not self._is_live(known.session):
                raise
            return known.session

    def end(self, names: Iterable[str]) -> None:
        """Forget sessions, by their id or by `account:<id>`."""
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
        for key in [key for key, known in self._remembered.items() if names & _names(known.session)]:
            del self._remembered[key]

    async def _ask_once(self, key: bytes, token: str) -> Session | None:
        """Ask, once for all who want to know the same at the same time."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(self._ask_anew(key, token))
            task.add_done_callback(lambda done: self._landed(key, done))
        # Shielded: one caller who gives up does not take the answer from the others.
        return await asyncio.shield(task)

    def _landed(self, key: bytes, task: "asyncio.Task[Session | None]") -> None:
        self._under_way.pop(key, None)
        if not task.cancelled():
            # Looked at even when every caller has left, or asyncio reports a failure that nobody saw.
            task.exception()

    async def _ask_anew(self, key: bytes, token: str) -> Session | None:
        asked_at = self._now()
        session = await self._ask(token)
        if session is None or not self._is_live(session):
            self._remembered.pop(key, None)
            return None
        if any(self._ended.get(name, -1.0) >= asked_at for name in _names(session)):
            return None
        known = self._remembered.get(key)
        if known is None or known.asked_at <= asked_at:
            self._remembered[key] = _Remembered(session, asked_at)
            self._remembered.move_to_end(key)
            if len(self._remembered) > CAPACITY:
                self._remembered.popitem(last=False)
        return session

    def _is_live(self, session: Session) -> bool:
        return self._clock.now() < session.expires_at


def _names(session: Session) -> set[str]:
    return {session.session_id.lower(), f"account:{session.account_id}".lower()}
