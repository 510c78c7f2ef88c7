"""A small projection for tests: who holds how much, from a compacted topic.

`python -m tests.support.holdings DATABASE_URL BROKER_URL TOPIC BATCHES` rebuilds it and kills itself after so many batches.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Column, Integer, Table, select

from shared import inbox, logs, projections
from shared.broker import Broker, open_broker
from shared.database import Database, new_metadata
from shared.messages import Event, EventType, Record, encode
from shared.projections import Projection
from shared.topics import Catalogue, Replication, Topic

TYPE = "ca.vitrail.example.holding-changed.v1"
BATCH_SIZE = 50

metadata = new_metadata()
inbox.copy_to(metadata)
projections.copy_to(metadata)
holdings = Table("holdings", metadata, *projections.key_columns(), Column("amount", Integer, nullable=False))


def prepare(url: str) -> None:
    """Make the tables in a new database."""
    database = Database(url)
    metadata.create_all(database.engine)
    database.close()


def open_log(url: str, *, topic: str) -> Broker:
    """Open the log with one compacted topic, made when it is missing."""
    declared = Topic(
        name=topic, partitions=12, retention=timedelta(days=7), event_types=frozenset({TYPE}), is_compacted=True
    )
    catalogue = Catalogue(topics={topic: declared}, replication=Replication(factor=1, min_insync=1))
    broker = open_broker(url, catalogue=catalogue)
    broker.make_topics()
    return broker


def projection(topic: str) -> Projection:
    """Return the declaration of the projection of one test."""
    return Projection(name=topic, topic=topic, table=holdings, state=_state)


@cache
def _holding_changed(topic: str) -> EventType:
    return EventType(
        type=TYPE,
        topic=topic,
        summary="",
        schema={"type": "object", "additionalProperties": False, "properties": {"amount": {"type": "integer"}}},
        sample={},
        is_state=True,
    )


def event(topic: str, *, key: str, version: int, amount: int | None) -> Event:
    """Return the state of a holding, or its end when it is of nothing."""
    kind = _holding_changed(topic)
    said = kind.ended(key=key) if amount is None else kind.about(key=key, data={"amount": amount})
    return Event(
        **{name: getattr(said, name) for name in ("id", "type", "source", "topic", "key", "data")},
        occurred_at=datetime(2026, 1, 15, 14, 30, tzinfo=UTC),
        version=version,
    )


def record(topic: str, *, key: str, version: int, amount: int | None) -> Record:
    """Return the same as the log carries it."""
    return encode(event(topic, key=key, version=version, amount=amount))


def list_live(database: Database, shown: Projection) -> dict[str, tuple[int, int]]:
    """Return version and amount of every holding that readers see."""
    with database.read() as session:
        rows = session.execute(select(holdings.c.aggregate, holdings.c.version, holdings.c.amount).where(shown.is_live))
        return {aggregate: (version, amount) for aggregate, version, amount in rows}


def list_generations(database: Database) -> set[int]:
    """Return every generation that has rows, whoever sees them."""
    with database.read() as session:
        return set(session.scalars(select(holdings.c.generation).distinct()))


def _state(event: Event) -> dict[str, Any]:
    assert event.data is not None
    return {"amount": event.data["amount"]}


def main() -> None:
    """Rebuild, and die in the middle."""
    database_url, broker_url, topic, batches = sys.argv[1:]
    logs.configure(part="rebuild", as_json=True)
    left = int(batches)

    def die_when_due(done: int, total: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    projections.rebuild(
        database=Database(database_url),
        broker=open_log(broker_url, topic=topic),
        projection=projection(topic),
        progress=die_when_due,
        batch_size=BATCH_SIZE,
    )


if __name__ == "__main__":
    main()
