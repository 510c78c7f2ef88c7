"""Have old links proven again."""

import sys
from datetime import datetime
from pathlib import Path

import click

from services.enrollment.commands.service import SERVICE, commands
from services.enrollment.commands.showing import progress_bars, refusals
from shared import command_line


@commands.group()
def links() -> None:
    """Decide since when the links between accounts and children must have been proven."""


@links.command("require-confirmation")
@click.option(
    "--organisation",
    "organisation_codes",
    required=True,
    multiple=True,
    metavar="CODE",
    help="Whose links; repeatable.",
)
@click.option(
    "--before", type=click.DateTime(["%Y-%m-%d"]), help="Links proven before this day open nothing until then."
)
@click.option("--never", is_flag=True, help="Require it no more: the links open what the registry grants.")
def require_confirmation(organisation_codes: tuple[str, ...], before: datetime | None, never: bool) -> None:
    """Have parents claim again the children that they proved before a day; nothing opens until they have.

    It holds at once. The other services are told link by link; may be interrupted and repeated, and the sweep tells the
    rest.
    """
    from services.enrollment.operations import confirmations

    if (before is None) is not never:
        raise click.UsageError("Give --before DAY, or --never.")
    ctx = command_line.begin(SERVICE, "links")
    with refusals():
        confirmations.require_confirmation(
            ctx, organisation_codes=organisation_codes, before=before.date() if before else None
        )
    with progress_bars(("links",)) as progress:
        told = confirmations.tell(ctx, progress=lambda done, total: progress("links", done, total))
    click.echo(f"{told} links told.")


@links.command("requirements")
def list_requirements() -> None:
    """List the organisations that require it: since which day, and how many links wait for their parents."""
    from services.enrollment.operations import confirmations
    from services.enrollment.rules import days

    ctx = command_line.begin(SERVICE, "links")
    for row in confirmations.list_requirements(ctx):
        day = days.today(row.confirm_links_before)
        click.echo(f"{row.code}  before {day:%Y-%m-%d}  {row.link_count:>8} links to confirm  {row.name}")


@links.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_links(file: Path) -> None:
    """Take over the links of another system from a CSV file (columns: README); they are inert until confirmed."""
    from services.enrollment.operations import old_links
    from services.enrollment.rules.old_links import COLUMNS, MissingColumns, NoCsv

    ctx = command_line.begin(SERVICE, "links")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            report = old_links.import_links(ctx, lines)
    except UnicodeDecodeError:
        raise click.ClickException("The file is not UTF-8.") from None
    except MissingColumns:
        raise click.ClickException(f"The first line must name the columns {', '.join(COLUMNS)}.") from None
    except NoCsv as stop:
        raise click.ClickException(
            f"Line {stop.line} is no CSV: mend it and import the file again; what was taken over stays as it is."
        ) from None
    click.echo(f"{report.taken} links taken over, {report.known} known already, {len(report.rejected)} lines rejected.")
    for each in sorted(report.rejected, key=lambda rejected: rejected.line):
        click.echo(f"line {each.line}: {each.column}")
    if report.rejected:
        sys.exit(1)
