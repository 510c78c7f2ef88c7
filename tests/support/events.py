"""A small service of facts and what follows from them, for the tests of the event backbone."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event as Stop
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Column, Integer, Table, Text, func, insert, select
from sqlalchemy.orm import Session

from shared import inbox, outbox
from shared.clock import SystemClock
from shared.database import Database, UtcDateTime, new_metadata
from shared.messages import Event, EventType, Record, encode
from shared.topics import Catalogue, Topic

TOPIC = "vitrail.example.v1"
OTHER_TOPIC = "vitrail.other.v1"

NOTED = EventType(
    type="ca.vitrail.example.fact-noted.v1",
    topic=TOPIC,
    summary="A fact was noted.",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["number"],
        "properties": {"number": {"type": "integer"}, "noted_at": {"type": "string", "format": "date-time"}},
    },
    sample={"number": 1},
)
# The present state of something, which may end.
HELD = EventType(
    type="ca.vitrail.example.fact-held.v1",
    topic=TOPIC,
    summary="A fact is held.",
    schema=NOTED.schema,
    sample={"number": 1},
    is_state=True,
)
# Said on the topic, and of no interest to the consumer here.
PASSED_OVER = "ca.vitrail.example.fact-ignored.v1"

CATALOGUE = Catalogue(
    topics={
        TOPIC: Topic(
            name=TOPIC,
            partitions=12,
            retention=timedelta(days=30),
            event_types=frozenset({NOTED.type, HELD.type, PASSED_OVER}),
        ),
        OTHER_TOPIC: Topic(name=OTHER_TOPIC, partitions=3, retention=timedelta(days=1), event_types=frozenset()),
    }
)

metadata = new_metadata()
outbox.copy_to(metadata)
inbox.copy_to(metadata)
# Each application of an event is a row: twice applied is seen, and so is the order.
applied = Table(
    "applied",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("event_id", Text, nullable=False),
    Column("topic", Text, nullable=False, default=TOPIC),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("applied_at", UtcDateTime, nullable=False, default=lambda: SystemClock().now()),
)

# Built once, as a service builds what every event executes; not asking for the row's position.
_insert = insert(applied).inline()


def prepare(url: str) -> None:
    """Make the tables in a new database."""
    database = Database(url)
    metadata.create_all(database.engine)
    database.close()


def note(database: Database, *, key: str, clock: Any, number: int = 1) -> Event:
    """Tell one fact, in a transaction of its own."""
    with database.transaction() as session:
        return outbox.add(session, NOTED.about(key=key, data={"number": number}), at=clock.now())


def apply(session: Session, event: Event) -> None:
    """Write down that an event was applied."""
    row = {"event_id": event.id, "topic": event.topic, "key": event.key, "version": event.version}
    session.execute(_insert, row)


def list_applied(database: Database) -> list[tuple[str, int]]:
    """Return the key and version of every application, in their order."""
    with database.read() as session:
        rows = session.execute(select(applied.c.key, applied.c.version).order_by(applied.c.position))
        return [(key, version) for key, version in rows]


def count_applied(database: Database) -> int:
    """Return how many applications there were."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(applied)) or 0


def record(number: int, *, key: str = "student:1", clock: Any, type: str = NOTED.type) -> Record:
    """Return an event as the log carries it, without an outbox."""
    event = Event(
        id=f"{key}-{number}",
        type=type,
        source="/services/example",
        topic=TOPIC,
        key=key,
        data={"number": number},
        occurred_at=clock.now(),
        version=number,
    )
    return encode(event)


class StopWhen(Stop):
    """A stop that sets itself when a condition holds; after `patience` seconds it stops too, and `came_true` tells."""

    def __init__(self, condition: Callable[[], bool], *, patience: float = 60.0) -> None:
        super().__init__()
        self._condition = condition
        self._deadline = monotonic() + patience
        self.came_true = False

    def is_set(self) -> bool:
        if not super().is_set():
            self.came_true = self._condition()
            if self.came_true or monotonic() > self._deadline:
                self.set()
        return super().is_set()

    def wait_until_set(self) -> bool:
        """Look again and again until the condition holds; return whether it does."""
        while not self.is_set():
            sleep(0.01)
        return self.came_true
