"""What attendance does when others speak."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from services.attendance.context import Context
from services.attendance.models import GUARDIANSHIPS
from services.attendance.operations import erasing, keeping
from shared import ids, messages
from shared.handling import Handlers
from shared.messages import Event, UnreadableMessage

TOPICS: Final = (GUARDIANSHIPS.topic, "vitrail.enrollment.v1", "vitrail.identity.v1")
ACCOUNT_DELETED: Final = "ca.vitrail.identity.account-deleted.v1"
GUARDIANSHIP_CHANGED: Final = "ca.vitrail.enrollment.guardianship-changed.v1"
ORGANISATION_SUBSCRIBED: Final = "ca.vitrail.enrollment.organisation-subscribed.v1"
ORGANISATION_UNSUBSCRIBED: Final = "ca.vitrail.enrollment.organisation-unsubscribed.v1"


@dataclass(frozen=True)
class AboutAccount:
    """What we read of an event about an account: which one."""

    account_id: str


@dataclass(frozen=True)
class AboutOrganisation:
    """What we read of an organisation: which one, and what its system's token calls it."""

    organisation_id: str
    organisation_code: str


def handlers(ctx: Context) -> Handlers:
    """Return what is called for each type of event."""
    return {
        ACCOUNT_DELETED: partial(on_account_deleted, ctx),
        GUARDIANSHIP_CHANGED: partial(on_guardianship_changed, ctx),
        ORGANISATION_SUBSCRIBED: partial(on_organisation_subscribed, ctx),
        ORGANISATION_UNSUBSCRIBED: partial(on_organisation_unsubscribed, ctx),
    }


def on_account_deleted(ctx: Context, event: Event) -> None:
    """Forget which account announced and motivated: nobody can sign in to it any more."""
    told = messages.read(event, AboutAccount)
    if not ids.is_id(told.account_id):
        raise UnreadableMessage("message_data_unexpected", where="$.account_id")
    erasing.erase_account(ctx, account_id=told.account_id)


def on_guardianship_changed(ctx: Context, event: Event) -> None:
    """Know what an account is to a child from now on, or that it is nothing any more."""
    keeping.keep_guardianship(ctx, event=event)


def on_organisation_subscribed(ctx: Context, event: Event) -> None:
    """Know an organisation by its code: its system may call from now on."""
    _keep(ctx, event, is_subscribed=True)


def on_organisation_unsubscribed(ctx: Context, event: Event) -> None:
    """Know that an organisation takes part no more: its system may not call any longer."""
    _keep(ctx, event, is_subscribed=False)


def _keep(ctx: Context, event: Event, *, is_subscribed: bool) -> None:
    if event.version is None:
        raise UnreadableMessage("message_not_cloudevents", where="sequence")
    told = messages.read(event, AboutOrganisation)
    keeping.keep_organisation(
        ctx,
        organisation_id=told.organisation_id,
        code=told.organisation_code,
        is_subscribed=is_subscribed,
        version=event.version,
    )
