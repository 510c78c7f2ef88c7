"""Measure the event backbone: `python -m tests.benchmarks.bench_events`.

What is measured: appends with and without an outbox before them, and the time from a commit to its effect in another
process at a steady rate, through a relay and a consumer that are processes of their own.
"""

import argparse
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared import inbox, outbox, relaying
from shared.clock import SystemClock
from shared.database import Database
from shared.embedded_log import EmbeddedLog
from shared.messages import Record
from tests.benchmarks.support.figures import Figure, tell
from tests.support import event_processes, events
from tests.support.events import CATALOGUE, NOTED, TOPIC, StopWhen

CLOCK = SystemClock()


QUICK = ("--count", "1000", "--seconds", "2")
# events.md, "Targets": of the embedded log at 100 events a second, and of a relay beside the same producer without one.
MOST_P50_MS, MOST_P99_MS = 2.0, 10.0
LEAST_RELAYED_PERCENT = 70.0

FIGURES: list[Figure] = []


def report(name: str, value: float, unit: str, **rest: Any) -> None:
    FIGURES.append(Figure(name=name, value=value, unit=unit, **rest))


def open_log(folder: Path) -> EmbeddedLog:
    return EmbeddedLog(str(folder / "log.db"), catalogue=CATALOGUE, clock=CLOCK)


def fill_outbox(database: Database, count: int) -> None:
    made = [NOTED.about(key=f"student:{number % 997}", data={"number": number}) for number in range(count)]
    with database.transaction() as session:
        outbox.add_all(session, made, at=CLOCK.now())


def list_records(database: Database, count: int) -> list[Record]:
    with database.read() as session:
        return [each.record for each in outbox.list_unpublished(session, limit=count)]


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def publish_in_batches(log: EmbeddedLog, records: Sequence[Record], batch: int) -> None:
    producer = log.producer()
    for start in range(0, len(records), batch):
        producer.publish(records[start : start + batch])
    producer.close()


def bench_relay(folder: Path, url: str, *, count: int, batch: int) -> None:
    events.prepare(url)
    database, log = Database(url), open_log(folder)
    filling = timed(lambda: fill_outbox(database, count))
    records = list_records(database, count)
    bare = timed(lambda: publish_in_batches(log, records, batch))

    def is_drained() -> bool:
        with database.read() as session:
            return outbox.count_unpublished(session) == 0

    stop = threading.Event()
    relay = threading.Thread(
        target=relaying.run,
        kwargs={"database": database, "broker": log, "clock": CLOCK, "stop": stop, "batch_size": batch},
    )
    relayed = timed(lambda: (relay.start(), StopWhen(is_drained, patience=300).wait_until_set()))
    stop.set()
    relay.join()
    consumer = log.consumer(group="bench", topics=[TOPIC])
    reading = timed(lambda: read_all(consumer, 2 * count))
    consumer.close()
    kind = database.url.get_backend_name()
    report(f"written to the outbox in one transaction, {kind}", count / filling, "events/s")
    report(f"appended, batches of {batch}, no outbox", count / bare, "events/s")
    report(
        f"relayed, batches of {batch}, {kind}, of the appends without an outbox",
        bare / relayed * 100,
        "%",
        at_least=LEAST_RELAYED_PERCENT if batch > 1 else None,
        beside={"events/s": count / relayed},
    )
    report(f"read by a group, after batches of {batch}", 2 * count / reading, "events/s")
    database.close()


def read_all(consumer: object, count: int) -> None:
    received = 0
    while received < count:
        deliveries = consumer.poll(max_records=500, timeout=5).deliveries  # type: ignore[attr-defined]
        received += len(deliveries)
        consumer.commit({each.place: each.offset + 1 for each in deliveries})  # type: ignore[attr-defined]


