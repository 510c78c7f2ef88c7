"""A relay and a consumer as processes of their own, for tests and benchmarks that kill them.

`python -m tests.support.event_processes relay|consume DATABASE_URL BROKER_URL [options]`
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from shared import consuming, inbox, relaying
from shared.broker import Broker, Consumer, Producer, open_broker
from shared.clock import SystemClock
from shared.database import Database
from shared.messages import Event, Record
from tests.support import events
from tests.support.events import CATALOGUE, NOTED, TOPIC, StopWhen

ROOT = Path(__file__).resolve().parents[2]
GROUP = "example.facts"
NEVER = sys.maxsize


def start(command: str, url: str, broker_url: str, *options: str) -> subprocess.Popen[bytes]:
    """Start a process of this module and wait until it works; whoever starts it ends it."""
    arguments = [sys.executable, "-m", __spec__.name, command, url, broker_url, *options]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(arguments, cwd=ROOT, stdout=output, stderr=output)

        def said() -> bytes:
            # Not `seek` and `read`: the process writes at the same place in the file that these would move.
            return os.pread(output.fileno(), 1_000_000, 0)

        assert StopWhen(lambda: b"_started" in said(), patience=60).wait_until_set(), said().decode()
    return process


class DyingProducer:
    """Kills its process after an acknowledgement, before the outbox hears of it."""

    def __init__(self, inner: Producer, *, dies_after: int) -> None:
        self._inner = inner
        self._left = dies_after
        self.close = inner.close

    def publish(self, records: Sequence[Record]) -> None:
        self._inner.publish(records)
        self._left -= len(records)
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingBroker:
    """A log whose producers kill their process after so many records; otherwise the log that it stands before."""

    def __init__(self, inner: Broker, *, dies_after: int) -> None:
        self._inner = inner
        self._dies_after = dies_after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def producer(self) -> Producer:
        return DyingProducer(self._inner.producer(), dies_after=self._dies_after)

    def consumer(self, *, group: str, topics: Collection[str]) -> Consumer:
        return self._inner.consumer(group=group, topics=topics)


def main() -> None:
    """Relay or consume until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=("relay", "consume"))
    parser.add_argument("url")
    parser.add_argument("broker_url")
    parser.add_argument("--dies-after", type=int, default=NEVER)
    parser.add_argument("--without-inbox", action="store_true")
    parser.add_argument(
        "--applied-times", default=os.devnull, help="a file for each event's id and when it was committed"
    )
    options = parser.parse_args()
    database, clock = Database(options.url), SystemClock()
    broker = open_broker(options.broker_url, catalogue=CATALOGUE, clock=clock)
    if options.command == "relay":
        dying: Any = DyingBroker(broker, dies_after=options.dies_after)
        relaying.run_command(database=database, broker=dying, clock=clock)
        return
    handled = 0

    def on_fact_noted(event: Event) -> None:
        nonlocal handled
        with database.transaction() as session:
            if options.without_inbox or inbox.first_time(session, event.id, consumer=GROUP):
                events.apply(session, event)
        applied_times.write(f"{event.id} {time.time()}\n")
        handled += 1
        if handled >= options.dies_after:
            # Applied and committed; the offset is not.
            os.kill(os.getpid(), signal.SIGKILL)

    with Path(options.applied_times).open("w", encoding="utf-8") as applied_times:
        consuming.run_command(
            broker=broker,
            group=GROUP,
            topics=[TOPIC],
            handlers={NOTED.type: on_fact_noted},
            database=database,
            clock=clock,
        )


if __name__ == "__main__":
    main()
