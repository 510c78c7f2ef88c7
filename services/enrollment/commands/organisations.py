"""Let an organisation take part, or no more."""

import click

from services.enrollment.commands.service import SERVICE, commands
from services.enrollment.commands.showing import refusals
from shared import command_line


@commands.command()
@click.argument("code")
def subscribe(code: str) -> None:
    """Let the organisation CODE take part: its parents may claim their children."""
    from services.enrollment.operations import subscriptions

    ctx = command_line.begin(SERVICE, "subscribe")
    with refusals():
        is_new = subscriptions.subscribe(ctx, organisation_code=code)
    click.echo(f"{code} takes part." if is_new else f"{code} takes part already.")


@commands.command()
@click.argument("code")
def unsubscribe(code: str) -> None:
    """Let the organisation CODE take part no more; its registry and links stay."""
    from services.enrollment.operations import subscriptions

    ctx = command_line.begin(SERVICE, "unsubscribe")
    with refusals():
        is_new = subscriptions.unsubscribe(ctx, organisation_code=code)
    click.echo(f"{code} takes part no more." if is_new else f"{code} does not take part.")
