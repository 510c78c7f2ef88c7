"""Look at refused claims, and judge those that wait."""

import click

from services.enrollment.commands.service import SERVICE, commands
from services.enrollment.commands.showing import refusals
from shared import command_line, stopping

_MOST_LISTED = 1000


@commands.group()
def claims() -> None:
    """Look at refused claims for a school, and judge those that wait for its correction."""


@claims.command("list")
@click.argument("organisation_code", metavar="ORGANISATION")
@click.option("--status", type=click.Choice(["waiting", "settled", "expired"]), default="waiting", show_default=True)
def list_claims(organisation_code: str, status: str) -> None:
    """List the refused claims of ORGANISATION: reference, when, which fields differ, and whom they mean.

    That somebody looked is written down.
    """
    from services.enrollment.operations import claims as operations

    ctx = command_line.begin(SERVICE, "claims")
    looker = operations.Looker(organisation_code=organisation_code)
    with refusals():
        page = operations.list_cases(ctx, looker=looker, status=status, offset=0, limit=_MOST_LISTED)
    for each in page.items:
        student = f"  student {each['student_source_id']}" if each["student_source_id"] is not None else ""
        click.echo(f"{each['reference']}  {each['claimed_at']:%Y-%m-%d}  {', '.join(each['differing'])}{student}")
    if page.item_count > len(page.items):
        click.echo(f"and {page.item_count - len(page.items)} older ones", err=True)


@claims.command("show")
@click.argument("reference")
def show_claim(reference: str) -> None:
    """Show the refused claim behind REFERENCE, as its school sees it; that somebody looked is written down."""
    from services.enrollment.operations import claims as operations

    ctx = command_line.begin(SERVICE, "claims")
    with refusals():
        shown = operations.resolve_reference(ctx, looker=operations.Looker(), reference=reference)
    typed = shown.pop("typed")
    for name, value in shown.items():
        if value not in (None, []):
            click.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    for name, value in typed.items():
        click.echo(f"typed {name}: {value}")


@claims.command("judge")
@click.argument("organisation_code", metavar="ORGANISATION")
def judge_claims(organisation_code: str) -> None:
    """Judge every waiting claim of ORGANISATION again now, whether or not its registry has changed."""
    from services.enrollment.operations import claims as operations

    ctx = command_line.begin(SERVICE, "claims")
    with refusals():
        healed = operations.judge_again(ctx, organisation_code=organisation_code)
    click.echo(f"{healed.judged} judged, {healed.linked} settled.")


@commands.command("judge-claims")
def judge_due_claims() -> None:
    """Judge waiting claims as registries change, until told to stop (several may run side by side)."""
    from services.enrollment.operations import claims as operations

    ctx = command_line.begin(SERVICE, "judge-claims")
    stop = stopping.on_signals()
    with command_line.process_served(SERVICE, ctx):
        operations.run_judging(ctx, stop=stop)
