"""What an operator does with dead events: try them again with those that wait behind them, or drop them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from shared import dead_events, handling, logs
from shared.database import Database
from shared.dead_events import DeadEvent
from shared.handling import Dead, Handlers

log = logs.get(__name__)


class NoSuchDeadEvent(Exception):
    """There is no dead event at this position, or it waits behind another one that must be settled first."""


@dataclass(frozen=True, kw_only=True)
class Revived:
    """What came of it: how many were handled, and the one that is still dead, if any, with its reason."""

    handled: int
    still_dead: DeadEvent | None = None


def retry(
    *,
    database: Database,
    handlers: Handlers,
    known_types: Collection[str],
    position: int,
    flush: Callable[[], None] | None = None,
) -> Revived:
    """Handle the dead event at `position` again, then those that wait behind it, in order, up to the next refusal.

    The consumer may go on meanwhile: what arrives for this key queues up until the last one is through. `flush` finishes
    what handlers only collect, as in `consuming.run`, before an event is taken out.

    Raises:
        NoSuchDeadEvent: see the class.
    """
    head = _get_head(database, position)
    return _work_off(head, database=database, handlers=handlers, known_types=known_types, flush=flush)


def drop(
    *,
    database: Database,
    handlers: Handlers,
    known_types: Collection[str],
    position: int,
    flush: Callable[[], None] | None = None,
) -> Revived:
    """Give the dead event at `position` up, and handle those that waited behind it.

    Raises:
        NoSuchDeadEvent: see the class.
    """
    head = _get_head(database, position)
    with database.transaction() as session:
        dead_events.remove(session, head)
    log.warning("dead_event_dropped", consumer=head.consumer, position=position, type=head.type, reason=head.reason)
    return _work_off(head, database=database, handlers=handlers, known_types=known_types, flush=flush)


def _get_head(database: Database, position: int) -> DeadEvent:
    with database.read() as session:
        found = dead_events.find_dead(session, position=position)
        head = dead_events.find_next(session, after=found) if found else None
    if head is None or head.position != position:
        raise NoSuchDeadEvent
    return head


def _work_off(
    first: DeadEvent,
    *,
    database: Database,
    handlers: Handlers,
    known_types: Collection[str],
    flush: Callable[[], None] | None,
) -> Revived:
    handled = 0
    while True:
        with database.read() as session:
            head = dead_events.find_next(session, after=first)
        if head is None:
            return Revived(handled=handled)
        try:
            handling.handle(handling.read(head.delivery), handlers=handlers, known_types=known_types)
            if flush is not None:
                flush()
        except Dead as dead:
            with database.transaction() as session:
                dead_events.count_attempt(session, head, reason=dead.reason, place=dead.place)
                still_dead = dead_events.find_dead(session, position=head.position)
            return Revived(handled=handled, still_dead=still_dead)
        with database.transaction() as session:
            dead_events.remove(session, head)
        handled += 1
