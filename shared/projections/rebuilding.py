"""Making a projection anew from its topic, while its consumer keeps it and readers read it."""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table, and_, delete, func, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from shared import logs, messages, retrying
from shared.broker import Broker, BrokerUnavailable, Delivery, Reader
from shared.database import Database, insert_for
from shared.messages import UnreadableMessage
from shared.projections.keeping import Change, write
from shared.projections.tables import (
    Generations,
    Projection,
    get_generations,
    lock,
    projection_ends,
    set_generations,
)

log = logs.get(__name__)

# A batch holds the consumer of this projection up, and on SQLite every writer, for some tens of milliseconds.
BATCH_SIZE: Final = 1000
_DELETED_AT_ONCE: Final = 5000
# How often a log that went away in the middle is asked for a new reader.
_READERS: Final = 10
_KEYS_AT_ONCE: Final = 1000


class TopicForgets(Exception):
    """The topic does not hold everything that the projection does: a rebuild would lose what is past the retention."""


class RebuildOvertaken(Exception):
    """Another rebuild of this projection began later, or this one was called off."""


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """What a rebuild did: events read, rows that live, and keys with a record that could not be read.

    Where nothing else of such a key was found, the row that was live stays.
    """

    events: int
    rows: int
    unreadable_keys: int


def rebuild(
    *,
    database: Database,
    broker: Broker,
    projection: Projection,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    batch_size: int = BATCH_SIZE,
) -> Rebuilt:
    """Make a projection anew from the start of its topic, and put it in place of the old one.

    `progress` is called with how many records were read, and how many there are.

    Raises:
        TopicForgets: it is not compacted, and the projection is not declared to forget with it.
        RebuildOvertaken: see the class; nothing was put in place.
        BrokerUnavailable: the log was away for too long; nothing was put in place.
        UnknownTopic: it is not declared or not made.
    """
    if not (projection.forgets_with_topic or broker.catalogue.get_topic(projection.topic).is_compacted):
        raise TopicForgets(projection.topic)
    with database.transaction() as session:
        lock(session, projection)
        live, building = get_generations(session, projection)
        generation = max(live, building or 0) + 1
        set_generations(session, projection, Generations(live, generation))
    log.info("rebuild_started", projection=projection.name, generation=generation)
    _delete_the_dead(database, projection)
    work = _Rebuild(
        database=database, projection=projection, generation=generation, progress=progress, batch_size=batch_size
    )
    _read_patiently(work, broker)
    rows = work.put_in_place()
    log.info("rebuild_finished", projection=projection.name, generation=generation, rows=rows)
    _delete_the_dead(database, projection)
    return Rebuilt(events=work.events, rows=rows, unreadable_keys=len(work.unreadable_keys))


def call_off(database: Database, projection: Projection) -> bool:
    """Forget a rebuild that was killed, or stop one that is at work; return whether there was one."""
    with database.transaction() as session:
        lock(session, projection)
        generations = get_generations(session, projection)
        set_generations(session, projection, Generations(generations.live, None))
    _delete_the_dead(database, projection)
    return generations.building is not None


