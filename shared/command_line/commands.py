"""The commands that every service has."""

import sys
from pathlib import Path

import click
import orjson

from shared import env, logs, stopping
from shared.command_line import events, hearings, metrics
from shared.command_line.service import Service, begin, fail, load_settings, opened_broker, telling_refusals
from shared.serving_options import (
    address,
    drain_option,
    host_option,
    port_option,
    refused_port_told,
    version_option,
)


def group(service: Service) -> click.Group:
    """Return the command group of a service; it may add commands of its own."""

    @click.group(help=f"The {service.name} service.", context_settings={"help_option_names": ["-h", "--help"]})
    @click.option(
        "--ready-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file to touch once the command has opened its doors.",
    )
    @version_option
    @port_option
    @host_option
    def commands(ready_file: Path | None, metrics_port: int | None, metrics_host: str) -> None:
        pass

    @commands.command()
    def migrate() -> None:
        """Bring the database to the newest schema."""
        from shared import migrations

        ctx = begin(service, "migrate")
        migrations.migrate(ctx.db, service.migrations)

    @commands.command()
    def examine() -> None:
        """Tell what the database holds, as JSON, to compare a restored one with what it was copied from."""
        from shared import examining

        ctx = begin(service, "examine", logs_to=sys.stderr)
        found = examining.examine(ctx.db, service.migrations)
        click.echo(orjson.dumps(found))
        if not found.is_current:
            fail(service.name, f"the schema is not what this release needs: python -m services.{service.name} migrate")

    @commands.command()
    @drain_option
    def serve(drain: int) -> None:
        """Answer HTTP requests (granian)."""
        from shared.command_line import serving

        settings = load_settings(service)
        logs.configure(part=f"{service.name} serve", as_json=settings.logs_as_json)
        with refused_port_told(service.name):
            serving.run(service, settings, drain_s=drain, metrics=address())

    @commands.command()
    def relay() -> None:
        """Publish what the outbox holds (one leader; a second one stands by)."""
        from shared import relaying
        from shared.metrics import RelayTally

        ctx, tally = begin(service, "relay"), RelayTally()
        with telling_refusals(service), metrics.outbox_served(service, ctx, tally), opened_broker(ctx) as broker:
            relaying.run_command(database=ctx.db, broker=broker, clock=ctx.clock, tally=tally)

    if service.handlers is not None:
        _add_consume(commands, service)
    if service.exports:
        _add_export(commands, service)
    if service.letters:
        _add_notify(commands, service)
    if service.sweeps is not None:
        _add_sweep(commands, service)
    commands.add_command(events.group(service))

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
        from shared import consuming
        from shared.metrics import ConsumerTally

        ctx, tally = begin(service, "consume"), ConsumerTally()
        with telling_refusals(service), opened_broker(ctx) as broker:
            hearing = hearings.consumer(service, ctx)
            with metrics.consumer_served(service, ctx, hearing, tally):
                consuming.run_command(
                    broker=broker,
                    group=hearing.group,
                    topics=hearing.topics,
                    handlers=hearing.handlers,
                    database=ctx.db,
                    clock=ctx.clock,
                    flush=hearing.flush,
                    tally=tally,
                )


def _add_export(commands: click.Group, service: Service) -> None:
    @commands.command()
    def export() -> None:
        """Pass on to the organisations' subscribers what they may read of this service's events."""
        from shared import exporting
        from shared.metrics import ConsumerTally

        ctx, tally = begin(service, "export"), ConsumerTally()
        with telling_refusals(service), opened_broker(ctx) as broker:
            hearing = hearings.exporter(service, ctx, broker)
            with metrics.consumer_served(service, ctx, hearing, tally):
                exporting.run_command(
                    service=service.name,
                    event_types=service.event_types,
                    settings=ctx.settings,
                    database=ctx.db,
                    broker=broker,
                    clock=ctx.clock,
                    tally=tally,
                )


def _add_notify(commands: click.Group, service: Service) -> None:
    @commands.command()
    def notify() -> None:
        """Mail the letters that wait (several may run side by side)."""
        from shared import letters
        from shared.mail import Postman
        from shared.metrics import LettersTally

        ctx, tally = begin(service, "notify"), LettersTally()
        settings = ctx.settings
        try:
            postman = Postman(
                settings.smtp_url, sender=settings.mail_sender, sender_name=settings.portal_name, clock=ctx.clock
            )
        except ValueError as mistake:
            fail(service.name, f"{service.prefix}_SMTP_URL {mistake}", status=2)
        stop = stopping.on_signals()
        with postman, metrics.letters_served(service, ctx, tally), letters.writing_duly(service.duties, ctx, stop=stop):
            letters.run(database=ctx.db, postman=postman, seal=ctx.seal, clock=ctx.clock, stop=stop, tally=tally)


def _add_sweep(commands: click.Group, service: Service) -> None:
    @commands.command()
    @click.option("--every", type=click.IntRange(min=1), help="Seconds between sweeps; once when left out.")
    def sweep(every: int | None) -> None:
        """Delete what has expired."""
        ctx = begin(service, "sweep")
        stop = stopping.on_signals()
        with metrics.process_served(service, ctx):
            while True:
                logs.get(__name__).info("swept", **service.sweeps(ctx))  # type: ignore[misc]
                if every is None or stop.wait(every):
                    return