def bench_adding(url: str, *, count: int) -> None:
    events.prepare(url)
    database = Database(url)

    def write(tells: bool, causes: bool) -> float:
        def one(number: int) -> None:
            with database.transaction() as session:
                session.execute(events.applied.insert().values(event_id=str(number), key="k", version=number))
                if causes:
                    inbox.first_time(session, f"{tells}{number}")
                if tells:
                    event = NOTED.about(key=f"student:{number}", data={"number": number})
                    outbox.add(session, event, at=CLOCK.now())

        return timed(lambda: [one(number) for number in range(count)]) / count * 1000

    plain, told, claimed = write(False, False), write(True, False), write(False, True)
    kind = database.url.get_backend_name()
    report(f"a transaction with one insert, {kind}", plain, "ms")
    report(f"the same telling an event, {kind}", told, "ms", beside={"times": told / plain})
    report(f"the same claiming a cause, {kind}", claimed, "ms", beside={"times": claimed / plain})
    database.close()


def bench_end_to_end(folder: Path, url: str, *, rate: int, seconds: int) -> None:
    events.prepare(url)
    database = Database(url)
    processes = [event_processes.start(name, url, f"embedded://{folder / 'log.db'}") for name in ("relay", "consume")]
    try:
        committed: dict[str, datetime] = {}
        applied_at: dict[str, float] = {}
        # Seen from outside: a reader of the log that is woken as the consumer is, in this process.
        log = open_log(folder)
        watcher = log.consumer(group="watch", topics=[TOPIC])
        watcher.poll(max_records=1, timeout=1)
        over = threading.Event()

        def watch() -> None:
            while not over.is_set():
                for each in watcher.poll(max_records=500, timeout=0.2).deliveries:
                    applied_at[dict(each.headers)["ce_id"].decode()] = time.time()

        thread = threading.Thread(target=watch)
        thread.start()
        before = children_seconds(processes)
        started = time.monotonic()
        for number in range(rate * seconds):
            due = started + number / rate
            time.sleep(max(due - time.monotonic(), 0))
            told = events.note(database, key=f"student:{number % 50}", clock=CLOCK, number=number)
            committed[told.id] = datetime.now(UTC)
        busy = (children_seconds(processes) - before) / (time.monotonic() - started)
        StopWhen(lambda: events.count_applied(database) >= rate * seconds, patience=60).wait_until_set()
        over.set()
        thread.join()
        watcher.close()
        ages = sorted((applied_at[event_id] - moment.timestamp()) * 1000 for event_id, moment in committed.items())
        before = children_seconds(processes)
        time.sleep(5)
        idle = (children_seconds(processes) - before) / 5
    finally:
        for process in processes:
            process.terminate()
            process.wait(10)
    kind = database.url.get_backend_name()
    percentiles = statistics.quantiles(ages, n=100)
    reached = f"commit to reader in another process, {rate}/s, {kind}"
    report(f"{reached}, p50", percentiles[49], "ms", at_most=MOST_P50_MS)
    report(f"{reached}, p99", percentiles[98], "ms", at_most=MOST_P99_MS)
    report(f"relay and consumer together at {rate}/s, {kind}", busy * 100, "% of a core")
    report(f"relay and consumer together when idle, {kind}", idle * 100, "% of a core")
    database.close()


def children_seconds(processes: Sequence[subprocess.Popen[bytes]]) -> float:
    """Return the processor time of processes that still run (told by Linux alone)."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)

        def fresh(name: str) -> tuple[Path, str]:
            (folder / name).mkdir()
            return folder / name, f"sqlite:///{folder / name / 'service.db'}"

        bench_adding(fresh("adding")[1], count=300)
        bench_relay(*fresh("relay"), count=options.count, batch=relaying.BATCH_SIZE)
        bench_relay(*fresh("singly"), count=min(options.count, 1000), batch=1)
        bench_end_to_end(*fresh("slow"), rate=100, seconds=options.seconds)
    report("peak memory of this process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB")
    tell("events", FIGURES)


if __name__ == "__main__":
    main()
