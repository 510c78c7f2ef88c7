"""Messages that no retry can help, kept with their reason, and those of the same key that wait behind them.

Skipping one event would break its aggregate, and a retry topic would lose the order (`events.md`, Failures). So a dead
event stays in its consumer's own database, later events with its key queue behind it, and the partition goes on.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from shared.broker import Delivery
from shared.database import UtcDateTime, insert_for, new_metadata
from shared.messages import MAX_ATTRIBUTE_LENGTH

DEAD: Final = "dead"
WAITING: Final = "waiting"

_metadata = new_metadata()

dead_events = Table(
    "dead_events",
    _metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True),
    # The consumer group that could not take it.
    Column("consumer", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    # Original bytes: what could not be read must be looked at as it came.
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", LargeBinary, nullable=False),
    Column("appended_at", UtcDateTime, nullable=False),
    # What could be read of it.
    Column("event_id", Text),
    Column("type", Text),
    # `dead`, or `waiting` behind an earlier one of the same key.
    Column("state", Text, nullable=False),
    # Why it is dead: a stable code, and the place that it names, never a value.
    Column("reason", Text),
    Column("place", Text),
    Column("attempts", Integer, nullable=False),
    Column("buried_at", UtcDateTime, nullable=False),
    # With the moment: a topic that was deleted and made anew counts from 0 again, and what is dead of it then is another
    # message than what was dead at its place before.
    UniqueConstraint("consumer", "topic", "partition", "offset", "appended_at"),
    Index("ix_dead_events_consumer_topic_key_offset", "consumer", "topic", "key", "offset"),
    # Holds all that is told of them every few seconds: of the rows themselves SQLite would read every message.
    Index("ix_dead_events_consumer_state_reason_buried_at", "consumer", "state", "reason", "buried_at"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, kw_only=True)
class DeadEvent:
    """A message in the table: dead, or waiting behind a dead one."""

    position: int
    consumer: str
    delivery: Delivery
    event_id: str | None
    type: str | None
    state: str
    reason: str | None
    place: str | None
    attempts: int
    buried_at: datetime


@dataclass(frozen=True, kw_only=True)
class Head:
    """What stands first of its key, without its bytes: `size` is the length of its value, `waiting` what is behind it."""

    position: int
    consumer: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    event_id: str | None
    type: str | None
    state: str
    reason: str | None
    place: str | None
    attempts: int
    buried_at: datetime
    size: int
    waiting: int


_SHOWN: Final = tuple(each.name for each in fields(Head) if each.name not in ("size", "waiting"))


@dataclass(frozen=True, kw_only=True)
class Burden:
    """How much a consumer could not take: dead ones by reason, what waits behind them, and since when."""

    dead_by_reason: Mapping[str, int]
    waiting: int
    oldest_at: datetime | None


def copy_to(metadata: MetaData) -> None:
    """Add the table `dead_events` to a service's own metadata."""
    dead_events.to_metadata(metadata)


def bury(
    session: Session,
    *,
    consumer: str,
    delivery: Delivery,
    reason: str,
    at: datetime,
    place: str = "",
    event_id: str | None = None,
    type: str | None = None,
) -> None:
    """Keep a message that cannot be handled; one that is here already stays as it is."""
    _insert(
        session,
        consumer=consumer,
        delivery=delivery,
        at=at,
        state=DEAD,
        reason=reason,
        place=place or None,
        event_id=event_id,
        type=type,
        attempts=1,
    )


def wait_behind(
    session: Session,
    *,
    consumer: str,
    delivery: Delivery,
    at: datetime,
    event_id: str | None = None,
    type: str | None = None,
) -> int | None:
    """Queue a message behind those of its key that are here and came before it.

    Return the offset from which on its key is held up, or None when nothing holds it (any more); the message is queued when
    that offset is not after its own.
    """
    if delivery.key is None:
        return None
    _lock_key(session, consumer=consumer, topic=delivery.topic, key=delivery.key)
    same_key = _of_key(consumer=consumer, topic=delivery.topic, key=delivery.key)
    held_from: int | None = session.scalar(select(func.min(dead_events.c.offset)).where(*same_key))
    if held_from is not None and held_from <= delivery.offset:
        _insert(
            session,
            consumer=consumer,
            delivery=delivery,
            at=at,
            state=WAITING,
            event_id=event_id,
            type=type,
            attempts=0,
        )
    return held_from


