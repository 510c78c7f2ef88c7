"""`--metrics-port`: what a process tells Prometheus while it runs; without the option, nothing is loaded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from shared import migrations
from shared.command_line.hearings import Hearing
from shared.command_line.service import Service
from shared.metrics import ConsumerTally, LettersTally, RelayTally
from shared.serving_options import address, refused_port_told


@contextmanager
def process_served(service: Service, ctx: Any) -> Iterator[None]:
    """Serve what any process has to tell during the block, when a port was asked for."""
    if address() is None:
        yield
        return
    with _served(service, ctx, []):
        yield


@contextmanager
def outbox_served(service: Service, ctx: Any, tally: RelayTally) -> Iterator[None]:
    """Serve what the relay has to tell during the block, when a port was asked for."""
    if address() is None:
        yield
        return
    from shared.metrics.collecting import OutboxCollector

    log = _log_collector(ctx)
    with _served(service, ctx, [log, OutboxCollector(database=ctx.db, clock=ctx.clock, tally=tally)]):
        yield


@contextmanager
def consumer_served(service: Service, ctx: Any, hearing: Hearing, tally: ConsumerTally) -> Iterator[None]:
    """Serve what a consumer has to tell during the block, when a port was asked for."""
    if address() is None:
        yield
        return
    from shared.metrics.collecting import ConsumerCollector

    log = _log_collector(ctx)
    consumer = ConsumerCollector(
        group=hearing.group, topics=hearing.topics, log=log, database=ctx.db, clock=ctx.clock, tally=tally
    )
    with _served(service, ctx, [log, consumer]):
        yield


@contextmanager
def letters_served(service: Service, ctx: Any, tally: LettersTally) -> Iterator[None]:
    """Serve what a sender of letters has to tell during the block, when a port was asked for."""
    if address() is None:
        yield
        return
    from shared.metrics.sending import LettersCollector

    with _served(service, ctx, [LettersCollector(database=ctx.db, clock=ctx.clock, tally=tally)]):
        yield


def _log_collector(ctx: Any) -> Any:
    from shared.broker import open_broker
    from shared.metrics.collecting import LogCollector

    return LogCollector(lambda: open_broker(ctx.settings.broker_url, clock=ctx.clock))


@contextmanager
def _served(service: Service, ctx: Any, collectors: Sequence[Any]) -> Iterator[None]:
    from shared.metrics import serving

    found = address()
    assert found is not None
    host, port = found

    def is_ready() -> bool:
        # As servers are: a worker of the next release takes no former one's place before its schema is there.
        return ctx.db.is_reachable() and migrations.is_current(ctx.db, service.migrations)

    with (
        refused_port_told(service.name),
        serving.served(collectors, service=service.name, host=host, port=port, is_ready=is_ready),
    ):
        yield
