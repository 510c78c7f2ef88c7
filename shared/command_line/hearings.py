"""What a service hears, by consumer group: what it does itself (`consume`) and what it passes on (`export`)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from shared.command_line.service import Service
from shared.handling import CollectingHandlers, Handlers


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """One consumer group of a service; `flush` finishes what its handlers only collect."""

    group: str
    topics: Collection[str]
    handlers: Handlers
    flush: Callable[[], None] | None = None


def consumer(service: Service, ctx: Any) -> Hearing:
    """Return what the service itself does when others speak."""
    assert service.handlers is not None
    handlers = service.handlers(ctx)
    flush = handlers.flush if isinstance(handlers, CollectingHandlers) else None
    return Hearing(group=service.name, topics=tuple(service.topics), handlers=handlers, flush=flush)


def exporter(service: Service, ctx: Any, broker: Any) -> Hearing:
    """Return what the service passes on to subscribers."""
    from shared import exporting
    from shared.pseudonyms import RootKeys

    passing_on = exporting.Exporter(
        service=service.name,
        event_types=service.event_types,
        broker=broker,
        root_keys=RootKeys(ctx.settings.pseudonym_keys),
    )
    return Hearing(
        group=exporting.group(service.name),
        topics=passing_on.topics,
        handlers=passing_on.handlers,
        flush=passing_on.flush,
    )


def every(service: Service, ctx: Any, broker: Any) -> list[Hearing]:
    """Return each group of the service."""
    found = [consumer(service, ctx)] if service.handlers is not None else []
    return [*found, exporter(service, ctx, broker)] if service.exports else found