def list_held(session: Session, *, consumer: str) -> dict[tuple[str, bytes], int]:
    """Return every topic and key that a message of this consumer holds up, and from which offset on."""
    rows = session.execute(
        select(dead_events.c.topic, dead_events.c.key, func.min(dead_events.c.offset))
        .where(dead_events.c.consumer == consumer, dead_events.c.key.is_not(None))
        .group_by(dead_events.c.topic, dead_events.c.key)
    )
    return {(topic, key): offset for topic, key, offset in rows}


def list_dead(session: Session, *, consumer: str | None = None, limit: int = 100) -> list[DeadEvent]:
    """Return what stands at the head of its key, oldest first, without those that wait behind.

    A head is dead, or waiting when its predecessor was settled and the work broke off there: it can be retried, too.
    """
    query = select(dead_events).where(~_has_earlier()).order_by(dead_events.c.position).limit(limit)
    if consumer is not None:
        query = query.where(dead_events.c.consumer == consumer)
    return [_dead_event(row) for row in session.execute(query).mappings()]


def list_heads(
    session: Session,
    *,
    consumers: Collection[str],
    reason: str | None = None,
    type: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Head]:
    """Return what stands at the head of its key, in the order of positions, without the bytes of any message.

    `after` is the last position that was seen: a table of large messages is looked through page by page.
    """
    behind = dead_events.alias("behind")
    waiting = (
        select(func.count())
        .where(
            behind.c.consumer == dead_events.c.consumer,
            behind.c.topic == dead_events.c.topic,
            behind.c.key == dead_events.c.key,
            behind.c.offset >= dead_events.c.offset,
            behind.c.position != dead_events.c.position,
        )
        .scalar_subquery()
    )
    query = (
        select(
            *(dead_events.c[name] for name in _SHOWN),
            func.coalesce(func.length(dead_events.c.value), 0).label("size"),
            waiting.label("waiting"),
        )
        .where(dead_events.c.consumer.in_(consumers), dead_events.c.position > after, ~_has_earlier())
        .order_by(dead_events.c.position)
        .limit(limit)
    )
    if reason is not None:
        query = query.where(dead_events.c.reason == reason)
    if type is not None:
        query = query.where(dead_events.c.type == type)
    return [Head(**row) for row in session.execute(query).mappings()]


def find_dead(session: Session, *, position: int) -> DeadEvent | None:
    """Return one message of the table, or None."""
    row = session.execute(select(dead_events).where(dead_events.c.position == position)).mappings().first()
    return _dead_event(row) if row else None


def find_next(session: Session, *, after: DeadEvent) -> DeadEvent | None:
    """Return the oldest message with the key of `after`, which may be `after` itself; None when there is none."""
    if after.delivery.key is None or len(after.delivery.key) > MAX_ATTRIBUTE_LENGTH:
        return find_dead(session, position=after.position)
    same_key = _of_key(consumer=after.consumer, topic=after.delivery.topic, key=after.delivery.key)
    # By offset: a key lives in one partition, and that is its order. Two with one offset are of a topic that was made anew.
    query = select(dead_events).where(*same_key).order_by(dead_events.c.offset, dead_events.c.position).limit(1)
    row = session.execute(query).mappings().first()
    return _dead_event(row) if row else None


def remove(session: Session, event: DeadEvent) -> None:
    """Take a message out: it was handled, or an operator decided against it."""
    if event.delivery.key is not None:
        # Whoever wants to queue behind it waits for this transaction, and then finds that it is gone.
        _lock_key(session, consumer=event.consumer, topic=event.delivery.topic, key=event.delivery.key)
    session.execute(delete(dead_events).where(dead_events.c.position == event.position))


def count_attempt(session: Session, event: DeadEvent, *, reason: str, place: str) -> None:
    """Note that a message was tried again in vain, and why."""
    session.execute(
        update(dead_events)
        .where(dead_events.c.position == event.position)
        .values(state=DEAD, reason=reason, place=place or None, attempts=dead_events.c.attempts + 1)
    )


