"""Plan re-registration campaigns, remind, and read the answers."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from services.enrollment.commands.service import SERVICE, commands
from services.enrollment.commands.showing import progress_bars, refusals
from shared import command_line

_DAY = click.DateTime(["%Y-%m-%d"])


@commands.group()
def campaigns() -> None:
    """Plan re-registration campaigns, remind, and read the answers."""


def _fields(command: Any) -> Any:
    """Add the options that a campaign may be given, and may change."""
    options = (
        click.option("--grade", "grades", multiple=True, help="Only students of this grade; may be repeated."),
        click.option("--school", "schools", multiple=True, metavar="ID", help="Only this school; may be repeated."),
        click.option("--message-fr", help="What the parents read, in French."),
        click.option("--message-en", help="What the parents read, in English."),
        click.option("--reminder-days", type=click.IntRange(0, 60), help="Days before the end; 0: nobody is reminded."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@campaigns.command("add")
@click.option("--organisation", "organisation_code", required=True, metavar="CODE", help="Whose campaign it is.")
@click.option("--school-year", required=True, metavar="YEARS", help="2027-2028")
@click.option("--opens-on", type=_DAY, required=True, help="The first day, in Québec.")
@click.option("--closes-on", type=_DAY, required=True, help="The last day.")
@_fields
def add_campaign(organisation_code: str, **given: Any) -> None:
    """Plan a campaign; `notify` writes to the principal guardians on the day it opens."""
    from services.enrollment.operations import campaigns as operations

    ctx = command_line.begin(SERVICE, "campaigns")
    with refusals():
        _print(operations.add_campaign(ctx, organisation_code=organisation_code, **_given(given)))


@campaigns.command("change")
@click.argument("campaign_id", metavar="ID")
@click.option("--school-year", metavar="YEARS", help="Until it has opened.")
@click.option("--opens-on", type=_DAY, help="Until it has opened.")
@click.option("--closes-on", type=_DAY, help="The last day; yesterday closes it at once.")
@click.option("--all-grades", is_flag=True, help="Of whatever grade.")
@click.option("--all-schools", is_flag=True, help="Of whatever school.")
@_fields
def change_campaign(campaign_id: str, all_grades: bool, all_schools: bool, **given: Any) -> None:
    """Change the campaign ID; what is not named stays."""
    from services.enrollment.operations import campaigns as operations

    ctx = command_line.begin(SERVICE, "campaigns")
    widened = ({"grades": None} if all_grades else {}) | ({"schools": None} if all_schools else {})
    changes = _given(given) | widened
    with refusals():
        _print(operations.change_campaign(ctx, campaign_id=campaign_id, organisation_code=None, changes=changes))


@campaigns.command("list")
@click.option("--organisation", "organisation_code", required=True, metavar="CODE", help="Whose campaigns.")
def list_campaigns(organisation_code: str) -> None:
    """List the campaigns of an organisation, in the order in which they open."""
    from services.enrollment.operations import campaigns as operations

    ctx = command_line.begin(SERVICE, "campaigns")
    with refusals():
        for campaign in operations.list_campaigns(ctx, organisation_code=organisation_code):
            _print(campaign)


@campaigns.command("remind")
@click.argument("campaign_id", metavar="ID")
def remind(campaign_id: str) -> None:
    """Remind now whoever was told of the campaign ID on an earlier day and has not answered."""
    from services.enrollment.operations import campaigns as operations

    ctx = command_line.begin(SERVICE, "campaigns")
    with refusals(), progress_bars(("letters",)) as progress:
        written, is_all = operations.remind(
            ctx, campaign_id=campaign_id, progress=lambda done, total: progress("letters", done, total)
        )
    click.echo(f"{written} letters written." + ("" if is_all else " The sender is busy; `notify` writes the others."))


@campaigns.command("answers")
@click.argument("campaign_id", metavar="ID")
@click.option("--answer", type=click.Choice(["returning", "leaving", "none"]), help="These alone; none: no answer yet.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Instead of printing.")
def read_answers(campaign_id: str, answer: str | None, output: Path | None) -> None:
    """Write the answers of the campaign ID as CSV, whoever has not answered included. It is noted who read them."""
    from services.enrollment.operations import campaigns as operations
    from services.enrollment.rules import spreadsheets

    ctx = command_line.begin(SERVICE, "campaigns", logs_to=sys.stderr)
    with refusals(), progress_bars(("answers",)) as progress:
        rows = operations.read_answers(
            ctx,
            campaign_id=campaign_id,
            organisation_code=None,
            client_id=None,
            answer=answer,
            progress=lambda done, total: progress("answers", done, total),
        )
        with click.open_file(str(output or "-"), "w", encoding="utf-8") as file:
            for piece in spreadsheets.pieces(rows.names, rows.values):
                file.write(piece)
    if output is not None:
        click.echo(f"{rows.item_count} students written to {output}.")


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return what was said, as the operations name it."""
    message = {language: options.pop(f"message_{language}") for language in ("fr", "en")}
    if any(message.values()) and not all(message.values()):
        raise click.UsageError("A message is given in both languages: --message-fr and --message-en.")
    given = {name: value for name, value in options.items() if value is not None and value != ()}
    for name in ("grades", "schools"):
        if name in given:
            given[name] = list(given[name])
    if "reminder_days" in given:
        given["reminder_days"] = given["reminder_days"] or None
    given |= {name: value.date() for name, value in given.items() if isinstance(value, datetime)}
    return given | ({"message": message} if all(message.values()) else {})


def _print(campaign: dict[str, Any]) -> None:
    about = [
        f"grades {', '.join(campaign['grades'])}" if campaign["grades"] is not None else "",
        f"schools {', '.join(campaign['schools'])}" if campaign["schools"] is not None else "",
        f"reminds on {campaign['reminds_on']}" if campaign["reminds_on"] else "reminds nobody",
    ]
    window = f"{campaign['opens_on']} to {campaign['closes_on']}"
    click.echo(
        f"{campaign['id']}  {campaign['school_year']}  {window}  {campaign['state']:<8}  {'; '.join(filter(None, about))}"
    )
