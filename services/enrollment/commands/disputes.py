"""Decide what guardians dispute."""

import click

from services.enrollment.commands.service import SERVICE, commands
from services.enrollment.commands.showing import refusals
from shared import command_line


@commands.group()
def disputes() -> None:
    """Decide what guardians dispute: whether a newer link to their child is somebody whom they should know."""


@disputes.command("list")
@click.option("--organisation", "organisation_code", required=True, metavar="CODE", help="Whose students they are.")
def list_disputes(organisation_code: str) -> None:
    """List what waits for a decision, and what was decided."""
    from services.enrollment.operations import disputes as operations

    ctx = command_line.begin(SERVICE, "disputes")
    for row in operations.list_disputes(ctx, organisation_code=organisation_code).items:
        click.echo(
            f"{row['id']}  {row['disputed_at']:%Y-%m-%d}  {row['status']:<6}  student {row['student_source_id']}"
        )


@disputes.command("open")
@click.argument("reference")
@click.option("--organisation", "organisation_code", required=True, metavar="CODE", help="Whose student it is.")
def open_dispute(reference: str, organisation_code: str) -> None:
    """Suspend the link that the REFERENCE of a letter means, for somebody who says that they do not know of it."""
    from services.enrollment.operations import disputes as operations

    ctx = command_line.begin(SERVICE, "disputes")
    with refusals():
        dispute = operations.dispute_announced_link(ctx, organisation_code=organisation_code, reference=reference)
    click.echo(f"{dispute['id']}  student {dispute['student_source_id']}: the link is suspended until this is settled.")


@disputes.command("settle")
@click.argument("dispute_id", metavar="ID")
@click.argument("decision", type=click.Choice(["lift", "uphold"]))
def settle_dispute(dispute_id: str, decision: str) -> None:
    """Lift the dispute ID, which gives the link back, or uphold it, which ends the link."""
    from services.enrollment.operations import disputes as operations

    ctx = command_line.begin(SERVICE, "disputes")
    with refusals():
        operations.settle_dispute(ctx, dispute_id=dispute_id, is_upheld=decision == "uphold")
    click.echo("The link has ended." if decision == "uphold" else "The link is what the registry says of it.")
