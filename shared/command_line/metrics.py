"""`--metrics-port`: what a worker tells Prometheus while it runs; without the option, nothing is loaded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from shared.command_line.hearings import Hearing
from shared.command_line.service import Service, fail
from shared.metrics import ConsumerTally, LettersTally, RelayTally


@contextmanager
def outbox_served(service: Service, ctx: Any, tally: RelayTally) -> Iterator[None]:
    """Serve what the relay has to tell during the block, when a port was asked for."""
    if _port() is None:
        yield
        return
    from shared.metrics.collecting import OutboxCollector

    log = _log_collector(ctx)
    with _served(service, [log, OutboxCollector(database=ctx.db, clock=ctx.clock, tally=tally)]):
        yield


@contextmanager
def consumer_served(service: Service, ctx: Any, hearing: Hearing, tally: ConsumerTally) -> Iterator[None]:
    """Serve what a consumer has to tell during the block, when a port was asked for."""
    if _port() is None:
        yield
        return
    from shared.metrics.collecting import ConsumerCollector

    log = _log_collector(ctx)
    consumer = ConsumerCollector(
        group=hearing.group, topics=hearing.topics, log=log, database=ctx.db, clock=ctx.clock, tally=tally
    )
    with _served(service, [log, consumer]):
        yield


@contextmanager
def letters_served(service: Service, ctx: Any, tally: LettersTally) -> Iterator[None]:
    """Serve what a sender of letters has to tell during the block, when a port was asked for."""
    if _port() is None:
        yield
        return
    from shared.metrics.sending import LettersCollector

    with _served(service, [LettersCollector(database=ctx.db, clock=ctx.clock, tally=tally)]):
        yield


def _port() -> int | None:
    port: int | None = click.get_current_context().find_root().params.get("metrics_port")
    return port


def _log_collector(ctx: Any) -> Any:
    from shared.broker import open_broker
    from shared.metrics.collecting import LogCollector

    return LogCollector(lambda: open_broker(ctx.settings.broker_url, clock=ctx.clock))


@contextmanager
def _served(service: Service, collectors: Sequence[Any]) -> Iterator[None]:
    from shared.metrics import serving

    host = click.get_current_context().find_root().params["metrics_host"]
    try:
        with serving.served(collectors, service=service.name, host=host, port=_port() or 0):
            yield
    except serving.PortTaken as refusal:
        fail(service, str(refusal), status=2)
