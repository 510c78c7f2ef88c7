"""Hold the documents of the store against the rows that name them."""

import sys

import click

from services.records.commands.service import SERVICE, commands
from shared import command_line


@commands.group("documents")
def documents() -> None:
    """Documents that schools sent or that were made, and pictures that came with requests for help."""


@documents.command("check")
def check_documents() -> None:
    """Name the files that rows name and the store has not; have the sweep look at those that nobody names. 1: some are missing."""
    from services.records.operations.documents import auditing

    ctx = command_line.begin(SERVICE, "documents", logs_to=sys.stderr)
    with command_line.refusals(SERVICE):
        found = auditing.check_documents(ctx)
    for each in found.missing:
        click.echo(f"missing  {each.organisation_id}/{each.digest}")
    click.echo(
        f"{found.named} files are named, {len(found.missing)} of them are missing; {found.unnamed} have no name."
    )
    if found.missing:
        sys.exit(1)
