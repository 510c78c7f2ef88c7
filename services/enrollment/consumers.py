"""What enrollment does when others speak."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from services.enrollment.context import Context
from services.enrollment.operations import children, claims, standings
from shared import messages
from shared.handling import Handlers
from shared.messages import Event

TOPICS: Final = ("vitrail.identity.v1",)
ACCOUNT_DELETED: Final = "ca.vitrail.identity.account-deleted.v1"
EMAIL_CHANGED: Final = "ca.vitrail.identity.email-changed.v1"


@dataclass(frozen=True)
class AboutAccount:
    """What we read of an event about an account: which one."""

    account_id: str


def handlers(ctx: Context) -> Handlers:
    """Return what is called for each type of event."""
    return {ACCOUNT_DELETED: partial(on_account_deleted, ctx), EMAIL_CHANGED: partial(on_email_changed, ctx)}


def on_account_deleted(ctx: Context, event: Event) -> None:
    """Let go of every child of the account, and of what it waits for: nobody can sign in to it any more."""
    children.unlink_children(ctx, account_id=messages.read(event, AboutAccount).account_id, cause=event.id)


def on_email_changed(ctx: Context, event: Event) -> None:
    """Suspend what the account holds by its former e-mail, until it shows us the new one, and drop what it waits for by it."""
    account_id = messages.read(event, AboutAccount).account_id
    claims.withdraw_of_account(ctx, account_id=account_id, cause=event.id)
    standings.suspend_until_visit(ctx, account_id=account_id, cause=event.id)
