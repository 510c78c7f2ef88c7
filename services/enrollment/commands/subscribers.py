"""Take other systems on board and off, and change what they read."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from services.enrollment.commands.service import SERVICE, commands
from services.enrollment.commands.showing import progress_bars, refusals
from services.enrollment.context import Context
from shared import command_line


@commands.group()
def subscribers() -> None:
    """Let other systems read events of an organisation, on Kafka topics of their own."""


@subscribers.command("add")
@click.argument("name")
@click.option("--organisation", "organisation_code", required=True, metavar="CODE", help="Whose events it reads.")
@click.option("--purpose", required=True, help="What the organisation lets it read them for, in a sentence.")
@click.option(
    "--domain", "domains", multiple=True, help="A service: every type of it that may leave, or those of --type."
)
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE[:FIELD,…]",
    help="One type (enrollment.child-linked.v1), with all fields that may leave or only these.",
)
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for what it is handed.")
@click.option("--servers", metavar="HOST:PORT,…", help="Where it reaches Kafka, when that is not where we do.")
def add_subscriber(
    name: str, domains: tuple[str, ...], types: tuple[str, ...], output: Path | None, servers: str | None, **facts: Any
) -> None:
    """Take the subscriber NAME on board: topics, rights, a password, and samples of what it will read.

    The password is shown or written this once. Whatever breaks off is completed by the same command again.
    """
    from services.enrollment.operations import subscribers as operations
    from shared.exporting import exportable

    ctx = command_line.begin(SERVICE, "subscribers")
    listed = exportable.load()
    with refusals(), _event_log(ctx) as (log, access), progress_bars(operations.STEPS) as progress:
        fields_by_type = operations.choose(listed, domains=domains, wishes=[_wish(each) for each in types])
        boarding = operations.add_subscriber(
            ctx, name=name, fields_by_type=fields_by_type, broker=log, access=access, progress=progress, **facts
        )
        connection = access.connection(principal=boarding.principal, password=boarding.password, servers=servers)
    if not boarding.is_new:
        click.echo(f"{name} is on board already; its topics and rights were looked over.")
        click.echo(f"For a new password: python -m services.enrollment subscribers rotate {name}")
        return
    click.echo(
        f"{name} is on board: what happens {operations.LEAD.seconds} seconds from now or later"
        f" is on {', '.join(boarding.topics)}."
    )
    _hand_over(operations.documents(ctx, boarding, exportable=listed, connection=connection), output)
    _say_of_password(boarding, output)


@subscribers.command("change")
@click.argument("name")
@click.option("--purpose", help="The new purpose.  [default: as before]")
@click.option("--domain", "domains", multiple=True, help="As for add; what is named replaces all that it reads.")
@click.option("--type", "types", multiple=True, metavar="TYPE[:FIELD,…]", help="As for add.  [default: as before]")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for the new samples.")
def change_subscriber(
    name: str, domains: tuple[str, ...], types: tuple[str, ...], output: Path | None, **facts: Any
) -> None:
    """Change what the subscriber NAME reads, or what for; it keeps its password, and the names that it knows.

    What is added is read from what happens a few seconds later on; what is not named any more is read no more.
    """
    from services.enrollment.operations import subscribers as operations
    from shared.exporting import exportable

    if facts["purpose"] is None and not domains and not types:
        raise click.UsageError("Say what changes: --purpose, --domain or --type.")
    ctx = command_line.begin(SERVICE, "subscribers")
    listed = exportable.load()
    with refusals(), _event_log(ctx) as (log, access), progress_bars(operations.STEPS) as progress:
        chosen = None
        if domains or types:
            chosen = operations.choose(listed, domains=domains, wishes=[_wish(each) for each in types])
        boarding = operations.change_subscriber(
            ctx, name=name, fields_by_type=chosen, broker=log, access=access, progress=progress, **facts
        )
    click.echo(f"{name} reads {', '.join(boarding.topics)}; it connects as before.")
    click.echo(
        f"What is new begins {operations.LEAD.seconds} seconds from now; what was taken away ends within seconds."
    )
    _hand_over(operations.samples(ctx, boarding, exportable=listed), output)


@subscribers.command("rotate")
@click.argument("name")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for what it is handed.")
@click.option("--servers", metavar="HOST:PORT,…", help="Where it reaches Kafka, when that is not where we do.")
def rotate_password(name: str, output: Path | None, servers: str | None) -> None:
    """Give the subscriber NAME a new password; the old one opens no new connection."""
    from services.enrollment.operations import subscribers as operations
    from shared.exporting import exportable

    ctx = command_line.begin(SERVICE, "subscribers")
    with refusals(), _event_log(ctx) as (_, access):
        boarding = operations.rotate_password(ctx, name=name, access=access)
        connection = access.connection(principal=boarding.principal, password=boarding.password, servers=servers)
    if boarding.is_enforced:
        click.echo(f"{name} has a new password.")
        _hand_over(operations.documents(ctx, boarding, exportable=exportable.load(), connection=connection), output)
    _say_of_password(boarding, output)


@subscribers.command("remove")
@click.argument("name")
@click.option("--keep-topics", "keeps_topics", is_flag=True, help="Leave what it could read until its retention ends.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
def remove_subscriber(name: str, keeps_topics: bool, is_sure: bool) -> None:
    """Take the subscriber NAME off board: its rights at once, then its topics with all that is on them."""
    from services.enrollment.operations import subscribers as operations

    ctx = command_line.begin(SERVICE, "subscribers")
    if not is_sure:
        click.confirm(f"Take {name} off board, for good? Its name is not given again.", abort=True)
    with refusals(), _event_log(ctx) as (log, access), progress_bars(operations.STEPS) as progress:
        operations.remove_subscriber(
            ctx, name=name, keeps_topics=keeps_topics, broker=log, access=access, progress=progress
        )
    click.echo(f"{name} is off board.")


@subscribers.command("list")
def list_subscribers() -> None:
    """List who reads, or read, which events of whom, since when and what for."""
    from services.enrollment.operations import subscribers as operations

    ctx = command_line.begin(SERVICE, "subscribers")
    for row in operations.list_subscribers(ctx):
        span = " ".join(f"{moment:%Y-%m-%d}" if moment else "-" for moment in (row.started_at, row.ended_at))
        click.echo(f"{row.name:<31} {row.state:<9} {row.organisation_code} {span}  {row.purpose}")
        for type_, fields in row.fields_by_type.items():
            click.echo(f"    {type_}: {', '.join(fields)}")


def _wish(text: str) -> Any:
    from services.enrollment.operations.subscribers import Wish

    type_, _, fields = text.partition(":")
    return Wish(type=type_.strip(), fields=[field.strip() for field in fields.split(",") if field.strip()])


@contextmanager
def _event_log(ctx: Context) -> Iterator[tuple[Any, Any]]:
    """Open the event log and its rights, and close them."""
    from services.enrollment.operations.subscribers import event_log_troubles
    from shared import access, broker

    with ExitStack() as opened:
        with event_log_troubles():
            log = broker.open_broker(ctx.settings.broker_url)
            opened.callback(log.close)
            rights = access.open_access(ctx.settings.broker_url)
            opened.callback(rights.close)
        yield log, rights


def _hand_over(files: dict[str, str], output: Path | None) -> None:
    from services.enrollment.operations import subscribers as operations

    if output is None:
        for name, text in files.items():
            click.echo(f"\n--- {name}\n{text}", nl=False)
    else:
        for path in operations.write(output, files):
            click.echo(f"  {path}")


def _say_of_password(boarding: Any, output: Path | None) -> None:
    if boarding.is_enforced:
        click.echo(f"The password is {'shown' if output is None else 'written there'} this once and kept nowhere else.")
    else:
        click.echo(
            "This event log asks nobody who they are: there is no password, and whoever reaches it reads everything.",
            err=True,
        )
