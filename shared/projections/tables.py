"""What a projection declares, and which of its generations is live."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from shared.database import insert_for, new_metadata
from shared.messages import Event

_metadata = new_metadata()

projections = Table(
    "projections",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("live_generation", Integer, nullable=False),
    # Null unless a rebuild is at work, or was killed.
    Column("building_generation", Integer),
)
# The last version of what has ended: its row is gone, and an older state that is heard late must not bring it back.
projection_ends = Table(
    "projection_ends",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("aggregate", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)


class Generations(NamedTuple):
    """The generation that readers see, and the newer one that is being built, if any."""

    live: int
    building: int | None


@dataclass(frozen=True, kw_only=True)
class Projection:
    """One table kept from one topic, one row for each of its keys.

    `table` has the columns of `key_columns` beside its own; its indexes begin with `generation`. `state` returns
    its own columns, always the same, from an event with data, or None when that says that there is nothing (more); a
    tombstone says so by itself. The topic must give every key contiguous versions, as `outbox.add` does, and be
    compacted; with `forgets_with_topic`, what is past the retention of another topic is gone after a rebuild.

    Raises ValueError when the table's primary key is not generation and aggregate.
    """

    name: str
    topic: str
    table: Table
    state: Callable[[Event], Mapping[str, Any] | None]
    forgets_with_topic: bool = False

    def __post_init__(self) -> None:
        if [column.name for column in self.table.primary_key] != ["generation", "aggregate"]:
            raise ValueError(f"the key of {self.table.name} is not generation and aggregate")

    @property
    def is_live(self) -> ColumnElement[bool]:
        """Return the condition under which a row of the table is what readers may see."""
        live = select(projections.c.live_generation).where(projections.c.name == self.name).scalar_subquery()
        return self.table.c.generation == live


def copy_to(metadata: MetaData) -> None:
    """Add the tables that all projections share to a service's own metadata."""
    projections.to_metadata(metadata)
    projection_ends.to_metadata(metadata)


def key_columns() -> list[Column[Any]]:
    """Return the columns that the table of a projection begins with."""
    return [
        Column("generation", Integer, primary_key=True, autoincrement=False),
        Column("aggregate", Text, primary_key=True),
        Column("version", BigInteger, nullable=False),
    ]


def get_generations(session: Session, projection: Projection) -> Generations:
    """Return the generations, under the caller's lock; a projection that is new begins with the first."""
    query = select(projections.c.live_generation, projections.c.building_generation)
    query = query.where(projections.c.name == projection.name)
    row = session.execute(query).one_or_none()
    if row is None:
        first = insert_for(session, projections).values(name=projection.name, live_generation=1)
        session.execute(first.on_conflict_do_nothing(index_elements=[projections.c.name]))
        # Somebody else may have been first, and have gone on from there.
        row = session.execute(query).one()
    return Generations(live=row.live_generation, building=row.building_generation)


def set_generations(session: Session, projection: Projection, generations: Generations) -> None:
    """Say which generation is live, and which is being built."""
    session.execute(
        update(projections)
        .where(projections.c.name == projection.name)
        .values(live_generation=generations.live, building_generation=generations.building)
    )


def lock(session: Session, projection: Projection, *, aggregate: str | None = None) -> None:
    """Let consumers in side by side, one for each aggregate, and whoever names none alone, until the transaction ends.

    What is read after it is what was committed before. SQLite's writers are alone anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    whole = _number("projection", projection.name)
    if aggregate is None:
        session.execute(select(func.pg_advisory_xact_lock(whole)))
    else:
        one = _number("projection", projection.name, aggregate)
        session.execute(select(func.pg_advisory_xact_lock_shared(whole), func.pg_advisory_xact_lock(one)))


def _number(*parts: str) -> int:
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
