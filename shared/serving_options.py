"""The options of whatever serves, gateway and services alike: where its metrics are, and how long it goes on when it stops."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from shared.metrics import RequestTally

port_option = click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    help="Serve /metrics for Prometheus on this port, with /livez and /readyz, while the command runs.",
)
host_option = click.option(
    "--metrics-host",
    default="127.0.0.1",
    show_default=True,
    help="The address of --metrics-port; in a cluster, 0.0.0.0.",
)
drain_option = click.option(
    "--drain",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seconds in which a stopping server goes on answering, while proxies leave its connections.",
)


def _print_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from shared.version import version

        click.echo(version())
        context.exit()


version_option = click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Say which release this is.",
)


def address() -> tuple[str, int] | None:
    """Return the host and port of `--metrics-host` and `--metrics-port`, None when no port was asked for."""
    given = click.get_current_context().find_root().params
    return None if given["metrics_port"] is None else (given["metrics_host"], given["metrics_port"])


@contextmanager
def refused_port_told(part: str) -> Iterator[None]:
    """Leave with a line instead of a traceback when the port of the metrics is taken."""
    if address() is None:
        yield
        return
    from shared.metrics.serving import PortTaken

    try:
        yield
    except PortTaken as refusal:
        click.echo(f"{part}: {refusal}", err=True)
        sys.exit(2)


@contextmanager
def requests_served(part: str, tally: RequestTally) -> Iterator[None]:
    """Serve what a server of one process has answered during the block, when a port was asked for."""
    if (found := address()) is None:
        yield
        return
    from shared.metrics import serving
    from shared.metrics.answering import RequestsCollector

    host, port = found
    with refused_port_told(part), serving.served([RequestsCollector(tally.copy)], service=part, host=host, port=port):
        yield
