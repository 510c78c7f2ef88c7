"""Parents at enrollment's door: each alone acts on its children, and asks again until it is answered.

So it knows what must be true at the end, whatever was killed between.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from shared import ids
from shared.passports import HEADER, PARENT, Passport, PassportOffice
from tests.chaos.plan import Plan
from tests.support import enrollment
from tests.support.enrollment import Pupil

ANSWER_PATIENCE_S: Final = 60


@dataclass(frozen=True, kw_only=True)
class Family:
    """An account, and the children whose files name its e-mail."""

    account_id: str
    email: str
    pupils: Sequence[Pupil]


@dataclass(kw_only=True)
class Deeds:
    """What a parent was told has happened, by account and child; what nobody told stays out of it."""

    claims: Counter[tuple[str, str]] = field(default_factory=Counter)
    unlinks: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: int = 0
    unexpected: list[str] = field(default_factory=list)


class Unanswered(Exception):
    """Nobody answered for too long: what became of it is unknown."""


class ParentThread(threading.Thread):
    """Links and unlinks the children of some families, one request after the other."""

    def __init__(self, name: str, url: str, families: Sequence[Family], *, plan: Plan, rate: float) -> None:
        super().__init__(name=name, daemon=True)
        self.deeds = Deeds()
        self.over = threading.Event()
        self._url = url
        self._families = families
        self._lot = plan.lot(name)
        # Of its own: how often something is tried again is the machine's matter, and must not shift what is tried.
        self._retry_lot = plan.lot(name, "retries")
        self._rate = rate
        self._held: set[str] = set()
        self._office = PassportOffice("enrollment", (enrollment.PASSPORT_KEY,))

    def wait_for_server(self) -> None:
        """Return once somebody answers at the door."""
        deadline = time.monotonic() + ANSWER_PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                httpx.get(f"{self._url}/readyz", timeout=10)
                return
            time.sleep(0.1)

    def run(self) -> None:
        with httpx.Client(base_url=f"{self._url}/api/v1", timeout=10) as self._http:
            while not self.over.is_set():
                family = self._lot.choice(self._families)
                pupil = self._lot.choice(family.pupils)
                chance = self._lot.random()
                try:
                    if pupil.id in self._held and chance < 0.85:
                        self._unlink(family, pupil)
                    elif chance > 0.97:
                        self._claim_wrongly(family, pupil)
                    else:
                        self._claim(family, pupil)
                except Unanswered:
                    self.deeds.unexpected.append("nobody answered")
                    return
                self.over.wait(self._lot.expovariate(self._rate))

    def _claim(self, family: Family, pupil: Pupil) -> None:
        answer, _ = self._ask(family, "POST", "/claims", json=enrollment.as_json(pupil))
        if answer.status_code not in (200, 201):
            self.deeds.unexpected.append(f"a right claim was answered {answer.status_code}")
            return
        if pupil.id not in self._held:
            self._held.add(pupil.id)
            self.deeds.claims[family.account_id, pupil.id] += 1

    def _claim_wrongly(self, family: Family, pupil: Pupil) -> None:
        answer, _ = self._ask(family, "POST", "/claims", json=enrollment.as_json(pupil, last_name="Nobody"))
        if answer.status_code != 422:
            self.deeds.unexpected.append(f"a wrong claim was answered {answer.status_code}")

    def _unlink(self, family: Family, pupil: Pupil) -> None:
        answer, times = self._ask(family, "DELETE", f"/children/{pupil.id}")
        # Asked again after an answer that got lost, it is gone already.
        if answer.status_code != 204 and not (answer.status_code == 404 and times > 1):
            self.deeds.unexpected.append(f"letting go was answered {answer.status_code}")
            return
        self._held.discard(pupil.id)
        self.deeds.unlinks[family.account_id, pupil.id] += 1

    def _ask(self, family: Family, method: str, path: str, **rest: Any) -> tuple[httpx.Response, int]:
        """Ask until there is an answer; return it, and how often it was asked for."""
        key, times = ids.new(), 0
        deadline = time.monotonic() + ANSWER_PATIENCE_S
        while time.monotonic() < deadline:
            times += 1
            passport = Passport(
                account_id=family.account_id, email=family.email, session_id="s", roles=(PARENT,), address="192.0.2.1"
            )
            headers = {HEADER: self._office.sign(passport), "Idempotency-Key": key}
            try:
                answer = self._http.request(method, path, headers=headers, **rest)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code < 500 and answer.status_code != 409:
                return answer, times
            self.deeds.refused += 1
            if answer is not None and answer.status_code == 409:
                # The server that had begun is dead; its key stays taken for a minute, and a person asks anew before.
                key = ids.new()
            time.sleep(self._retry_lot.uniform(0.05, 0.3))
        raise Unanswered
