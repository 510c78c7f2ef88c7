"""How fast a projection is made anew from its topic of states, while the former one serves."""

import time
from uuid import uuid4

from shared import projections
from tests.benchmarks.events.places import Ground
from tests.benchmarks.support.figures import Figure
from tests.support import holdings

# events.md, Goals: 1.3 million guardianships in ten minutes.
LEAST_ROWS_A_SECOND = 1_300_000 / 600
BATCH = 2000


def bench(ground: Ground, *, count: int) -> list[Figure]:
    """Rebuild a projection of so many states."""
    holdings.prepare(ground.database_url)
    topic = f"vitrail.holdings-{uuid4().hex[:8]}.v1"
    broker, database = holdings.open_log(ground.broker_url, topic=topic), ground.open_database()
    producer = broker.producer()
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        producer.publish([holdings.record(topic, key=_key(each), version=1, amount=each) for each in numbers])
    producer.close()
    started, processor = time.monotonic(), time.process_time()
    rebuilt = projections.rebuild(database=database, broker=broker, projection=holdings.projection(topic))
    elapsed, processor = time.monotonic() - started, time.process_time() - processor
    database.close()
    broker.delete_topics([topic])
    broker.close()
    assert rebuilt.rows == count
    return [
        Figure(
            name=f"projection rebuilt, {ground.place}",
            value=count / elapsed,
            unit="rows/s",
            at_least=LEAST_ROWS_A_SECOND,
            beside={"rows": count, "µs of processor a row": processor / count * 1e6},
        )
    ]


def _key(number: int) -> str:
    """Return a key as long as that of a guardianship."""
    return f"account:01980a5b-0d1e-7b61-9c0b-{number:012d}/student:01980a5b-0d1e-7b61-9c0c-{number:012d}"
