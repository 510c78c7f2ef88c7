"""How old an event is when its effect is committed at who listens: relay and consumer are processes of their own."""

import signal
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from shared import outbox
from shared.database import Database
from tests.benchmarks.events.places import CLOCK, EMBEDDED, KAFKA, POSTGRESQL, Ground, Place
from tests.benchmarks.support.figures import Figure
from tests.support import event_processes, events
from tests.support.events import NOTED, StopWhen

# events.md, Goals: at a hundred events a second, from commit to applied.
RATE_OF_TARGETS = 100
MOST_P50_MS = {EMBEDDED: 2.0, KAFKA: 10.0}
MOST_P99_MS = {EMBEDDED: 10.0, KAFKA: 30.0}
MOST_P99_MS_OF_POSTGRESQL = 60.0
KEYS = 50
PATIENCE_S = 120


def bench(ground: Ground, *, rate: int, seconds: int, told_at_once: int = 1) -> list[Figure]:
    """Measure at a steady rate; `told_at_once` events are told by each transaction."""
    database = ground.open_database()
    times = ground.folder / "applied.txt"
    with running(ground, times) as processes:
        _write(database, number=-1, count=1)
        wait_until_applied(ground, 1)
        before = _processor_seconds(processes)
        started = time.monotonic()
        committed: dict[str, float] = {}
        for number in range(0, rate * seconds, told_at_once):
            time.sleep(max(started + number / rate - time.monotonic(), 0))
            told = _write(database, number=number, count=told_at_once)
            committed |= dict.fromkeys(told, time.time())
        elapsed = time.monotonic() - started
        busy = (_processor_seconds(processes) - before) / elapsed
        wait_until_applied(ground, 1 + len(committed))
        before, started = _processor_seconds(processes), time.monotonic()
        time.sleep(min(5, seconds))
        idle = (_processor_seconds(processes) - before) / (time.monotonic() - started)
    database.close()
    applied = dict(line.split() for line in times.read_text().splitlines())
    ages = [(float(applied[event_id]) - moment) * 1000 for event_id, moment in committed.items()]
    percentiles = statistics.quantiles(ages, n=100)
    has_target = rate == RATE_OF_TARGETS
    words = f"{rate:,}/s, {ground.place}" + (f", {told_at_once} a transaction" if told_at_once > 1 else "")
    return [
        Figure(
            name=f"commit to applied, p50, {words}",
            value=percentiles[49],
            unit="ms",
            at_most=MOST_P50_MS[ground.place.log] if has_target else None,
            beside={"reached/s": len(committed) / elapsed},
        ),
        Figure(
            name=f"commit to applied, p99, {words}",
            value=percentiles[98],
            unit="ms",
            at_most=_most_p99(ground.place) if has_target else None,
            beside={"longest ms": max(ages), "relay and consumer, % of a core": busy * 100, "idle, %": idle * 100},
        ),
    ]


@contextmanager
def running(ground: Ground, times: Path) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    """Run a relay and a consumer for the block; when it ends, `times` tells when each event was applied."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(event_processes.start("relay", ground.database_url, ground.broker_url))
        processes.append(
            event_processes.start("consume", ground.listener_url, ground.broker_url, "--applied-times", str(times))
        )
        yield processes
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(30)


def wait_until_applied(ground: Ground, count: int) -> None:
    """Wait until so many events have had their effect."""
    database = ground.open_listener()
    is_applied = StopWhen(lambda: events.count_applied(database) >= count, patience=PATIENCE_S)
    came_true = is_applied.wait_until_set()
    database.close()
    assert came_true, "not every event was applied"


def _write(database: Database, *, number: int, count: int) -> list[str]:
    """Tell facts in one transaction; return the ids of their events."""
    made = [NOTED.about(key=f"student:{each % KEYS}", data={"number": each}) for each in range(number, number + count)]
    with database.transaction() as session:
        return [told.id for told in outbox.add_all(session, made, at=CLOCK.now())]


def _most_p99(place: Place) -> float:
    if place == Place(POSTGRESQL, KAFKA):
        return MOST_P99_MS_OF_POSTGRESQL
    return MOST_P99_MS[place.log]


def _processor_seconds(processes: Sequence[subprocess.Popen[bytes]]) -> float:
    """Return the processor time of processes that still run (told by Linux alone)."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100
