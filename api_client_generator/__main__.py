"""python -m api_client_generator [check | document]"""

import sys
import tempfile
from pathlib import Path

import click

from api_client_generator import client, document
from shared import logs


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def commands(context: click.Context) -> None:
    """The public API's description and its client. Without a command: write both from the services' declarations."""
    logs.configure(part="api_client_generator", as_json=False, stream=sys.stderr)
    if context.invoked_subcommand is None:
        made = document.make()
        document.FILE.write_bytes(made)
        _generate(made)
        click.echo(f"written: {document.FILE.relative_to(document.ROOT)}, {client.PACKAGE}/")


@commands.command("document")
def print_document() -> None:
    """Print the description alone, as it is now."""
    click.echo(document.make(), nl=False)


@commands.command()
def check() -> None:
    """Fail when the description that is kept is not the services' own, or the client not that of the description."""
    made = document.make()
    if made != document.FILE.read_bytes():
        click.echo(f"stale: {document.FILE.relative_to(document.ROOT)} (make clients)", err=True)
        sys.exit(1)
    if not _is_current(made):
        click.echo(f"stale: {client.PACKAGE}/ (make clients)", err=True)
        sys.exit(1)
    click.echo("The description and its client are up to date.")


def _generate(made: bytes) -> None:
    try:
        client.generate(made, client.FOLDER)
    except client.NotGenerated as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)


def _is_current(made: bytes) -> bool:
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary) / client.PACKAGE
        client.generate(made, fresh)
        return client.files(fresh) == client.files(client.FOLDER)


if __name__ == "__main__":
    commands(prog_name="python -m api_client_generator")
