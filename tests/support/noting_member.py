"""Enrollment's consumer in a process of its own that dies in the middle of its work, for tests of what survives it.

`python -m tests.support.noting_member DATABASE_URL BROKER_URL TOPIC GROUP before|after` hears what there is, and kills itself
when what it has collected is to be written (`before`), or once it is written and its offsets are not (`after`).
"""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event as Stop

from services.enrollment import consumers
from services.enrollment.context import Context
from services.records.events import TYPES
from shared import consuming
from shared.broker import open_broker
from shared.clock import SystemClock
from shared.topics import Catalogue, Replication, Topic
from tests.support.enrollment import make_settings

ROOT = Path(__file__).resolve().parents[2]
PARTITIONS = 12


def catalogue_of(topic: str) -> Catalogue:
    """Return the catalogue of one topic that carries what records tells."""
    declared = Topic(
        name=topic,
        partitions=PARTITIONS,
        retention=timedelta(days=30),
        event_types=frozenset(each.type for each in TYPES),
    )
    return Catalogue(topics={topic: declared}, replication=Replication(factor=1, min_insync=1))


def run_until_dead(url: str, broker_url: str, *, topic: str, group: str, dies: str) -> int:
    """Run the process and return by which signal it ended, as a negative number."""
    arguments = [sys.executable, "-m", __spec__.name, url, broker_url, topic, group, dies]
    return subprocess.run(arguments, cwd=ROOT, check=False, capture_output=True, timeout=120).returncode


def main() -> None:
    """Hear, and die."""
    url, broker_url, topic, group, dies = sys.argv[1:]
    clock = SystemClock()
    ctx = Context.open(make_settings(url), clock=clock)
    handlers = consumers.handlers(ctx)

    def flush() -> None:
        if dies == "after":
            handlers.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    consuming.run(
        broker=open_broker(broker_url, catalogue=catalogue_of(topic), clock=clock),
        group=group,
        topics=[topic],
        handlers=handlers,
        database=ctx.db,
        clock=clock,
        stop=Stop(),
        flush=flush,
    )


if __name__ == "__main__":
    main()
