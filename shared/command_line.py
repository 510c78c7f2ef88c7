"""`python -m services.<name> …`: the commands that every service has, and the way that all of them stop.

What a command needs is imported when it runs: a relay never loads Flask.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from shared import env, logs, stopping


@dataclass(frozen=True, kw_only=True)
class Service:
    """What the common commands need to know of a service.

    `settings` is its frozen dataclass with `from_env`; `context` opens its doors from settings; `app` names the
    factory that the server imports (`services.identity.app:create_app`).
    """

    name: str
    settings: type
    prefix: str
    context: Callable[[Any], Any]
    app: str
    migrations: Path
    topics: tuple[str, ...] = ()
    handlers: Callable[[Any], Any] | None = None
    sweeps: Callable[[Any], dict[str, int]] | None = None


def load_settings(service: Service) -> Any:
    """Return the service's settings, or leave with every mistake told on standard error."""
    try:
        return service.settings.from_env()  # type: ignore[attr-defined]
    except env.SettingsError as mistakes:
        click.echo(f"{service.name}: {mistakes}", err=True)
        sys.exit(2)


def begin(service: Service, command: str) -> Any:
    """Set up logs for one command and return the service's open context.

    Touches `--ready-file` when it is given: a worker has no port that a supervisor could ask.
    """
    settings = load_settings(service)
    logs.configure(part=f"{service.name} {command}", as_json=settings.logs_as_json)
    ctx = service.context(settings)
    ready_file: Path | None = click.get_current_context().find_root().params.get("ready_file")
    if ready_file is not None and ctx.db.is_reachable():
        ready_file.touch()
    return ctx


def group(service: Service) -> click.Group:
    """Return the command group of a service; it may add commands of its own."""

    @click.group(help=f"The {service.name} service.", context_settings={"help_option_names": ["-h", "--help"]})
    @click.option(
        "--ready-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file to touch once the command has opened its doors.",
    )
    def commands(ready_file: Path | None) -> None:
        pass

    @commands.command()
    def migrate() -> None:
        """Bring the database to the newest schema."""
        from shared import migrations

        ctx = begin(service, "migrate")
        migrations.migrate(ctx.db, service.migrations)

    @commands.command()
    def serve() -> None:
        """Answer HTTP requests (granian)."""
        from granian import Granian
        from granian.constants import Interfaces

        settings = load_settings(service)
        server = Granian(
            service.app,
            factory=True,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.workers,
            blocking_threads=settings.threads,
            backlog=1024,
            log_enabled=False,
            workers_kill_timeout=30,
            respawn_failed_workers=True,
        )
        server.serve()

    @commands.command()
    def relay() -> None:
        """Publish what the outbox holds (one leader; a second one stands by)."""
        from shared import broker, relaying

        ctx = begin(service, "relay")
        relaying.run_command(database=ctx.db, broker=broker.open_broker(ctx.settings.broker_url), clock=ctx.clock)

    if service.handlers is not None:
        _add_consume(commands, service)
    if service.sweeps is not None:
        _add_sweep(commands, service)

    @commands.command()
    @click.option("--example", is_flag=True, help="Print deploy/env/…: every variable with its default.")
    def settings(example: bool) -> None:
        """Tell which variables this service reads, and whether the present ones are complete."""
        if example:
            click.echo(env.example(service.settings, prefix=service.prefix), nl=False)
        else:
            load_settings(service)
            click.echo(f"{service.name}: the settings are complete.")

    return commands


def _add_consume(commands: click.Group, service: Service) -> None:
    @commands.command()
    def consume() -> None:
        """Hear the events of other services."""
        from shared import broker, consuming

        ctx = begin(service, "consume")
        consuming.run_command(
            database=ctx.db,
            broker=broker.open_broker(ctx.settings.broker_url),
            group=service.name,
            topics=service.topics,
            handlers=service.handlers(ctx),  # type: ignore[misc]
            clock=ctx.clock,
        )


def _add_sweep(commands: click.Group, service: Service) -> None:
    @commands.command()
    @click.option("--every", type=click.IntRange(min=1), help="Seconds between sweeps; once when left out.")
    def sweep(every: int | None) -> None:
        """Delete what has expired."""
        ctx = begin(service, "sweep")
        stop = stopping.on_signals()
        while True:
            logs.get(__name__).info("swept", **service.sweeps(ctx))  # type: ignore[misc]
            if every is None or stop.wait(every):
                return
