"""Take over the accounts of another system."""

import sys
from pathlib import Path

import click

from services.identity import operations
from services.identity.commands.service import SERVICE, commands
from services.identity.rules.old_accounts import COLUMNS, MissingColumns, NoCsv
from shared.command_line import begin


@commands.command("import-accounts")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would become of each line, and change nothing.")
def import_accounts(file: Path, dry_run: bool) -> None:
    """Take over the accounts of another system from a CSV file (columns: README)."""
    ctx = begin(SERVICE, "import-accounts")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            report = operations.import_accounts(ctx, lines, is_dry_run=dry_run)
    except UnicodeDecodeError:
        raise click.ClickException("The file is not UTF-8.") from None
    except MissingColumns:
        raise click.ClickException(f"The first line must name the columns {', '.join(COLUMNS)}.") from None
    except NoCsv as stop:
        raise click.ClickException(
            f"Line {stop.line} is no CSV: mend it and import the file again; what was taken over stays as it is."
        ) from None
    click.echo(
        f"{report.taken} accounts taken over, {report.known} known already, {len(report.rejected)} lines rejected."
    )
    click.echo(
        f"{report.to_recreate} are to be created again; {report.to_confirm} have their children confirmed again."
    )
    for each in report.rejected:
        click.echo(f"line {each.line}: {each.column}")
    if report.rejected:
        sys.exit(1)
