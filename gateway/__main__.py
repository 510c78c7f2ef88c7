"""`python -m gateway …`: serve, settings, openapi."""

import asyncio
import errno
import signal
import sys

import click
import orjson
import uvloop

from gateway import app
from gateway.config import PREFIX, Settings
from shared import env, logs, tracing
from shared.metrics import RequestTally
from shared.serving_options import drain_option, host_option, port_option, requests_served, version_option


def _settings() -> Settings:
    """Return the settings, or leave with every mistake told on standard error."""
    try:
        return Settings.from_env()
    except env.SettingsError as mistakes:
        click.echo(f"gateway: {mistakes}", err=True)
        sys.exit(2)


@click.group(help="The gateway: the one public door.", context_settings={"help_option_names": ["-h", "--help"]})
@version_option
@port_option
@host_option
def commands(metrics_port: int | None, metrics_host: str) -> None:
    pass


@commands.command()
@drain_option
def serve(drain: int) -> None:
    """Answer HTTP requests (aiohttp on uvloop); SIGTERM finishes what is under way."""
    settings = _settings()
    logs.configure(part="gateway", as_json=settings.logs_as_json)
    tally = RequestTally()
    try:
        tracing.configure("gateway", endpoint=tracing.load("gateway").endpoint)
    except tracing.NoTelemetry as missing:
        click.echo(f"gateway: {missing}", err=True)
        sys.exit(2)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        await app.serve(settings, stop=stop, drain_s=drain, tally=tally)

    try:
        with requests_served("gateway", tally), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run())
    except OSError as fault:
        if fault.errno != errno.EADDRINUSE:
            raise
        click.echo(f"gateway: {settings.host}:{settings.port} is taken; set GATEWAY_PORT to another port.", err=True)
        sys.exit(1)
    finally:
        tracing.close()


@commands.command()
@click.option("--example", is_flag=True, help="Print deploy/env/…: every variable with its default.")
def settings(example: bool) -> None:
    """Tell which variables the gateway reads, and whether the present ones are complete."""
    if example:
        click.echo(env.example(Settings, prefix=PREFIX), nl=False)
    else:
        _settings()
        click.echo("gateway: the settings are complete.")


@commands.command()
def openapi() -> None:
    """Print the joined description of the public API, asking the running services."""
    settings = _settings()
    logs.configure(part="gateway", as_json=settings.logs_as_json, stream=sys.stderr)

    async def ask() -> tuple[bytes, list[str]]:
        async with app.Gateway(settings) as gateway:
            document, _ = await gateway.documents.joined()
            return document, gateway.documents.missing_parts()

    document, missing = asyncio.run(ask())
    if missing:
        click.echo(f"gateway: no description from {', '.join(missing)}: is it running?", err=True)
        sys.exit(1)
    click.echo(orjson.dumps(orjson.loads(document), option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    commands(prog_name="python -m gateway")
