"""python -m event_catalogue [check | release]"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from event_catalogue import compatibility, documents, snapshots
from event_catalogue.declarations import Declarations, UnfitDeclaration, gather
from event_catalogue.snapshots import NothingToRelease


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=documents.FOLDER,
    help="Where the documents are.  [default: deploy/events]",
)
@click.pass_context
def commands(context: click.Context, folder: Path) -> None:
    """The catalogue of events. Without a command: write the documents from the declarations."""
    context.obj = folder
    if context.invoked_subcommand is None:
        _write(_gathered(), folder)


@commands.command()
@click.pass_obj
def check(folder: Path) -> None:
    """Fail when the documents are stale, or a released promise is broken."""
    declarations = _gathered()
    released = snapshots.read(folder)
    is_broken = _tell_broken(declarations, folder)
    stale = documents.stale(documents.make(declarations, released), folder)
    for path in stale:
        click.echo(f"stale: {folder / path} (make events)", err=True)
    if is_broken or stale:
        sys.exit(1)
    click.echo(f"{len(declarations.events)} types of event, {len(released)} releases: nothing is stale or broken.")


@commands.command()
@click.pass_obj
def release(folder: Path) -> None:
    """Record what is declared now as released: from then on it may only grow."""
    declarations = _gathered()
    if _tell_broken(declarations, folder):
        sys.exit(1)
    try:
        file = snapshots.release(folder, snapshots.take(declarations), on=datetime.now(UTC).date())
    except NothingToRelease:
        click.echo("Nothing has changed since the last release.", err=True)
        sys.exit(1)
    click.echo(f"released: {file}")
    _write(declarations, folder)


def _gathered() -> Declarations:
    try:
        return gather()
    except UnfitDeclaration as unfit:
        click.echo(str(unfit), err=True)
        sys.exit(1)


def _write(declarations: Declarations, folder: Path) -> None:
    changed = documents.write(documents.make(declarations, snapshots.read(folder)), folder)
    for path in changed:
        click.echo(f"written: {folder / path}")
    if not changed:
        click.echo("The documents are up to date.")


def _tell_broken(declarations: Declarations, folder: Path) -> bool:
    promises = [each.promise for each in snapshots.read(folder)]
    broken = compatibility.breaking(promises, snapshots.take(declarations))
    for change in broken:
        click.echo(f"breaks what was released: {change}; publish a new version of the type beside it", err=True)
    return bool(broken)


if __name__ == "__main__":
    commands(prog_name="python -m event_catalogue")
