"""What happened, written with the fact: the only way to publish (`events.md`, Writing).

`add` gives an event its version within its aggregate and writes it, inside the transaction that makes the fact. Taking
the version locks the aggregate's row until that transaction ends, so two transactions on one aggregate commit in the
order of their positions, which is the order in which the relay publishes them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Executable,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from shared import logs, messages, tracing
from shared.database import UtcDateTime, moment_text, new_metadata, once_a_dialect
from shared.messages import ENVELOPE, Event, EventRefused, Record

# What the relay listens to on PostgreSQL; told at commit, once a transaction.
CHANNEL: Final = "vitrail_outbox"

_metadata = new_metadata()

outbox = Table(
    "outbox",
    _metadata,
    # SQLite counts only INTEGER keys by itself. AUTOINCREMENT: a swept position is never given again.
    Column("position", BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True),
    Column("aggregate", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("id", Text, nullable=False, unique=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("subject", Text),
    Column("organisation_id", Text),
    Column("occurred_at", UtcDateTime, nullable=False),
    # JSON as text: what is published is what was committed, and an operator can read it in either database. `null` is a
    # tombstone's: other data is an object.
    Column("data", Text, nullable=False),
    Column("classification", Text),
    Column("correlation_id", Text),
    Column("causation_id", Text),
    Column("trace_context", Text),
    # Null until the broker has acknowledged.
    Column("published_at", UtcDateTime),
    UniqueConstraint("aggregate", "version"),
    Index(
        "ix_outbox_unpublished",
        "position",
        sqlite_where=text("published_at IS NULL"),
        postgresql_where=text("published_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

aggregates = Table(
    "aggregates",
    _metadata,
    Column("aggregate", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

# What a tombstone has for data.
_NO_DATA: Final = "null"

_rows = select(
    outbox.c.position,
    outbox.c.data,
    moment_text(outbox.c.occurred_at),
    *(outbox.c[name] for name in ENVELOPE),
)
_waiting = (
    _rows.where(outbox.c.published_at.is_(None), ~outbox.c.position.between(bindparam("first"), bindparam("last")))
    .order_by(outbox.c.position)
    .limit(bindparam("most"))
)
# SQLite takes 32,766 parameters a statement.
_NAMES_A_STATEMENT: Final = 1000
# What waits is told in its turn.
_newest = _rows.join(
    aggregates, (aggregates.c.aggregate == outbox.c.aggregate) & (aggregates.c.version == outbox.c.version)
).where(outbox.c.aggregate.in_(bindparam("names", expanding=True)), outbox.c.published_at.is_not(None))
_mark = (
    update(outbox)
    .where(outbox.c.position.between(bindparam("first"), bindparam("last")))
    .values(published_at=bindparam("at", type_=outbox.c.published_at.type))
)


# Not asking for the position that the row was given.
_insert = insert(outbox).inline()
_tell = select(func.pg_notify(CHANNEL, ""))


@once_a_dialect
def _count_up(insert: Any) -> Executable:
    upsert = insert(aggregates)
    counted = upsert.on_conflict_do_update(
        index_elements=[aggregates.c.aggregate],
        set_={"version": aggregates.c.version + upsert.excluded.version},
    )
    return counted.returning(aggregates.c.aggregate, aggregates.c.version)  # type: ignore[no-any-return]


class Unpublished(NamedTuple):
    """A record that waits for the relay, at its place in the outbox."""

    position: int
    record: Record

    @property
    def event(self) -> Event:
        """Return the event that it carries, as its readers will see it."""
        return messages.decode(self.record)


def copy_to(metadata: MetaData) -> None:
    """Add the tables `outbox` and `aggregates` to a service's own metadata."""
    outbox.to_metadata(metadata)
    aggregates.to_metadata(metadata)


def add(session: Session, event: Event, *, at: datetime) -> Event:
    """Write `event` beside the fact that it tells; return it as it will be published.

    An operation that tells several events gives them to `add_all`: two operations that take the same aggregates one by
    one, in different orders, would wait for each other.

    Raises:
        EventRefused: the event was not made by a producer's declaration.
    """
    return add_all(session, [event], at=at)[0]


def add_all(session: Session, events: Sequence[Event], *, at: datetime) -> list[Event]:
    """Write several events of one transaction, in the order given, taking their aggregates in one fixed order.

    Raises:
        EventRefused: an event was not made by a producer's declaration.
    """
    if not events:
        return []
    for event in events:
        if event.declared_as is None:
            raise EventRefused(f"{event.type}: only an event made by its declaration can be published")
    next_versions = _take_versions(session, Counter(_aggregate(event) for event in events))
    told = []
    for event in events:
        aggregate = _aggregate(event)
        told.append(
            replace(
                event,
                occurred_at=at,
                version=next_versions[aggregate],
                correlation_id=event.correlation_id or logs.request_id.get(),
                causation_id=event.causation_id or messages.handled_event_id.get(),
                trace_context=event.trace_context or tracing.trace_context.get(),
            )
        )
        next_versions[aggregate] += 1
    rows = [_row(event) for event in told]
    session.execute(_insert, rows if len(rows) > 1 else rows[0])
    _notify(session)
    return told


