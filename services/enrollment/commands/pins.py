"""Issue PINs for guardians, list them, and take them back."""

import click

from services.enrollment.commands.service import SERVICE, commands
from services.enrollment.commands.showing import refusals
from shared import command_line

_PAGE = 100


@commands.group()
def pins() -> None:
    """Issue PINs for guardians whose address the school's file does not have, list them, and take them back."""


@pins.command("issue")
@click.argument("organisation_code", metavar="ORGANISATION")
@click.argument("source_id", metavar="SOURCE_ID")
@click.option(
    "--guardian", "guardian_source_id", metavar="SOURCE_ID", help="Whose rights go with it: somebody on the file."
)
def issue_pin(organisation_code: str, source_id: str, guardian_source_id: str | None) -> None:
    """Issue a PIN for the student SOURCE_ID of ORGANISATION, and show it this once; the one before it is void."""
    from services.enrollment.operations import pins as operations

    ctx = command_line.begin(SERVICE, "pins")
    with refusals():
        issued = operations.issue_pin(
            ctx,
            organisation_code=organisation_code,
            source_id=source_id,
            guardian_source_id=guardian_source_id,
            issued_by=operations.OPERATOR,
        )
    click.echo(f"{issued.pin}  until {issued.expires_at:%Y-%m-%d %H:%M} UTC  (pin {issued.id})")


@pins.command("list")
@click.argument("organisation_code", metavar="ORGANISATION")
@click.option("--student", "source_id", metavar="SOURCE_ID", help="Of this student alone.")
def list_pins(organisation_code: str, source_id: str | None) -> None:
    """List the PINs of ORGANISATION's students, without their characters."""
    from services.enrollment.operations import pins as operations

    ctx = command_line.begin(SERVICE, "pins")
    offset = 0
    while True:
        with refusals():
            page = operations.list_pins(
                ctx, organisation_code=organisation_code, source_id=source_id, offset=offset, limit=_PAGE
            )
        for pin in page.items:
            whose = f"guardian {pin['guardian_source_id']}" if pin["guardian_source_id"] else "nobody by name"
            held = "  holds a link" if pin["has_link"] else ""
            click.echo(
                f"{pin['id']}  {pin['issued_at']:%Y-%m-%d}  {pin['state']:<7}"
                f"  student {pin['student_source_id']}  {whose}{held}"
            )
        offset += _PAGE
        if offset >= page.item_count:
            return


@pins.command("revoke")
@click.argument("organisation_code", metavar="ORGANISATION")
@click.argument("pin_id", metavar="ID")
def revoke_pin(organisation_code: str, pin_id: str) -> None:
    """Take the PIN ID of ORGANISATION back: the link that stands by it ends."""
    from services.enrollment.operations import pins as operations

    ctx = command_line.begin(SERVICE, "pins")
    with refusals():
        operations.revoke_pin(ctx, organisation_code=organisation_code, pin_id=pin_id)
    click.echo("It opens nothing any more.")
