"""Look at the requests for help that are no school's, and bring them to one."""

from pathlib import Path

import click

from services.records.commands.service import SERVICE, commands
from shared import command_line


@commands.group("support-requests")
def support_requests() -> None:
    """Requests for help that no school answers, because the parent named no child of theirs."""


@support_requests.command("list")
@click.option("--all", "with_handled", is_flag=True, help="Also those that were dealt with.")
def list_requests(with_handled: bool) -> None:
    """List the requests that are no school's, oldest first: reference, day, language, part of the portal."""
    from services.records.operations import support

    ctx = command_line.begin(SERVICE, "support-requests")
    listed = support.list_for_operator(ctx, with_handled=with_handled)
    for each in listed:
        marks = [mark for mark, holds in _marks(each) if holds]
        click.echo("  ".join([each["reference"], f"{each['submitted_at']:%Y-%m-%d}", each["language"], *marks]))
    if not listed:
        click.echo("No request waits for the operator.")


@support_requests.command("show")
@click.argument("reference")
@click.option(
    "--screenshot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the picture of the screen to this file.",
)
def show_request(reference: str, screenshot: Path | None) -> None:
    """Show what the request of REFERENCE says; that somebody looked is logged."""
    from services.records.operations import support

    ctx = command_line.begin(SERVICE, "support-requests")
    with command_line.refusals(SERVICE):
        shown = support.show_to_operator(ctx, reference=reference)
        if screenshot is not None:
            screenshot.write_bytes(support.read_screenshot_for_operator(ctx, reference=reference).content)
    for name, value in shown.items():
        click.echo(f"{name}: {value}")


@support_requests.command("send")
@click.argument("reference")
@click.argument("organisation_code", metavar="ORGANISATION")
@click.option("--school", "school_source_id", help="The school, by the id of the organisation's own system.")
def send_request(reference: str, organisation_code: str, school_source_id: str | None) -> None:
    """Let ORGANISATION answer the request of REFERENCE: it finds it in its feed, and is written to."""
    from services.records.operations import support

    ctx = command_line.begin(SERVICE, "support-requests")
    with command_line.refusals(SERVICE):
        support.send_to_school(
            ctx, reference=reference, organisation_code=organisation_code, school_source_id=school_source_id
        )
    click.echo("Sent.")


@support_requests.command("handle")
@click.argument("reference")
def handle_request(reference: str) -> None:
    """Note that the request of REFERENCE has been dealt with."""
    from services.records.operations import support

    ctx = command_line.begin(SERVICE, "support-requests")
    with command_line.refusals(SERVICE):
        support.handle_for_operator(ctx, reference=reference)
    click.echo("Noted.")


def _marks(listed: dict[str, object]) -> list[tuple[str, object]]:
    return [("with a screenshot", listed["has_screenshot"]), ("dealt with", listed["handled_at"])]
