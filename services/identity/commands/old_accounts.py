"""Take over the accounts of another system."""

import csv
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from services.identity.commands.service import SERVICE, commands
from services.identity.rules.old_accounts import COLUMNS, MissingColumns, NoCsv
from shared.command_line import begin


@commands.command("import-accounts")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would become of each line, and change nothing.")
@click.option(
    "--ids",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file for the id of each account, by e-mail: what links of children are imported by.",
)
def import_accounts(file: Path, dry_run: bool, ids: Path | None) -> None:
    """Take over the accounts of another system from a CSV file (columns: README)."""
    from services.identity import operations

    if ids is not None and dry_run:
        raise click.UsageError("A dry run makes no accounts, and knows no ids.")
    ctx = begin(SERVICE, "import-accounts")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines, _noting(ids) as note:
            report = operations.import_accounts(ctx, lines, is_dry_run=dry_run, note=note)
    except FileExistsError:
        raise click.ClickException("The file for the ids is there already.") from None
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


@contextmanager
def _noting(file: Path | None) -> Iterator[Callable[[str, str], object] | None]:
    """Open what notes e-mail and id of an account: a CSV file for its owner alone."""
    if file is None:
        yield None
        return
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
    ) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["email", "account_id"])
        yield lambda email, account_id: writer.writerow([email, account_id])
