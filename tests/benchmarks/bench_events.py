"""Measure the event backbone: `python -m tests.benchmarks.bench_events [--quick] [--parts …] [--places …]`.

Every part is measured on empty databases and an empty log of its own: SQLite and PostgreSQL, the embedded log and a
Kafka of one node. What is measured stands in `tests/benchmarks/events/`; the targets are those of `events.md`.
"""

import argparse
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from one_machine.kafka.jars import NoKafka
from shared import logs
from tests.benchmarks.events import ages, consumer, exporting, rebuilding, recovery, relay, writing
from tests.benchmarks.events.places import EMBEDDED, KAFKA, POSTGRESQL, SQLITE, Ground, Grounds, Place, grounds
from tests.benchmarks.support.figures import Figure, console, tell
from tests.support.postgres import NoPostgres

QUICK = ("--quick",)
PLACES = tuple(Place(database, log) for log in (EMBEDDED, KAFKA) for database in (SQLITE, POSTGRESQL))
# The pairs that are run: one machine's, and production's; beside them Kafka without the weight of PostgreSQL.
REAL = (Place(SQLITE, EMBEDDED), Place(SQLITE, KAFKA), Place(POSTGRESQL, KAFKA))


@dataclass(frozen=True)
class Pace:
    """How much is done of everything."""

    events: int
    rounds: int
    waiting: int
    rows: int
    seconds: int
    transactions: int
    around_s: float
    places: Sequence[Place]


FULL = Pace(
    events=20_000, rounds=3, waiting=relay.WAITING, rows=50_000, seconds=20, transactions=300, around_s=5, places=PLACES
)
BRIEF = Pace(
    events=1000, rounds=1, waiting=2000, rows=2000, seconds=1, transactions=20, around_s=0.5, places=(REAL[0], REAL[2])
)

Measure = Callable[[Ground, Pace], list[Figure]]
PARTS: dict[str, tuple[Sequence[Place], Measure]] = {
    "writing": (
        (Place(SQLITE, EMBEDDED), Place(POSTGRESQL, EMBEDDED)),
        lambda ground, pace: writing.bench(ground, count=pace.transactions),
    ),
    "relay": (PLACES, lambda ground, pace: relay.bench(ground, count=pace.events, rounds=pace.rounds)),
    "draining": (REAL, lambda ground, pace: relay.bench_draining(ground, waiting=pace.waiting)),
    "consumer": (REAL, lambda ground, pace: consumer.bench(ground, count=pace.events)),
    "ages": (REAL, lambda ground, pace: ages.bench(ground, rate=100, seconds=pace.seconds)),
    "ages at 1,000/s": (
        REAL,
        lambda ground, pace: ages.bench(ground, rate=1000, seconds=pace.seconds, told_at_once=10),
    ),
    "exporter": (REAL[:2], lambda ground, pace: exporting.bench(ground, count=pace.events)),
    "rebuilding": (REAL, lambda ground, pace: rebuilding.bench(ground, count=pace.rows)),
    "killed relay": (REAL, lambda ground, pace: recovery.bench_killed_relay(ground, seconds=pace.around_s)),
    "rebalance": ((REAL[0], REAL[1]), lambda ground, pace: recovery.bench_rebalance(ground, seconds=pace.around_s)),
}


def carry_out(part: str, place: Place, pace: Pace, giver: Grounds) -> list[Figure]:
    """Measure one part in one place; a place that this machine does not have is told and left out."""
    _, measure = PARTS[part]
    try:
        ground = giver.empty(place)
    except (NoKafka, NoPostgres) as missing:
        console.print(f"[yellow]skipped:[/] {part}, {place}: {missing}")
        return []
    with console.status(f"{part}, {place}"):
        return measure(ground, pace)


def main() -> None:
    """Measure what was asked for, and tell each part's figures as soon as they are there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="brief: shows that it works, not how fast we are")
    parser.add_argument("--parts", nargs="+", choices=tuple(PARTS), default=tuple(PARTS))
    parser.add_argument("--logs", nargs="+", choices=(EMBEDDED, KAFKA), default=(EMBEDDED, KAFKA))
    parser.add_argument("--databases", nargs="+", choices=(SQLITE, POSTGRESQL), default=(SQLITE, POSTGRESQL))
    options = parser.parse_args()
    pace = BRIEF if options.quick else FULL
    # Log lines are written as in production, to nowhere.
    logs.configure(part="bench", as_json=True, stream=Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    with grounds() as giver:
        for part in options.parts:
            figures = [
                figure
                for place in PARTS[part][0]
                if place in pace.places and place.log in options.logs and place.database in options.databases
                for figure in carry_out(part, place, pace, giver)
            ]
            tell(f"events: {part}", figures)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell("events: this process", [Figure(name="peak memory", value=memory, unit="MiB")])


if __name__ == "__main__":
    main()
