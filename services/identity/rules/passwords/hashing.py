"""How a password is kept: peppered under a key that is not in the database, then argon2id (PWD-7 to PWD-10).

Every judgement costs one hash of the present cost, whether or not there is an account, so that time tells a stranger
nothing (ACC-3). As many run at once as there are cores; whoever would wait too long is told to come back.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import argon2
from argon2.low_level import Type, hash_secret_raw

from services.identity.rules.passwords.policies import LONGEST, normalized

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
# argon2 refuses less memory than 8 KiB a lane.
_LEAST_MEMORY_KIB = 8
_PURPOSE = "password"


class Busy(Exception):
    """Every place for hashing is taken, and stayed so for as long as we let anybody wait."""


class Pepper(Protocol):
    """A keyed digest under a ring of keys: `kid.hex`, newest first."""

    def digest(self, purpose: str, *parts: str) -> str: ...

    def digests(self, purpose: str, *parts: str) -> list[str]: ...


# Names no key: a hash that another system made, replaced by one of ours when its person signs in (PWD-8).
UNPEPPERED = ""


@dataclass(frozen=True)
class Kept:
    """A password as the database has it; `pepper` names the key, which is elsewhere."""

    pepper: str
    hash: str


class PasswordHashes:
    """Hashes and judges passwords."""

    def __init__(
        self,
        pepper: Pepper,
        *,
        places: int = os.cpu_count() or 1,
        longest_wait: timedelta = timedelta(seconds=3),
        memory_kib: int = MEMORY_KIB,
        passes: int = PASSES,
    ) -> None:
        self._pepper = pepper
        self._argon2 = argon2.PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=LANES, type=argon2.Type.ID
        )
        self._places = threading.BoundedSemaphore(places)
        self._longest_wait_s = longest_wait.total_seconds()
        self._span: Callable[[str], AbstractContextManager[str | None]] = nullcontext
        # A hash that nobody's password has: what is judged when there is no account.
        self._decoy = Kept(self._newest_pepper(), self._argon2.hash(os.urandom(32).hex()))

    def watch(self, span: Callable[[str], AbstractContextManager[None]]) -> None:
        """Enter `span` with a name from now on around each wait for a place, and around each hash."""
        self._span = span

    def keep(self, password: str) -> Kept:
        """Return `password` as it is to be stored.

        Raises:
            Busy: too many passwords are being hashed.
        """
        peppered = self._pepper.digest(_PURPOSE, normalized(password))
        with self._place():
            return Kept(_kid(peppered), self._argon2.hash(peppered))

    def agrees(self, kept: Kept | None, password: str) -> bool:
        """Tell whether `password` is the one behind `kept`; without one the answer is no, after the same work.

        Raises:
            Busy: too many passwords are being hashed.
        """
        text = normalized(password)
        is_possible = kept is not None and 0 < len(text) <= LONGEST
        # What is too long is not cut (PWD-2): it is nobody's password, and is not worth hashing whole.
        peppered = self._under(kept, text[:LONGEST]) if kept is not None else None
        judged = kept if kept is not None and peppered is not None else self._decoy
        with self._place():
            try:
                self._argon2.verify(judged.hash, peppered or self._pepper.digest(_PURPOSE, text[:LONGEST]))
                agrees = True
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                # The second one is of hashes that another system has made.
                agrees = False
            self._make_up(judged.hash)
        return agrees and is_possible and peppered is not None

    def is_outdated(self, kept: Kept) -> bool:
        """Tell whether `kept` was made with older parameters or under an older key (PWD-8)."""
        return kept.pepper != self._newest_pepper() or self._argon2.check_needs_rehash(kept.hash)

    def _under(self, kept: Kept, text: str) -> str | None:
        if kept.pepper == UNPEPPERED:
            return text
        # None when the key has been taken from the ring: the hash can no longer be judged.
        return next((each for each in self._pepper.digests(_PURPOSE, text) if _kid(each) == kept.pepper), None)

    def _newest_pepper(self) -> str:
        return _kid(self._pepper.digest(_PURPOSE, ""))

    def _make_up(self, judged: str) -> None:
        """Spend what a hash of an older, cheaper cost has saved: its time must not tell that the account exists."""
        used = argon2.extract_parameters(judged)
        saved = self._argon2.memory_cost * self._argon2.time_cost - used.memory_cost * used.time_cost
        if saved >= _LEAST_MEMORY_KIB:
            hash_secret_raw(
                b"", bytes(16), time_cost=1, memory_cost=saved, parallelism=LANES, hash_len=32, type=Type.ID
            )

    @contextmanager
    def _place(self) -> Iterator[None]:
        with self._span("password_wait"):
            has_place = self._places.acquire(timeout=self._longest_wait_s)
        if not has_place:
            raise Busy
        try:
            with self._span("password_hash"):
                yield
        finally:
            self._places.release()


def _kid(peppered: str) -> str:
    return peppered.partition(".")[0]
