"""What an operator does to accounts: end sessions, and delete again whom a restored backup brought back."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from services.identity.commands.service import SERVICE, commands
from shared.broker import Broker
from shared.command_line import Moment, begin, opened_broker, refusals, telling_refusals

if TYPE_CHECKING:
    from services.identity.operations import Deleted


@commands.command("end-sessions")
@click.option("--account", "account_id", help="Of this account, by its id.")
@click.option("--email", help="Of the account with this e-mail.")
@click.option("--all", "everybody", is_flag=True, help="Of everybody: all sign in again.")
def end_sessions(account_id: str | None, email: str | None, everybody: bool) -> None:
    """End every session of an account, or of everybody: of who was signed in until now, within two seconds."""
    if sum((account_id is not None, email is not None, everybody)) != 1:
        raise click.UsageError("Say whose: --account, --email or --all, one of them.")
    from services.identity import operations

    ctx = begin(SERVICE, "end-sessions", logs_to=sys.stderr)
    with refusals(SERVICE):
        ended = (
            operations.end_all_sessions(ctx)
            if everybody
            else operations.end_sessions_of_account(ctx, account_id=account_id, email=email)
        )
    click.echo(f"{ended} sessions ended.")


@commands.command("delete-again")
@click.option(
    "--since", type=Moment(), required=True, help=f"When the backup that was restored ended: {Moment.__doc__}"
)
def delete_again(since: datetime) -> None:
    """After a restore, delete again the accounts whose holders deleted them since the backup: the event log knows which.

    The other services delete what is theirs as they did the first time. Typed twice, the second finds nothing.
    """
    from services.identity import operations

    ctx = begin(SERVICE, "delete-again", logs_to=sys.stderr)
    with telling_refusals(SERVICE), opened_broker(ctx) as broker:
        deleted = operations.delete_accounts_again(ctx, told=_told(broker, since=since))
    click.echo(f"{deleted} accounts deleted again.")


def _told(broker: Broker, *, since: datetime) -> Iterator["Deleted"]:
    """Yield the ends of accounts that the log tells of."""
    from services.identity import events
    from services.identity.operations import Deleted
    from shared import messages

    reader = broker.reader(topics=[events.TOPIC], since=since)
    try:
        while not reader.is_at_end():
            for delivery in reader.read(max_records=500, timeout=0.25):
                if messages.type_of(delivery) == events.ACCOUNT_DELETED.type:
                    yield messages.read(messages.decode(delivery), Deleted)
    finally:
        reader.close()
