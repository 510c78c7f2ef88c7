"""Take in what schools and the ministry hand over: registries, and the directory of organisations."""

from pathlib import Path
from typing import Any

import click

from services.enrollment.commands.service import SERVICE, commands
from services.enrollment.commands.showing import progress_bars, refusals
from services.enrollment.context import Context
from shared import command_line


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
    with refusals(), progress_bars(imports.PHASES) as progress:
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
    with refusals():
        report = directory.import_directory(ctx, paths=paths, encoding=encoding, rejections_path=rejections_path)
    _print_counts(report.counts)
    if report.counts["lines_rejected"]:
        click.echo(f"The rejected lines are listed in {rejections_path}.")


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
