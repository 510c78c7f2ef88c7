"""Writing what events say into a generation: of each aggregate the newest version, and nothing older."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Table, delete, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from shared.database import insert_for
from shared.messages import Event, UnreadableMessage
from shared.projections.tables import Projection, get_generations, lock, projection_ends


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an event makes of its aggregate: `row` is None when it has ended."""

    aggregate: str
    version: int
    row: Mapping[str, Any] | None

    @classmethod
    def of(cls, projection: Projection, event: Event) -> Self:
        """Return what `event` changes.

        Raises:
            UnreadableMessage: it has no version, or `projection.state` cannot read its data.
        """
        if event.version is None:
            raise UnreadableMessage("message_not_cloudevents", where="sequence")
        row = projection.state(event) if event.data is not None else None
        return cls(aggregate=event.key, version=event.version, row=row)


def apply(session: Session, projection: Projection, event: Event) -> None:
    """Write what an event says into the live generation, and into the one that is being built: a consumer's handler.

    Raises:
        UnreadableMessage: the event has no version, or `projection.state` cannot read its data.
    """
    change = Change.of(projection, event)
    lock(session, projection, aggregate=change.aggregate)
    generations = get_generations(session, projection)
    write(session, projection, generations.live, [change])
    if generations.building is not None:
        write(session, projection, generations.building, [change])


def write(session: Session, projection: Projection, generation: int, changes: Collection[Change]) -> None:
    """Write the changes of different aggregates, each unless something as new is known; the caller holds a lock."""
    ended = _ended_versions(session, projection, generation, [change.aggregate for change in changes])
    newer = [change for change in changes if change.version > ended.get(change.aggregate, 0)]
    states = [change for change in newer if change.row is not None]
    _upsert(session, projection.table, generation, states)
    # A state that came after an end lives again; from now on the row itself knows its version.
    _forget_ends(session, projection, generation, [each.aggregate for each in states if each.aggregate in ended])
    for change in newer:
        if change.row is None:
            _end(session, projection, generation, change)


def _upsert(session: Session, table: Table, generation: int, states: Sequence[Change]) -> None:
    if not states:
        return
    insert = insert_for(session, table)
    own = [column.name for column in table.c if column.name not in ("generation", "aggregate")]
    upsert = insert.on_conflict_do_update(
        index_elements=[table.c.generation, table.c.aggregate],
        set_={name: insert.excluded[name] for name in own},
        where=table.c.version < insert.excluded.version,
    )
    rows = [
        {"generation": generation, "aggregate": each.aggregate, "version": each.version, **(each.row or {})}
        for each in states
    ]
    if session.get_bind().dialect.name == "postgresql":
        # With something to return, SQLAlchemy sends a thousand rows as one statement instead of one after the other.
        session.execute(upsert.returning(literal(1)), rows).close()
    else:
        session.execute(upsert, rows)


def _end(session: Session, projection: Projection, generation: int, end: Change) -> None:
    table = projection.table
    mine = (table.c.generation == generation, table.c.aggregate == end.aggregate)
    session.execute(delete(table).where(*mine, table.c.version < end.version))
    if session.execute(select(table.c.version).where(*mine)).first() is not None:
        return
    remember = insert_for(session, projection_ends).values(
        name=projection.name, generation=generation, aggregate=end.aggregate, version=end.version
    )
    session.execute(
        remember.on_conflict_do_update(
            index_elements=[projection_ends.c.name, projection_ends.c.generation, projection_ends.c.aggregate],
            set_={"version": remember.excluded.version},
            where=projection_ends.c.version < remember.excluded.version,
        )
    )


def _ended_versions(
    session: Session, projection: Projection, generation: int, aggregates: Sequence[str]
) -> dict[str, int]:
    query = select(projection_ends.c.aggregate, projection_ends.c.version)
    rows = session.execute(query.where(*_of(projection, generation), projection_ends.c.aggregate.in_(aggregates)))
    return dict(rows.all())


def _forget_ends(session: Session, projection: Projection, generation: int, aggregates: Sequence[str]) -> None:
    if aggregates:
        ends = delete(projection_ends).where(*_of(projection, generation))
        session.execute(ends.where(projection_ends.c.aggregate.in_(aggregates)))


def _of(projection: Projection, generation: int) -> tuple[ColumnElement[bool], ...]:
    return (projection_ends.c.name == projection.name, projection_ends.c.generation == generation)