def list_unpublished(session: Session | Connection, *, limit: int, but_not: Collection[int] = ()) -> list[Unpublished]:
    """Return the oldest events that the broker has not acknowledged, in the order of their positions.

    `but_not` are positions that it has acknowledged and that are not marked yet.
    """
    # One statement whatever is left out, so that it is compiled and prepared once: of the ranges the longest is left
    # out by the database, and what little lies outside it here.
    left_out = ranges(but_not)
    first, last = max(left_out, key=lambda each: each[1] - each[0], default=(0, -1))
    rest = {position for position in but_not if not first <= position <= last}
    rows = session.execute(_waiting, {"first": first, "last": last, "most": limit + len(rest)}).all()
    return [_record(row) for row in rows if row[0] not in rest][:limit]


def list_newest(session: Session | Connection, *, places: Collection[tuple[str, str]]) -> list[Unpublished]:
    """Return the last event of each topic and key, of those that the broker has acknowledged, to be told again."""
    names = sorted(f"{topic}/{key}" for topic, key in places)
    found: list[Unpublished] = []
    for start in range(0, len(names), _NAMES_A_STATEMENT):
        rows = session.execute(_newest, {"names": names[start : start + _NAMES_A_STATEMENT]})
        found += [_record(row) for row in rows]
    return found


def mark_published(session: Session | Connection, positions: Collection[int], *, at: datetime) -> None:
    """Remember that the broker has acknowledged these events."""
    # A range of positions without a gap holds nothing else. Over a gap it might: what took the missing position may
    # have been committed since these were read, and would be marked without having been sent.
    for first, last in ranges(positions):
        session.execute(_mark, {"first": first, "last": last, "at": at})


def _record(row: Any) -> Unpublished:
    return Unpublished(row[0], messages.record_of(None if row[1] == _NO_DATA else row[1].encode(), *row[2:]))


def ranges(positions: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and last of each run of positions that follow each other without a gap."""
    found: list[tuple[int, int]] = []
    for position in sorted(positions):
        if found and position == found[-1][1] + 1:
            found[-1] = (found[-1][0], position)
        else:
            found.append((position, position))
    return found


def count_unpublished(session: Session) -> int:
    """Return how many events wait for the relay."""
    return session.scalar(select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))) or 0


def age_of_oldest(session: Session, *, now: datetime) -> timedelta:
    """Return how long the oldest unpublished event has been waiting; zero when none waits."""
    oldest = session.scalar(
        select(outbox.c.occurred_at).where(outbox.c.published_at.is_(None)).order_by(outbox.c.position).limit(1)
    )
    return max(now - oldest, timedelta()) if oldest is not None else timedelta()


def sweep(session: Session | Connection, *, published_before: datetime, limit: int = 1000) -> int:
    """Delete the oldest events that were published before a moment, at most `limit`; return how many."""
    # Only the oldest rows are looked at: they are published in order, and a sweep must not read the whole table.
    oldest = select(outbox.c.position, outbox.c.published_at).order_by(outbox.c.position).limit(limit).subquery()
    swept = session.execute(
        delete(outbox).where(
            outbox.c.position.in_(select(oldest.c.position).where(oldest.c.published_at < published_before))
        )
    )
    return int(swept.rowcount)  # type: ignore[attr-defined]


def _aggregate(event: Event) -> str:
    # With the topic: a key that speaks on two topics has a contiguous sequence on each.
    return f"{event.topic}/{event.key}"


def _take_versions(session: Session, counts: Counter[str]) -> dict[str, int]:
    """Lock each aggregate's row, in one order for everybody, and return the first version that is ours."""
    wanted = [{"aggregate": name, "version": count} for name, count in sorted(counts.items())]
    counted = session.execute(_count_up(session), wanted if len(wanted) > 1 else wanted[0])
    return {name: last - counts[name] + 1 for name, last in counted}


def _row(event: Event) -> dict[str, Any]:
    row = {name: getattr(event, name) for name in ("occurred_at", *ENVELOPE)}
    return row | {"aggregate": _aggregate(event), "data": orjson.dumps(event.data).decode()}


def _notify(session: Session) -> None:
    transaction = session.get_transaction()
    if session.get_bind().dialect.name != "postgresql" or session.info.get("outbox_notified") is transaction:
        return
    session.execute(_tell)
    session.info["outbox_notified"] = transaction
