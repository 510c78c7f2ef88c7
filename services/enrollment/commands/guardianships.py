"""Tell what is true of links again."""

import click

from services.enrollment.commands.service import SERVICE, commands
from services.enrollment.commands.showing import progress_bars
from shared import command_line


@commands.command("tell-guardianships")
@click.option("--all", "tells_all", is_flag=True, help="Also those that were told before: the topic was lost.")
def tell_guardianships(tells_all: bool) -> None:
    """Tell the state of every live link on the topic of guardianships; the relay publishes it.

    For links that are older than the topic. May be interrupted and repeated.
    """
    from services.enrollment.operations import guardianships

    ctx = command_line.begin(SERVICE, "tell-guardianships")
    with progress_bars(("links",)) as progress:
        told = guardianships.tell_guardianships(
            ctx, tells_all=tells_all, progress=lambda done, total: progress("links", done, total)
        )
    click.echo(f"{told} guardianships told." if told else "Every guardianship has been told.")
