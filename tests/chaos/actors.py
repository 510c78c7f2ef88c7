"""The processes of a run: started, killed, paused and started again, each death counted with its cause."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Protocol

from shared import logs, stopping
from tests.chaos.plan import KILL, Harm
from tests.support.source import ROOT

_context: ForkServerContext = multiprocessing.get_context("forkserver")
STOP_PATIENCE_S = 20


class Role(Protocol):
    """What a process does until it is told to stop."""

    def run(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program as an operator starts it: `python -m …` with an environment of its own."""

    words: tuple[str, ...]
    environment: Mapping[str, str]

    def run(self) -> None:
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, *self.words], os.environ | self.environment)  # noqa: S606 - we are it


class Actor:
    """A process that can be killed and started again, forked off a prepared one in milliseconds."""

    def __init__(
        self, name: str, make: Callable[[int], Role], *, folder: Path, harms: Sequence[Harm] = (KILL,)
    ) -> None:
        """`make` returns the role for the process's first, second, … life."""
        self.name = name
        self.harms = harms
        self._make = make
        self._log = folder / f"{name.replace(' ', '-')}.log"
        self._life = 0
        self._process: ForkServerProcess | None = None

    def start(self) -> None:
        """Begin the next life."""
        self._life += 1
        self._process = _context.Process(target=_play, args=(self._make(self._life), self.name, str(self._log)))
        self._process.start()

    def kill(self) -> None:
        """End it at once, with its children, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.join(STOP_PATIENCE_S)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and its children; to the dead nothing."""
        process = self._process
        if process is None or process.pid is None:
            return
        # Before it has made itself a group it has no children either.
        for send in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                send(process.pid, number)

    def status(self) -> int | None:
        """Return how it ended (negative: by that signal), or None while it lives."""
        return self._process.exitcode if self._process is not None else 0

    def end(self) -> None:
        """Ask it to stop; what does not stop is killed."""
        self.signal(signal.SIGCONT)
        if self._process is not None and self._process.pid is not None and self._process.exitcode is None:
            # It may have ended since we looked, by its own hand at the worst moment.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)
            self._process.join(STOP_PATIENCE_S)
        self.kill()


class Crew:
    """All actors of a run, kept alive as a supervisor would: who dies by itself is started again."""

    def __init__(self, actors: Sequence[Actor]) -> None:
        self.actors = {actor.name: actor for actor in actors}
        # When each died by its own hand at the worst moment, and how often it ended in any other way.
        self.own_deaths: list[tuple[float, str]] = []
        self.endings: Counter[str] = Counter()
        self._down: set[str] = set()
        self._locks = {name: threading.RLock() for name in self.actors}
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Start everybody."""
        for actor in self.actors.values():
            actor.start()
        self._keeper.start()

    def hold_down(self, name: str) -> None:
        """Kill an actor and leave it down."""
        with self._locks[name]:
            self._down.add(name)
            self.actors[name].kill()

    def let_up(self, name: str) -> None:
        """Start an actor that was held down."""
        with self._locks[name]:
            if name in self._down and not self._over.is_set():
                self.actors[name].start()
                self._down.discard(name)

    def retire(self, names: Sequence[str]) -> None:
        """Stop some actors for good."""
        for name in names:
            with self._locks[name]:
                self._down.add(name)
                self.actors[name].end()

    def end(self) -> None:
        """Stop everybody; a second call does nothing."""
        if self._over.is_set():
            return
        self._over.set()
        if self._keeper.ident is not None:
            self._keeper.join()
        for actor in self.actors.values():
            actor.signal(signal.SIGCONT)
            actor.signal(signal.SIGTERM)
        for actor in self.actors.values():
            actor.end()

    def _keep(self) -> None:
        while not self._over.wait(0.03):
            for name, actor in self.actors.items():
                with self._locks[name]:
                    if name in self._down or (status := actor.status()) is None:
                        continue
                    if status == -signal.SIGKILL:
                        self.own_deaths.append((time.time(), name))
                    else:
                        self.endings[f"{name}, status {status}"] += 1
                        # As a supervisor waits a moment before it tries again.
                        self._over.wait(0.5)
                    actor.kill()
                    actor.start()


def prepare_forks() -> None:
    """Have the process that others are forked off load what they all need."""
    _context.set_forkserver_preload(["tests.chaos.roles", "shared.embedded_log", "psycopg"])


def _play(role: Role, name: str, log: str) -> None:
    """Be `name`: write to its log file, live no longer than the harness."""
    os.setsid()
    stopping.end_with_parent(signal.SIGKILL)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(output, stream)
    logs.configure(part=name, as_json=False)
    role.run()
