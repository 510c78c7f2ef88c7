"""The systems of organisations: who may ask for tokens, and for which."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from services.identity.commands.service import SERVICE, commands
from services.identity.context import Context
from services.identity.rules.scopes import SCOPES
from shared import command_line
from shared.command_line import refusals

if TYPE_CHECKING:
    from services.identity.operations.school_clients import Registered

_SCOPE = click.Choice(list(SCOPES))


@commands.group("school-clients")
def school_clients() -> None:
    """Clients that come to /school/v1 with a token of their own (OAuth 2.0 client credentials)."""


@school_clients.command("add")
@click.option("--organisation", "organisation_code", required=True, metavar="CODE", help="The ministry's six digits.")
@click.option("--name", required=True, help="What an operator recognizes it by, such as GPI.")
@click.option("--scope", "words", required=True, multiple=True, type=_SCOPE, help="What it may do; several times.")
def add_client(organisation_code: str, name: str, words: tuple[str, ...]) -> None:
    """Register a system of an organisation. Its secret is shown this once."""
    from services.identity import operations

    with _begun("add") as ctx, refusals(SERVICE):
        _hand_over(operations.add_client(ctx, organisation_code=organisation_code, name=name, words=words))


@school_clients.command("list")
def list_clients() -> None:
    """List the clients: organisation, scopes, and when each secret was made, was last used, and ends."""
    from services.identity import operations

    with _begun("list") as ctx:
        now = ctx.clock.now()
        for each in operations.list_clients(ctx):
            client = each.client
            state = "live" if client.revoked_at is None else f"revoked {client.revoked_at:%Y-%m-%d}"
            click.echo(f"{client.id}  {client.organisation_code}  {state}  {client.name}")
            click.echo(f"    scopes  {client.scopes}")
            for secret in each.secrets:
                used = "never" if secret.last_used_at is None else f"{secret.last_used_at:%Y-%m-%d %H:%M}"
                ends = "ended" if secret.expires_at <= now else "ends"
                click.echo(
                    f"    secret  {secret.id}  made {secret.created_at:%Y-%m-%d}  last used {used}"
                    f"  {ends} {secret.expires_at:%Y-%m-%d}"
                )


@school_clients.command("change")
@click.argument("client_id")
@click.option("--scope", "words", required=True, multiple=True, type=_SCOPE, help="All that it may do from now on.")
def change_client(client_id: str, words: tuple[str, ...]) -> None:
    """Give CLIENT_ID these scopes instead of those that it has; its tokens lose at once what is taken away."""
    from services.identity import operations

    with _begun("change") as ctx, refusals(SERVICE):
        operations.change_client(ctx, client_id=client_id, words=words)
    click.echo(f"{client_id} may {' '.join(sorted(set(words)))}.")


@school_clients.command("rotate")
@click.argument("client_id")
def rotate_secret(client_id: str) -> None:
    """Give CLIENT_ID a second secret, shown this once; the other one is good until it is revoked."""
    from services.identity import operations

    with _begun("rotate") as ctx, refusals(SERVICE):
        _hand_over(operations.add_secret(ctx, client_id=client_id))
    click.echo("Once it is in use (school-clients list), end the other one: school-clients revoke-secret.", err=True)


@school_clients.command("revoke-secret")
@click.argument("client_id")
@click.argument("secret_id")
def revoke_secret(client_id: str, secret_id: str) -> None:
    """End the secret SECRET_ID of CLIENT_ID, and the tokens that were given for it, at once."""
    from services.identity import operations

    with _begun("revoke-secret") as ctx, refusals(SERVICE):
        operations.revoke_secret(ctx, client_id=client_id, secret_id=secret_id)
    click.echo(f"The secret {secret_id} opens nothing any more.")


@school_clients.command("revoke")
@click.argument("client_id")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
def revoke_client(client_id: str, is_sure: bool) -> None:
    """End CLIENT_ID for good, with its secrets and its tokens, at once."""
    from services.identity import operations

    if not is_sure:
        click.confirm(f"Revoke {client_id}, for good?", abort=True)
    with _begun("revoke") as ctx, refusals(SERVICE):
        operations.revoke_client(ctx, client_id=client_id)
    click.echo(f"{client_id} is revoked.")


@contextmanager
def _begun(command: str) -> Iterator[Context]:
    """Open the context of a command, whose logs stay out of what it prints for a pipe; close it at the end."""
    ctx: Context = command_line.begin(SERVICE, f"school-clients {command}", logs_to=sys.stderr)
    try:
        yield ctx
    finally:
        ctx.db.close()


def _hand_over(registered: "Registered") -> None:
    click.echo(f"client_id={registered.client_id}")
    click.echo(f"client_secret={registered.secret}")
    click.echo(f"The secret {registered.secret_id} is shown this once and kept nowhere.", err=True)
    click.echo(f"It ends on {registered.expires_at:%Y-%m-%d}.", err=True)
