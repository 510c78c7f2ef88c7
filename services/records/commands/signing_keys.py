"""Look at the keys that have signed, and revoke one that was stolen."""

import click

from services.records.commands.service import SERVICE, commands
from shared import command_line


@commands.group("signing-keys")
def signing_keys() -> None:
    """Keys that the signatures of results and documents are made with."""


@signing_keys.command("list")
def list_keys() -> None:
    """List the keys that have signed, oldest first."""
    from services.records.operations import signing_keys as keys

    ctx = command_line.begin(SERVICE, "signing-keys")
    for each in keys.list_keys(ctx):
        revoked = f"revoked {each['revoked_at']:%Y-%m-%d}" if each["revoked_at"] else ""
        state = "signs" if each["is_signing"] else revoked or "verifies"
        click.echo(f"{each['kid']}  since {each['first_used_at']:%Y-%m-%d}  {state}")


@signing_keys.command("revoke")
@click.argument("kid")
def revoke_key(kid: str) -> None:
    """Make whatever the key KID has signed worthless, and sign what stands by the newest key."""
    from services.records.operations import signing_keys as keys

    ctx = command_line.begin(SERVICE, "signing-keys")
    with command_line.refusals(SERVICE):
        signed = keys.revoke_key(ctx, kid=kid)
    click.echo(f"Revoked; {signed} entries were signed again.")