def count_by_state(session: Session) -> Mapping[str, int]:
    """Return how many messages are dead and how many wait behind them."""
    rows = session.execute(select(dead_events.c.state, func.count()).group_by(dead_events.c.state))
    return {DEAD: 0, WAITING: 0} | {row[0]: row[1] for row in rows}


def measure_burden(session: Session, *, consumer: str | None = None) -> Burden:
    """Return what a consumer (every one when left out) could not take, without looking at any message."""
    query = select(dead_events.c.state, dead_events.c.reason, func.count(), func.min(dead_events.c.buried_at)).group_by(
        dead_events.c.state, dead_events.c.reason
    )
    if consumer is not None:
        query = query.where(dead_events.c.consumer == consumer)
    dead_by_reason: dict[str, int] = {}
    waiting = 0
    moments = []
    for state, reason, count, oldest_at in session.execute(query):
        if state == DEAD:
            dead_by_reason[reason] = count
            moments.append(oldest_at)
        else:
            waiting += count
    return Burden(dead_by_reason=dead_by_reason, waiting=waiting, oldest_at=min(moments, default=None))


def _has_earlier() -> ColumnElement[bool]:
    earlier = dead_events.alias("earlier")
    return exists().where(
        earlier.c.consumer == dead_events.c.consumer,
        earlier.c.topic == dead_events.c.topic,
        earlier.c.key == dead_events.c.key,
        or_(
            earlier.c.offset < dead_events.c.offset,
            and_(earlier.c.offset == dead_events.c.offset, earlier.c.position < dead_events.c.position),
        ),
    )


def _insert(session: Session, *, consumer: str, delivery: Delivery, at: datetime, **values: Any) -> None:
    headers: list[list[str | None]] = [[name, value.decode("latin-1")] for name, value in delivery.headers]
    key = delivery.key
    if key is not None and len(key) > MAX_ATTRIBUTE_LENGTH:
        # No index takes it, and no other message waits behind it: each one of such a key is dead for that.
        headers.append([None, key.decode("latin-1")])
        key = None
    # Heard again after a crash between this transaction and the commit of the offset: it is here already.
    session.execute(
        insert_for(session, dead_events)
        .values(
            consumer=consumer,
            topic=delivery.topic,
            partition=delivery.partition,
            offset=delivery.offset,
            key=key,
            value=delivery.value,
            headers=orjson.dumps(headers),
            appended_at=delivery.appended_at,
            buried_at=at,
            **values,
        )
        .on_conflict_do_nothing(
            index_elements=[
                dead_events.c.consumer,
                dead_events.c.topic,
                dead_events.c.partition,
                dead_events.c.offset,
                dead_events.c.appended_at,
            ]
        )
    )


def _dead_event(row: Mapping[Any, Any]) -> DeadEvent:
    headers = [(name, text.encode("latin-1")) for name, text in orjson.loads(row["headers"])]
    long_key = next((value for name, value in headers if name is None), None)
    delivery = Delivery(
        topic=row["topic"],
        key=row["key"] if long_key is None else long_key,
        value=row["value"],
        headers=tuple(header for header in headers if header[0] is not None),
        partition=row["partition"],
        offset=row["offset"],
        appended_at=row["appended_at"],
    )
    names = ("position", "consumer", "event_id", "type", "state", "reason", "place", "attempts", "buried_at")
    return DeadEvent(delivery=delivery, **{name: row[name] for name in names})


def _of_key(*, consumer: str, topic: str, key: bytes) -> tuple[Any, ...]:
    return (dead_events.c.consumer == consumer, dead_events.c.topic == topic, dead_events.c.key == key)


def _lock_key(session: Session, *, consumer: str, topic: str, key: bytes) -> None:
    """Keep a consumer that queues and a command that removes from passing each other by.

    Otherwise one could queue behind a message that is going, and wait for ever. SQLite's writers are alone anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    name = b"\0".join((consumer.encode(), topic.encode(), key))
    number = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)
    session.execute(select(func.pg_advisory_xact_lock(number)))
