"""What the harness's own processes do: note facts, relay them, apply them.

Each is a function that runs in a process of its own (`actors.Forked`) until SIGTERM or death. `dies_after` makes it kill
itself where it hurts most: a relay between the acknowledgement and the mark, a member between its commit and the
offset's, or within its transaction.
"""

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from shared import broker as event_log, consuming, handling, inbox, outbox, relaying, stopping
from shared.broker import Broker
from shared.clock import SystemClock
from shared.database import Database
from shared.messages import Event
from shared.problems import Problem
from shared.topics import Catalogue
from tests.chaos import wrong
from tests.chaos.plan import Plan
from tests.support import events
from tests.support.event_processes import NEVER, DyingBroker
from tests.support.events import CATALOGUE, NOTED

# Facts that are refused until the run's end: what is dead, and what waits behind it, must come back in order.
STUBBORN = -1
KEYS = 40
STUBBORN_KEYS = 2
CLOCK = SystemClock()


class FactRefused(Problem):
    """A fact that is not accepted for the time being."""

    type = "/problems/chaos/fact-refused"
    status = 409


class Rollback(Exception):
    """The writer thinks better of it: nothing of the transaction may ever be heard of."""


@dataclass(frozen=True, kw_only=True)
class Writer:
    """A service that notes facts, several in a transaction, as fast as `rate` a second."""

    name: str
    seed: int
    life: int
    url: str
    answers: Path
    rate: float
    without: str = ""

    def run(self) -> None:
        stop, database = stopping.on_signals(), Database(self.url)
        lot = Plan(self.seed).lot(self.name, self.life)
        with self.answers.open("a", encoding="ascii") as answers:
            while not stop.is_set():
                facts = [_draw_fact(lot) for _ in range(lot.choice((1, 1, 2, 4, 8)))]
                with suppress(Rollback, DBAPIError, OSError):
                    told = self._note(database, facts, lot)
                    # What is said here was promised: it must be found at the end.
                    answers.write("".join(f"{each.id}\n" for each in told))
                    answers.flush()
                stop.wait(lot.expovariate(self.rate / len(facts)))

    def _note(self, database: Database, facts: list[Event], lot: random.Random) -> list[Event]:
        lingers, rolls_back = lot.random() < 0.2, lot.random() < 0.05
        if self.without == "aggregate-lock":
            numbered = [(fact, wrong.take_version(database, fact)) for fact in facts]
            with database.transaction() as session:
                return wrong.add_with_version(session, numbered, clock=CLOCK)
        with database.transaction() as session:
            told = outbox.add_all(session, facts, at=CLOCK.now())
            if lingers:
                # The rest of a long operation: others, with higher positions, commit meanwhile.
                time.sleep(lot.uniform(0.005, 0.05))
            if rolls_back:
                raise Rollback
        return told


def _draw_fact(lot: random.Random) -> Event:
    if lot.random() < 0.01:
        return NOTED.about(key=f"stubborn:{lot.randrange(STUBBORN_KEYS)}", data={"number": STUBBORN})
    if lot.random() < 0.02:
        return NOTED.about(key=f"stubborn:{lot.randrange(STUBBORN_KEYS)}", data={"number": 1})
    # A few keys are spoken of more than all the others, as in life.
    key = lot.randrange(3) if lot.random() < 0.3 else lot.randrange(KEYS)
    return NOTED.about(key=f"student:{key}", data={"number": lot.randrange(1_000_000)})


@dataclass(frozen=True, kw_only=True)
class Relay:
    """A service's relay."""

    url: str
    broker_url: str
    dies_after: int = NEVER
    without: str = ""
    catalogue: Catalogue = CATALOGUE

    def run(self) -> None:
        stop, database = stopping.on_signals(), Database(self.url)
        broker = open_patiently(self.broker_url, self.catalogue)
        parts: dict[str, Any] = {"database": database, "clock": CLOCK, "stop": stop}
        if self.without == "outbox-marks":
            wrong.relay_by_cursor(broker=broker, **parts)
        elif self.without == "acknowledgements":
            wrong.relay_marking_first(broker=broker, dies_after=self.dies_after, **parts)
        else:
            dying: Any = DyingBroker(broker, dies_after=self.dies_after)
            relaying.run(broker=dying, **parts)


@dataclass(frozen=True, kw_only=True)
class Member:
    """One of the members of a group that fill a projection: each application of an event is a row."""

    url: str
    broker_url: str
    group: str
    topics: tuple[str, ...]
    # A file whose presence makes the stubborn facts acceptable.
    forgiveness: Path
    dies_after: int = NEVER
    # Within the transaction, instead of between it and the commit of the offset.
    dies_inside: bool = False
    without: str = ""
    catalogue: Catalogue = CATALOGUE

    def run(self) -> None:
        stop, database = stopping.on_signals(), Database(self.url)
        broker: Any = open_patiently(self.broker_url, self.catalogue)
        if self.without == "late-offsets":
            broker = wrong.HastyBroker(broker)
        consuming.run(
            broker=broker,
            group=self.group,
            topics=self.topics,
            handlers=self.handlers(database),
            database=database,
            clock=CLOCK,
            stop=stop,
        )

    def handlers(self, database: Database) -> handling.Handlers:
        """Return the one handler, for every type that is said on the topics."""
        handled = 0

        def apply(event: Event) -> None:
            nonlocal handled
            if (event.data or {}).get("number") == STUBBORN and not self.forgiveness.exists():
                if self.without == "dead-events":
                    return
                raise FactRefused
            handled += 1
            with database.transaction() as session:
                if self.without == "inbox" or inbox.first_time(session, event.id, consumer=self.group):
                    events.apply(session, event)
                if self.dies_inside and handled >= self.dies_after:
                    os.kill(os.getpid(), signal.SIGKILL)
            if handled >= self.dies_after:
                os.kill(os.getpid(), signal.SIGKILL)

        return dict.fromkeys(self.catalogue.event_types(self.topics), apply)


def open_patiently(broker_url: str, catalogue: Catalogue) -> Broker:
    """Open the log, however long it is away: a supervisor would start the process again and again."""
    while True:
        try:
            return event_log.open_broker(broker_url, catalogue=catalogue)
        except event_log.BrokerUnavailable:
            time.sleep(0.2)
