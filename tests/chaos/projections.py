"""The harness's own projections, and what was committed: the rows that a verdict is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from shared import dead_events, messages, outbox
from shared.broker import Broker
from shared.database import Database
from tests.chaos.setups import Setup
from tests.chaos.storm import Age
from tests.chaos.verdict import Told
from tests.support import events
from tests.support.events import applied


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A database that a group fills: each application of an event is a row."""

    group: str
    topics: tuple[str, ...]
    url: str
    database: Database
    broker: Broker

    @classmethod
    def make(cls, setup: Setup, *, group: str, topics: tuple[str, ...], broker: Broker) -> "Projection":
        """Make the database of a new projection."""
        url = setup.database_url(group)
        events.prepare(url)
        return cls(group=group, topics=topics, url=url, database=Database(url), broker=broker)

    def count(self) -> int:
        """Return how many applications there were."""
        return events.count_applied(self.database)

    def left(self) -> Mapping[str, int]:
        """Return what this group has still to do."""
        lag = self.broker.lag(group=self.group, topics=self.topics)
        with self.database.read() as session:
            dead = session.scalar(select(func.count()).select_from(dead_events.dead_events)) or 0
        return {
            f"lag of {self.group}": sum(each.records for each in lag.values()),
            f"dead events of {self.group}": dead,
        }

    def list_applied(self) -> list[Told]:
        """Return every application, in order."""
        with self.database.read() as session:
            rows = session.execute(
                select(applied.c.event_id, applied.c.topic, applied.c.key, applied.c.version).order_by(
                    applied.c.position
                )
            )
            return [Told(id=event_id, key=f"{topic}/{key}", version=version) for event_id, topic, key, version in rows]

    def ages(self, committed: Mapping[str, datetime]) -> list[Age]:
        """Return the age of every application of these events."""
        with self.database.read() as session:
            rows = session.execute(
                select(applied.c.event_id, func.min(applied.c.applied_at)).group_by(applied.c.event_id)
            )
            return [
                Age(committed_at=committed[event_id].timestamp(), applied_at=moment.timestamp())
                for event_id, moment in rows
                if event_id in committed
            ]


def list_told(database: Database, *, topics: Sequence[str] = ()) -> list[Told]:
    """Return every event that was committed (to these topics), in the order of its position."""
    table = outbox.outbox
    query = select(table.c.id, table.c.aggregate, table.c.version).order_by(table.c.position)
    if topics:
        query = query.where(table.c.topic.in_(topics))
    with database.read() as session:
        return [
            Told(id=event_id, key=aggregate, version=version) for event_id, aggregate, version in session.execute(query)
        ]


def list_moments(database: Database, *, but_not: str = "") -> Mapping[str, datetime]:
    """Return when each event was committed, leaving out keys that begin with `but_not`."""
    table = outbox.outbox
    query = select(table.c.id, table.c.occurred_at)
    if but_not:
        query = query.where(table.c.key.not_like(f"{but_not}%"))
    with database.read() as session:
        return {event_id: moment for event_id, moment in session.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def list_last(broker: Broker, *, topic: str) -> dict[str, int]:
    """Return the version of the last record of each key: what the log keeps once it is compacted."""
    last: dict[str, int] = {}
    reader = broker.reader(topics=[topic])
    while not reader.is_at_end():
        for delivery in reader.read(max_records=500, timeout=2):
            event = messages.decode(delivery)
            last[f"{topic}/{event.key}"] = event.version or 0
    reader.close()
    return last
