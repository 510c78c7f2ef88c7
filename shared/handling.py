"""What a consumer does with one message: read it, find its handler, and tell a final refusal from bad luck."""

from collections.abc import Callable, Collection, Mapping

from sqlalchemy.exc import DataError

from shared import logs, messages, tracing
from shared.broker import Delivery
from shared.messages import Event, UnreadableMessage
from shared.problems import Problem

log = logs.get(__name__)

Handlers = Mapping[str, Callable[[Event], None]]


class CollectingHandlers(dict[str, Callable[[Event], None]]):
    """Handlers of which some only collect: `flush` does what they have collected, in one go.

    It is called before the offsets of what was handled are committed, and may be called with nothing to do. What it
    raises makes the events come again: what no retry can help must be refused by the handler, when it collects.
    """

    def __init__(self, handlers: Handlers, *, flush: Callable[[], None]) -> None:
        super().__init__(handlers)
        self.flush = flush


class Dead(Exception):
    """No retry can help this message: `reason` is stable, `place` names a part of it, never a value."""

    def __init__(self, reason: str, *, place: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


def read(delivery: Delivery) -> Event:
    """Return the event that a message carries.

    Raises:
        Dead: it is unreadable.
    """
    try:
        return messages.decode(delivery)
    except UnreadableMessage as unreadable:
        raise Dead(unreadable.reason, place=unreadable.where) from None


def handle(event: Event, *, handlers: Handlers, known_types: Collection[str]) -> bool:
    """Call the handler of `event` and return True; pass over a type that the catalogue knows and nobody here handles.

    Logs and further events of the handler name the request and the event that they come from.

    Raises:
        Dead: an unknown type, data that its handler or its database cannot take, or a refusal.
        Exception: whatever else the handler raises; trying again may help.
    """
    handler = handlers.get(event.type)
    if handler is None:
        if event.type in known_types:
            return False
        raise Dead("message_type_unknown")
    request = logs.request_id.set(event.correlation_id or event.id)
    cause = messages.handled_event_id.set(event.id)
    work = tracing.begin(event.type, kind=tracing.Kind.CONSUMER, parent=event.trace_context)
    has_failed = True
    try:
        handler(event)
        has_failed = False
        log.info("event_handled", type=event.type, event_id=event.id)
    except UnreadableMessage as unreadable:
        raise Dead(unreadable.reason, place=unreadable.where) from None
    except (DataError, OverflowError):
        # SQLSTATE class 22: a number out of range, a NUL in a text. The value is at fault, and will be next time.
        # SQLite's driver refuses the number itself, before the database sees it.
        raise Dead("message_data_unfit") from None
    except Problem as problem:
        # "Try again later" is a refusal to a person; to a consumer it is bad luck.
        if problem.status >= 500 or problem.status == 429:
            raise
        raise Dead(problem.code()) from problem
    finally:
        tracing.end(work, attributes={"messaging.destination.name": event.topic}, has_failed=has_failed)
        messages.handled_event_id.reset(cause)
        logs.request_id.reset(request)
    return True