class _Rebuild:
    """One rebuild at work."""

    def __init__(
        self,
        *,
        database: Database,
        projection: Projection,
        generation: int,
        progress: Callable[[int, int], None],
        batch_size: int,
    ) -> None:
        self._database = database
        self._projection = projection
        self._generation = generation
        self._progress = progress
        self._batch_size = batch_size
        self.events = 0
        self.unreadable_keys: set[str] = set()

    def read_all(self, broker: Broker) -> None:
        """Write everything that the topic holds now."""
        reader = broker.reader(topics=[self._projection.topic])
        try:
            self._read_to_end(reader)
        finally:
            reader.close()

    def put_in_place(self) -> int:
        """Make the new generation the live one; return how many rows it has."""
        table = self._projection.table
        with self._database.transaction() as session:
            live = self._require_ours(session)
            _carry_over(session, table, keys=self.unreadable_keys, source=live, target=self._generation)
            set_generations(session, self._projection, Generations(self._generation, None))
        with self._database.read() as session:
            rows = select(func.count()).select_from(table).where(table.c.generation == self._generation)
            return session.scalar(rows) or 0

    def _read_to_end(self, reader: Reader) -> None:
        total = reader.remaining()
        self.events = 0
        self._progress(0, total)
        while not reader.is_at_end():
            deliveries = reader.read(max_records=self._batch_size, timeout=1.0)
            if deliveries:
                self._write(deliveries)
            self._progress(total - reader.remaining(), total)

    def _write(self, deliveries: Sequence[Delivery]) -> None:
        self.events += len(deliveries)
        newest: dict[str, Change] = {}
        for delivery in deliveries:
            try:
                change = Change.of(self._projection, messages.decode(delivery))
            except UnreadableMessage as unreadable:
                self._note_unreadable(delivery, unreadable)
                continue
            known = newest.get(change.aggregate)
            if known is None or known.version < change.version:
                newest[change.aggregate] = change
        with self._database.transaction() as session:
            self._require_ours(session)
            write(session, self._projection, self._generation, list(newest.values()))

    def _note_unreadable(self, delivery: Delivery, unreadable: UnreadableMessage) -> None:
        # The consumer has put it aside, where it can be looked at.
        self.unreadable_keys.add((delivery.key or b"").decode(errors="replace"))
        log.warning(
            "rebuild_passed_over",
            projection=self._projection.name,
            partition=delivery.partition,
            offset=delivery.offset,
            reason=unreadable.reason,
        )

    def _require_ours(self, session: Session) -> int:
        """Keep the consumer out until the end of the transaction; return the live generation."""
        lock(session, self._projection)
        generations = get_generations(session, self._projection)
        if generations.building != self._generation:
            raise RebuildOvertaken(self._projection.name)
        return generations.live


def _read_patiently(work: _Rebuild, broker: Broker) -> None:
    failures = 0
    while True:
        try:
            work.read_all(broker)
        except BrokerUnavailable:
            # From the start again: versions make that harmless.
            failures += 1
            log.warning("rebuild_interrupted", failures=failures)
            if failures == _READERS:
                raise
            threading.Event().wait(retrying.pause(failures))
        else:
            return


def _carry_over(session: Session, table: Table, *, keys: Collection[str], source: int, target: int) -> None:
    """Keep the live rows of `keys` where the new generation has none: their newest word could not be read."""
    names = [column.name for column in table.c if column.name != "generation"]
    old = select(literal(target), *(table.c[name] for name in names)).where(table.c.generation == source)
    ordered = sorted(keys)
    for start in range(0, len(ordered), _KEYS_AT_ONCE):
        rows = old.where(table.c.aggregate.in_(ordered[start : start + _KEYS_AT_ONCE]))
        session.execute(
            insert_for(session, table)
            .from_select(["generation", *names], rows)
            .on_conflict_do_nothing(index_elements=[table.c.generation, table.c.aggregate])
        )


def _delete_the_dead(database: Database, projection: Projection) -> None:
    """Delete what is neither live nor being built, some rows at a time."""
    for table, own in (
        (projection.table, literal(True)),
        (projection_ends, projection_ends.c.name == projection.name),
    ):
        while _delete_some(database, projection, table, own):
            pass


def _delete_some(database: Database, projection: Projection, table: Table, own: ColumnElement[bool]) -> bool:
    """Delete some rows of one dead generation; return False when there is none."""
    with database.transaction() as session:
        live, building = get_generations(session, projection)
        # As ranges of the key, so that what lives is not read to find what is dead. What is being built is the highest.
        above = table.c.generation > live
        ranges = (table.c.generation < live, above if building is None else and_(above, table.c.generation < building))
        first = (
            session.scalar(select(table.c.generation).where(own, dead).order_by(table.c.generation).limit(1))
            for dead in ranges
        )
        generation = next((each for each in first if each is not None), None)
        if generation is None:
            return False
        of_it = and_(own, table.c.generation == generation)
        last = session.scalar(
            select(table.c.aggregate).where(of_it).order_by(table.c.aggregate).offset(_DELETED_AT_ONCE - 1).limit(1)
        )
        session.execute(delete(table).where(of_it if last is None else and_(of_it, table.c.aggregate <= last)))
        return True
