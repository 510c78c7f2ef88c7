"""Mistakes made on purpose, one for each promise: a run with one of them must fail, or the harness proves nothing.

inbox              an event heard twice is applied twice
late-offsets       the offset is committed before the work is: a death in between loses the event
outbox-marks       the relay goes by "position > last seen": a lower position that commits later is never seen
acknowledgements   the relay marks before the log has acknowledged
aggregate-lock     two transactions on one aggregate commit in another order than their versions
dead-events        what is refused is skipped, and what follows goes on without it
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from threading import Event as Stop
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared import leading, messages, outbox
from shared.broker import Broker, BrokerUnavailable, Consumer, Partition, Polled
from shared.clock import Clock
from shared.database import Database
from shared.leading import SeatLost
from shared.messages import Event
from tests.support.event_processes import NEVER

SWITCHES = ("inbox", "late-offsets", "outbox-marks", "acknowledgements", "aggregate-lock", "dead-events")
# Those of the members that fill a projection, whoever writes and relays.
OF_MEMBERS = ("inbox", "late-offsets")
_BATCH = 100


class HastyConsumer:
    """Commits the offsets of what it hands out, before anybody has worked on it."""

    def __init__(self, inner: Consumer) -> None:
        self._inner = inner
        self.close = inner.close

    def poll(self, *, max_records: int, timeout: float, skip: Collection[Partition] = ()) -> Polled:
        polled = self._inner.poll(max_records=max_records, timeout=timeout, skip=skip)
        self._inner.commit({each.place: each.offset + 1 for each in polled.deliveries})
        return polled

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Do nothing: it was done too early."""


class HastyBroker:
    """A log whose consumers commit too early; otherwise the log that it stands before."""

    def __init__(self, inner: Broker) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def consumer(self, *, group: str, topics: Collection[str]) -> Any:
        return HastyConsumer(self._inner.consumer(group=group, topics=topics))


def relay_by_cursor(*, database: Database, broker: Broker, clock: Clock, stop: Stop) -> None:
    """Publish what lies beyond the last position seen."""
    _relay_wrongly(database=database, broker=broker, clock=clock, stop=stop, has_cursor=True, dies_after=NEVER)


def relay_marking_first(*, database: Database, broker: Broker, clock: Clock, stop: Stop, dies_after: int) -> None:
    """Mark, then publish; die between the two once `dies_after` events have been marked."""
    _relay_wrongly(database=database, broker=broker, clock=clock, stop=stop, has_cursor=False, dies_after=dies_after)


def _relay_wrongly(
    *, database: Database, broker: Broker, clock: Clock, stop: Stop, has_cursor: bool, dies_after: int
) -> None:
    while not stop.is_set():
        try:
            seat = leading.find_seat(database)
            if seat is None:
                stop.wait(0.2)
                continue
            try:
                _lead_wrongly(seat, broker, clock, stop, has_cursor=has_cursor, dies_after=dies_after)
            finally:
                seat.close()
        except (DBAPIError, SeatLost, OSError, BrokerUnavailable):
            stop.wait(0.2)


def _lead_wrongly(seat: Any, broker: Broker, clock: Clock, stop: Stop, *, has_cursor: bool, dies_after: int) -> None:
    marked = 0
    # A relay that begins again goes on behind what it has marked.
    with seat.read() as session:
        marks = select(func.max(outbox.outbox.c.position)).where(outbox.outbox.c.published_at.is_not(None))
        last_seen = session.scalar(marks) or 0
    producer = broker.producer()
    while not stop.is_set():
        with seat.read() as session:
            waiting = outbox.list_unpublished(session, limit=_BATCH)
        if has_cursor:
            waiting = [each for each in waiting if each.position > last_seen]
        if not waiting:
            seat.wait(timeout=0.05)
            continue
        records = [messages.encode(each.event) for each in waiting]
        if has_cursor:
            producer.publish(records)
        with seat.transaction() as session:
            outbox.mark_published(session, [each.position for each in waiting], at=clock.now())
        last_seen = waiting[-1].position
        marked += len(waiting)
        if marked >= dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        if not has_cursor:
            producer.publish(records)


def take_version(database: Database, event: Event) -> int:
    """Return the aggregate's next version, and let go of its lock at once."""
    with database.transaction() as session:
        return next(iter(outbox._take_versions(session, Counter([outbox._aggregate(event)])).values()))


def add_with_version(session: Session, events: Sequence[tuple[Event, int]], *, clock: Clock) -> list[Event]:
    """Write events with versions that were taken before: whoever took the next one may be done already."""
    told = [replace(event, occurred_at=clock.now(), version=version) for event, version in events]
    session.execute(outbox.outbox.insert(), [outbox._row(event) for event in told])
    # A moment in which the next one may overtake; it makes sure, and changes nothing about what is wrong.
    time.sleep(0.005)
    outbox._notify(session)
    return told
