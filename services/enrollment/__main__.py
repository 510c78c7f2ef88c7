"""python -m services.enrollment serve | relay | consume | migrate | sweep | settings | import-registry | import-directory | …"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from services.enrollment import consumers, events
from services.enrollment.config import PREFIX, Settings
from services.enrollment.context import Context
from services.enrollment.operations import sweeping
from shared import command_line
from shared.command_line import Service
from shared.problems import Problem

SERVICE = Service(
    name="enrollment",
    settings=Settings,
    prefix=PREFIX,
    context=Context.open,
    app="services.enrollment.app:create_app",
    migrations=Path(__file__).parent / "migrations",
    topics=consumers.TOPICS,
    handlers=consumers.handlers,
    sweeps=sweeping.sweep,
    event_types=events.TYPES,
    exports=True,
)

commands = command_line.group(SERVICE)
_TEXTS = Path(__file__).parent / "texts"


@commands.command("import-registry")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--organisation",
    "organisation_code",
    required=True,
    metavar="CODE",
    help="Six-digit code of the board or private school.",
)
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Only say what would change.")
@click.option(
    "--allow-removals",
    "allows_removals",
    is_flag=True,
    help="Accept that more than 5 % of the active students are gone.",
)
@click.option("--encoding", metavar="NAME", help="utf-8 (default) or windows-1252; a manifest may declare it too.")
@click.option(
    "--report",
    "rejections_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the rejected lines are listed.  [default: rejected-CODE-MOMENT.csv]",
)
def import_registry(path: Path, organisation_code: str, rejections_path: Path | None, **options: Any) -> None:
    """Take in a student registry: a folder or zip of OneRoster 1.1, OneRoster 1.2 or SDS v2.1 files.

    Only what differs is written, all of it at once. Nothing personal is printed or logged.
    """
    from services.enrollment.operations import imports

    ctx = command_line.begin(SERVICE, "import-registry")
    rejections_path = rejections_path or _rejections_path(ctx, organisation_code)
    with _refusals(), _progress_bars(imports.PHASES) as progress:
        report = imports.import_registry(
            ctx,
            path=path,
            organisation_code=organisation_code,
            rejections_path=rejections_path,
            progress=progress,
            **options,
        )
    _print_report(report, rejections_path)


@commands.command("import-directory")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--encoding", metavar="NAME", default="utf-8", show_default=True, help="utf-8 or windows-1252.")
@click.option(
    "--report",
    "rejections_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the rejected lines are listed.  [default: rejected-directory-MOMENT.csv]",
)
def import_directory(paths: tuple[Path, ...], encoding: str, rejections_path: Path | None) -> None:
    """Take in lists of boards, schools or private schools, told apart by their columns.

    Adds and corrects; takes nothing away.
    """
    from services.enrollment.operations import directory

    ctx = command_line.begin(SERVICE, "import-directory")
    rejections_path = rejections_path or _rejections_path(ctx, "directory")
    with _refusals():
        report = directory.import_directory(ctx, paths=paths, encoding=encoding, rejections_path=rejections_path)
    _print_counts(report.counts)
    if report.counts["lines_rejected"]:
        click.echo(f"The rejected lines are listed in {rejections_path}.")


@commands.command()
@click.argument("code")
def subscribe(code: str) -> None:
    """Let the organisation CODE take part: its parents may claim their children."""
    from services.enrollment.operations import subscriptions

    ctx = command_line.begin(SERVICE, "subscribe")
    with _refusals():
        is_new = subscriptions.subscribe(ctx, organisation_code=code)
    click.echo(f"{code} takes part." if is_new else f"{code} takes part already.")


@commands.command()
@click.argument("code")
def unsubscribe(code: str) -> None:
    """Let the organisation CODE take part no more; its registry and links stay."""
    from services.enrollment.operations import subscriptions

    ctx = command_line.begin(SERVICE, "unsubscribe")
    with _refusals():
        is_new = subscriptions.unsubscribe(ctx, organisation_code=code)
    click.echo(f"{code} takes part no more." if is_new else f"{code} does not take part.")


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
    with _refusals(), _event_log(ctx) as (log, access), _progress_bars(operations.STEPS) as progress:
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
        f"{name} is on board: what happens {operations.LEAD.seconds} seconds from now or later is on {', '.join(boarding.topics)}."
    )
    _hand_over(operations.documents(ctx, boarding, exportable=listed, connection=connection), output)
    _say_of_password(boarding, output)


@subscribers.command("rotate")
@click.argument("name")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for what it is handed.")
@click.option("--servers", metavar="HOST:PORT,…", help="Where it reaches Kafka, when that is not where we do.")
def rotate_password(name: str, output: Path | None, servers: str | None) -> None:
    """Give the subscriber NAME a new password; the old one opens no new connection."""
    from services.enrollment.operations import subscribers as operations
    from shared.exporting import exportable

    ctx = command_line.begin(SERVICE, "subscribers")
    with _refusals(), _event_log(ctx) as (_, access):
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
    with _refusals(), _event_log(ctx) as (log, access), _progress_bars(operations.STEPS) as progress:
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


@commands.group()
def disputes() -> None:
    """Decide what guardians dispute: whether a newer link to their child is somebody whom they should know."""


@disputes.command("list")
@click.option("--organisation", "organisation_code", required=True, metavar="CODE", help="Whose students they are.")
def list_disputes(organisation_code: str) -> None:
    """List what waits for a decision, and what was decided."""
    from services.enrollment.operations import disputes as operations

    ctx = command_line.begin(SERVICE, "disputes")
    for row in operations.list_disputes(ctx, organisation_code=organisation_code):
        click.echo(f"{row.id}  {row.at:%Y-%m-%d}  {row.outcome or 'open':<6}  student {row.student_source_id}")


@disputes.command("settle")
@click.argument("dispute_id", metavar="ID")
@click.argument("decision", type=click.Choice(["lift", "uphold"]))
def settle_dispute(dispute_id: str, decision: str) -> None:
    """Lift the dispute ID, which gives the link back, or uphold it, which ends the link."""
    from services.enrollment.operations import disputes as operations

    ctx = command_line.begin(SERVICE, "disputes")
    with _refusals():
        operations.settle_dispute(ctx, dispute_id=dispute_id, is_upheld=decision == "uphold")
    click.echo("The link has ended." if decision == "uphold" else "The link is what the registry says of it.")


@commands.command("tell-guardianships")
@click.option("--all", "tells_all", is_flag=True, help="Also those that were told before: the topic was lost.")
def tell_guardianships(tells_all: bool) -> None:
    """Tell the state of every live link on the topic of guardianships; the relay publishes it.

    For links that are older than the topic. May be interrupted and repeated.
    """
    from services.enrollment.operations import guardianships

    ctx = command_line.begin(SERVICE, "tell-guardianships")
    with _progress_bars(("links",)) as progress:
        told = guardianships.tell_guardianships(
            ctx, tells_all=tells_all, progress=lambda done, total: progress("links", done, total)
        )
    click.echo(f"{told} guardianships told." if told else "Every guardianship has been told.")


@contextmanager
def _refusals() -> Iterator[None]:
    """Say a refusal in both languages, and leave with 1."""
    from shared.texts import LANGUAGES, Texts

    try:
        yield
    except Problem as problem:
        texts = Texts(_TEXTS)
        click.echo(f"enrollment: {problem.code()}", err=True)
        for language in LANGUAGES:
            text = texts.of(problem.slug(), language)
            click.echo(f"  {text.title}. {text.filled(problem.facts)}", err=True)
        for error in problem.errors:
            click.echo(f"  {error['detail']}", err=True)
        sys.exit(1)


@contextmanager
def _progress_bars(phases: tuple[str, ...]) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each phase on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {phase: bars.add_task(phase, total=None, start=False) for phase in phases}

        def show(phase: str, done: int, total: int) -> None:
            bars.start_task(tasks[phase])
            bars.update(tasks[phase], completed=done, total=total)

        yield show


def _print_report(report: Any, rejections_path: Path) -> None:
    click.echo(
        f"{report.format}, {report.mode}: " + ("what an import would change" if report.is_dry_run else "imported")
    )
    _print_counts(report.counts)
    for file, columns in report.unknown_columns.items():
        click.echo(f"{file}: {len(columns)} unknown columns kept out ({', '.join(columns[:10])})")
    if report.samples:
        click.echo("for instance:")
        click.echo("\n".join(f"  {line}" for line in report.samples))
    if report.counts["lines_rejected"]:
        click.echo(f"The rejected lines are listed in {rejections_path}.")
    if report.is_over_removals and report.is_dry_run:
        click.echo("More than 5 % of the active students would go: the import will ask for --allow-removals.")
    if report.has_subscribed:
        click.echo("The organisation takes part from now on.")


def _print_counts(counts: Any) -> None:
    for name, count in counts.items():
        if count:
            click.echo(f"  {name.replace('_', ' '):<24}{count:>9}")
    if not any(counts.values()):
        click.echo("  nothing")


def _rejections_path(ctx: Context, name: str) -> Path:
    return Path(f"rejected-{name}-{ctx.clock.now():%Y%m%dT%H%M%SZ}.csv")


if __name__ == "__main__":
    commands()
