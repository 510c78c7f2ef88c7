"""python -m services.enrollment serve | relay | migrate | sweep | settings | import-registry | import-directory | …"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from services.enrollment import events
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
