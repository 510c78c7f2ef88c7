"""What a relay moves in a second, beside the log's own client sending the same bytes without an outbox."""

import gc
import time
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event as Stop

from kafka import KafkaProducer

from shared import outbox, relaying
from shared.broker import Broker
from shared.database import Database
from shared.messages import Record
from shared.metrics import RelayTally
from tests.benchmarks.events.places import CLOCK, KAFKA, Ground
from tests.benchmarks.support.figures import Figure
from tests.support.events import NOTED

# events.md, Goals: of kafka-python. The embedded log's own producer is several times as fast, and the same relay costs
# more beside it.
LEAST_PERCENT = 70.0
MOST_DRAIN_S = 20.0
WAITING = 100_000
# What a relay sends before its time is taken: its seat and its producer are there by then.
WARMING = 1000


def bench(ground: Ground, *, count: int, rounds: int) -> list[Figure]:
    """Measure in turns: so many events without an outbox, as many with it, and again."""
    database, log = ground.open_database(), ground.open_log()
    bare_s = relayed_s = bare_cpu_s = relayed_cpu_s = 0.0
    for _ in range(rounds):
        records = fill(database, count + WARMING)
        sender = KafkaSender(ground.broker_url) if ground.place.log == KAFKA else DoorSender(log)
        sender.send(records[:WARMING])
        elapsed, processor = _timed(partial(sender.send, records[WARMING:]))
        sender.close()
        bare_s += elapsed
        bare_cpu_s += processor
        elapsed, processor = relay_all(database, log, count=count + WARMING, warming=WARMING)
        relayed_s += elapsed
        relayed_cpu_s += processor
        assert _count_unpublished(database) == 0
    log.close()
    database.close()
    total = count * rounds
    client = "kafka-python" if ground.place.log == KAFKA else "the log's own producer"
    return [
        Figure(
            name=f"relayed, {ground.place}, of {client} alone with the same bytes",
            value=bare_s / relayed_s * 100,
            unit="%",
            at_least=LEAST_PERCENT if ground.place.log == KAFKA else None,
            beside={
                "relayed/s": total / relayed_s,
                "alone/s": total / bare_s,
                "relayed µs of processor": relayed_cpu_s / total * 1e6,
                "alone µs": bare_cpu_s / total * 1e6,
            },
        )
    ]


def bench_draining(ground: Ground, *, waiting: int) -> list[Figure]:
    """Measure how long a relay that starts takes for what has been waiting."""
    database, log = ground.open_database(), ground.open_log()
    fill(database, waiting)
    started = time.monotonic()
    relay_all(database, log, count=waiting)
    elapsed = time.monotonic() - started
    assert _count_unpublished(database) == 0
    log.close()
    database.close()
    return [
        Figure(
            name=f"drained, {waiting:,} waiting events, {ground.place}",
            value=elapsed,
            unit="s",
            at_most=MOST_DRAIN_S if waiting == WAITING else None,
            beside={"events/s": waiting / elapsed},
        )
    ]


class KafkaSender:
    """The bare client: each record as the library's guide sends it, and one wait for all acknowledgements."""

    def __init__(self, broker_url: str) -> None:
        self._producer = KafkaProducer(
            bootstrap_servers=broker_url.removeprefix("kafka://").partition("?")[0],
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=5,
            batch_size=65536,
        )

    def send(self, records: Sequence[Record]) -> None:
        sent = [
            self._producer.send(each.topic, key=each.key, value=each.value, headers=list(each.headers))
            for each in records
        ]
        self._producer.flush()
        for each in sent:
            each.get(timeout=10)

    def close(self) -> None:
        self._producer.close()


class DoorSender:
    """The embedded log's producer, in batches of the relay's size."""

    def __init__(self, log: Broker) -> None:
        self._producer = log.producer()

    def send(self, records: Sequence[Record]) -> None:
        for start in range(0, len(records), relaying.BATCH_SIZE):
            self._producer.publish(records[start : start + relaying.BATCH_SIZE])

    def close(self) -> None:
        self._producer.close()


class _StopAfter(Stop):
    """Stops a relay that has published so many, and takes the time from the end of its warming on."""

    def __init__(self, tally: RelayTally, *, count: int, warming: int) -> None:
        super().__init__()
        self._tally, self._count, self._warming = tally, count, warming
        self.started_at: tuple[float, float] | None = None

    def is_set(self) -> bool:
        if self.started_at is None and self._tally.published >= self._warming:
            self.started_at = (time.perf_counter(), time.process_time())
        return self._tally.published >= self._count


def relay_all(database: Database, log: Broker, *, count: int, warming: int = 0) -> tuple[float, float]:
    """Relay so many; return seconds and seconds of processor, marking included, from the end of the warming on."""
    tally = RelayTally()
    stop = _StopAfter(tally, count=count, warming=warming)
    relaying.run(database=database, broker=log, clock=CLOCK, stop=stop, tally=tally)
    assert stop.started_at is not None
    return time.perf_counter() - stop.started_at[0], time.process_time() - stop.started_at[1]


def fill(database: Database, count: int) -> list[Record]:
    """Write so many events to the outbox and return the records that carry them."""
    for start in range(0, count, 5000):
        numbers = range(start, min(start + 5000, count))
        made = [
            NOTED.about(
                key=f"student:{number % 997}",
                subject=f"student:{number % 997}",
                data={"number": number, "noted_at": CLOCK.now()},
            )
            for number in numbers
        ]
        with database.transaction() as session:
            outbox.add_all(session, made, at=CLOCK.now())
    with database.read() as session:
        records = [each.record for each in outbox.list_unpublished(session, limit=count)]
    # A relay's own heap is small; the collector must not walk through all these for each of its batches.
    gc.collect()
    gc.freeze()
    return records


def _count_unpublished(database: Database) -> int:
    with database.read() as session:
        return outbox.count_unpublished(session)


def _timed(action: Callable[[], object]) -> tuple[float, float]:
    started = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - started[0], time.process_time() - started[1]
