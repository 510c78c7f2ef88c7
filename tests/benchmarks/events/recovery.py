"""How long events stand still when a relay is killed, and when the members of a group change."""

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.events.ages import wait_until_applied
from tests.benchmarks.events.places import CLOCK, Ground
from tests.benchmarks.support.figures import Figure
from tests.support import event_processes, events
from tests.support.events import StopWhen

# events.md, Goals.
MOST_STANDING_S = 3.0
RATE = 50


def bench_killed_relay(ground: Ground, *, seconds: float) -> list[Figure]:
    """Kill the leading relay while another stands by; return the longest age of an event around that."""
    with _Flow(ground) as flow:
        leader = flow.start("relay", ground.database_url)
        flow.start_consumer()
        flow.start("relay", ground.database_url)
        oldest = flow.longest_age(leader.kill, seconds=seconds)
    return [_figure(f"longest age around a killed relay, another standing by, {ground.place}", oldest)]


def bench_rebalance(ground: Ground, *, seconds: float) -> list[Figure]:
    """Let a second member join a group, and leave it; return the longest ages of an event around both."""
    with _Flow(ground) as flow:
        flow.start("relay", ground.database_url)
        flow.start_consumer()
        joining: list[subprocess.Popen[bytes]] = []
        joined = flow.longest_age(lambda: joining.append(flow.start_consumer()), seconds=seconds)
    with _Flow(ground) as flow:
        flow.start("relay", ground.database_url)
        flow.start_consumer()
        leaving = flow.start_consumer()
        left = flow.longest_age(leaving.terminate, seconds=seconds)
    return [
        _figure(f"longest age while a member joins, {ground.place}", joined),
        _figure(f"longest age while a member leaves, {ground.place}", left),
    ]


def _figure(name: str, seconds: float) -> Figure:
    return Figure(name=name, value=seconds, unit="s", at_most=MOST_STANDING_S)


class _Flow:
    """Facts told at a steady rate, and the processes that carry them; a context manager."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._processes: list[subprocess.Popen[bytes]] = []
        self._times: list[Path] = []
        self._committed: dict[str, float] = {}

    def __enter__(self) -> "_Flow":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def start(self, command: str, url: str, *options: str) -> subprocess.Popen[bytes]:
        self._processes.append(event_processes.start(command, url, self._ground.broker_url, *options))
        return self._processes[-1]

    def start_consumer(self) -> subprocess.Popen[bytes]:
        self._times.append(self._ground.folder / f"applied-{time.monotonic_ns()}.txt")
        return self.start("consume", self._ground.listener_url, "--applied-times", str(self._times[-1]))

    def longest_age(self, action: Callable[[], object], *, seconds: float) -> float:
        """Return the longest time from commit to applied of what was told around `action`, so long before and after."""
        database, listener = self._ground.open_database(), self._ground.open_listener()
        before = events.count_applied(listener)
        events.note(database, key="student:0", clock=CLOCK)
        assert StopWhen(lambda: events.count_applied(listener) > before, patience=60).wait_until_set()
        listener.close()
        over = threading.Event()

        def tell() -> None:
            number = 0
            while not over.wait(1 / RATE):
                number += 1
                told = events.note(database, key=f"student:{number % RATE}", clock=CLOCK, number=number)
                self._committed[told.id] = time.time()

        thread = threading.Thread(target=tell)
        thread.start()
        time.sleep(seconds)
        action()
        time.sleep(seconds)
        over.set()
        thread.join()
        database.close()
        wait_until_applied(self._ground, before + 1 + len(self._committed))
        self._end()
        lines = (line.split() for file in self._times for line in file.read_text().splitlines())
        # Applied twice is applied when it was first.
        applied: dict[str, float] = {}
        for event_id, moment in lines:
            applied[event_id] = min(float(moment), applied.get(event_id, float("inf")))
        return max(applied[event_id] - moment for event_id, moment in self._committed.items())

    def _end(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)
        self._processes = []
