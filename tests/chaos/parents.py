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
# What may be answered otherwise under another key, or a moment later.
UNDER_WAY: Final = ("request_in_progress", "organisation_not_subscribed")


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


class AskingThread(threading.Thread):
    """Somebody at a service's door, who asks again until there is an answer."""

    # Below it is everything that is asked for.
    prefix = "/api/v1"

    def __init__(self, name: str, url: str, *, office: PassportOffice, plan: Plan, rate: float) -> None:
        super().__init__(name=name, daemon=True)
        self.deeds = Deeds()
        self.over = threading.Event()
        self._url = url
        self._lot = plan.lot(name)
        # Of its own: how often something is tried again is the machine's matter, and must not shift what is tried.
        self._retry_lot = plan.lot(name, "retries")
        self._rate = rate
        self._office = office

    def wait_for_server(self) -> None:
        """Return once somebody answers at the door."""
        deadline = time.monotonic() + ANSWER_PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                httpx.get(f"{self._url}/readyz", timeout=10)
                return
            time.sleep(0.1)

    def run(self) -> None:
        with httpx.Client(base_url=f"{self._url}{self.prefix}", timeout=10) as self._http:
            try:
                self.prepare()
                while not self.over.is_set():
                    self.act()
                    self.over.wait(self._lot.expovariate(self._rate))
            except Unanswered:
                self.deeds.unexpected.append("nobody answered")

    def prepare(self) -> None:
        """Do what comes before all else."""

    def act(self) -> None:
        """Do the next thing.

        Raises:
            Unanswered: see the class.
        """
        raise NotImplementedError

    def ask(self, passport: Passport, method: str, path: str, **rest: Any) -> tuple[httpx.Response, int]:
        """Ask until there is an answer; return it, and how often it was asked for.

        Raises:
            Unanswered: see the class.
        """
        key, times = ids.new(), 0
        rest_of_headers = rest.pop("headers", {})
        deadline = time.monotonic() + ANSWER_PATIENCE_S
        while time.monotonic() < deadline:
            times += 1
            headers = {HEADER: self._office.sign(passport), "Idempotency-Key": key, **rest_of_headers}
            try:
                answer = self._http.request(method, path, headers=headers, **rest)
            except httpx.TransportError:
                answer = None
            is_under_way = answer is not None and answer.status_code == 409 and _code(answer) in UNDER_WAY
            if answer is not None and answer.status_code < 500 and not is_under_way:
                return answer, times
            self.deeds.refused += 1
            if is_under_way:
                # The server that had begun is dead; its key stays taken for a minute, and a person asks anew before.
                key = ids.new()
            time.sleep(self._retry_lot.uniform(0.05, 0.3))
        raise Unanswered


def passport_of(family: Family) -> Passport:
    """Return what the gateway would sign for a parent."""
    return Passport(
        account_id=family.account_id, email=family.email, session_id="s", roles=(PARENT,), address="192.0.2.1"
    )


def _code(answer: httpx.Response) -> str:
    code: str = answer.json().get("code", "")
    return code


class ParentThread(AskingThread):
    """Links and unlinks the children of some families, one request after the other."""

    def __init__(self, name: str, url: str, families: Sequence[Family], *, plan: Plan, rate: float) -> None:
        office = PassportOffice("enrollment", (enrollment.PASSPORT_KEY,))
        super().__init__(name, url, office=office, plan=plan, rate=rate)
        self._families = families
        self._held: set[str] = set()

    def act(self) -> None:
        family = self._lot.choice(self._families)
        pupil = self._lot.choice(family.pupils)
        chance = self._lot.random()
        if pupil.id in self._held and chance < 0.85:
            self._unlink(family, pupil)
        elif chance > 0.97:
            self._claim_wrongly(family, pupil)
        else:
            self._claim(family, pupil)

    def _claim(self, family: Family, pupil: Pupil) -> None:
        answer, _ = self.ask(passport_of(family), "POST", "/claims", json=enrollment.as_json(pupil))
        if answer.status_code not in (200, 201):
            self.deeds.unexpected.append(f"a right claim was answered {answer.status_code}")
            return
        if pupil.id not in self._held:
            self._held.add(pupil.id)
            self.deeds.claims[family.account_id, pupil.id] += 1

    def _claim_wrongly(self, family: Family, pupil: Pupil) -> None:
        answer, _ = self.ask(passport_of(family), "POST", "/claims", json=enrollment.as_json(pupil, last_name="Nobody"))
        if answer.status_code != 422:
            self.deeds.unexpected.append(f"a wrong claim was answered {answer.status_code}")

    def _unlink(self, family: Family, pupil: Pupil) -> None:
        answer, times = self.ask(passport_of(family), "DELETE", f"/children/{pupil.id}")
        # Asked again after an answer that got lost, it is gone already.
        if answer.status_code != 204 and not (answer.status_code == 404 and times > 1):
            self.deeds.unexpected.append(f"letting go was answered {answer.status_code}")
            return
        self._held.discard(pupil.id)
        self.deeds.unlinks[family.account_id, pupil.id] += 1
