"""What identity does when others speak."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from services.identity import operations
from services.identity.context import Context
from shared import messages
from shared.handling import Handlers
from shared.messages import Event

TOPICS: Final = ("vitrail.enrollment.v1", "vitrail.attendance.v1")
CHILD_LINKED: Final = "ca.vitrail.enrollment.child-linked.v1"
LINK_CONFIRMED: Final = "ca.vitrail.enrollment.link-confirmed.v1"
CHILD_UNLINKED: Final = "ca.vitrail.enrollment.child-unlinked.v1"
# The school has corrected the file for which the parent's claim waited.
BY_CORRECTION: Final = "correction"
GUARDIAN_JOINED: Final = "ca.vitrail.enrollment.guardian-joined.v1"
NOTICE_SHARED: Final = "ca.vitrail.attendance.notice-shared.v1"
MOTIVATION_DUE: Final = "ca.vitrail.attendance.motivation-due.v1"
REFUSAL_SHARED: Final = "ca.vitrail.attendance.refusal-shared.v1"


@dataclass(frozen=True)
class AboutAccount:
    """What we read of an event about a child: whose account it is, and nothing of the child."""

    account_id: str


@dataclass(frozen=True)
class ChildLinked(AboutAccount):
    """What we read of a link: also what it came about by, which events from before say nothing of."""

    occasion: str = ""


def handlers(ctx: Context) -> Handlers:
    """Return what is called for each type of event."""
    return {
        CHILD_LINKED: partial(on_child_linked, ctx),
        LINK_CONFIRMED: partial(on_link_confirmed, ctx),
        CHILD_UNLINKED: partial(on_child_unlinked, ctx),
        GUARDIAN_JOINED: partial(on_guardian_joined, ctx),
        NOTICE_SHARED: partial(on_notice_shared, ctx),
        MOTIVATION_DUE: partial(on_motivation_due, ctx),
        REFUSAL_SHARED: partial(on_refusal_shared, ctx),
    }


def on_child_linked(ctx: Context, event: Event) -> None:
    """Write to the account's holder: whoever it was must learn of it (CHD-11)."""
    linked = messages.read(event, ChildLinked)
    operations.tell_of_child_linked(
        ctx, account_id=linked.account_id, is_by_correction=linked.occasion == BY_CORRECTION, cause=event.id
    )


def on_link_confirmed(ctx: Context, event: Event) -> None:
    """Write to the account's holder that a child was proven again (ID-32)."""
    operations.tell_of_child_confirmed(ctx, account_id=messages.read(event, AboutAccount).account_id, cause=event.id)


def on_child_unlinked(ctx: Context, event: Event) -> None:
    """Write to the account's holder that the child is gone from it."""
    operations.tell_of_child_unlinked(ctx, account_id=messages.read(event, AboutAccount).account_id, cause=event.id)


def on_guardian_joined(ctx: Context, event: Event) -> None:
    """Write to the account's holder that another account has proven a child of theirs (CHD-11)."""
    operations.tell_of_guardian_joined(ctx, account_id=messages.read(event, AboutAccount).account_id, cause=event.id)


def on_notice_shared(ctx: Context, event: Event) -> None:
    """Write to the account's holder that another guardian announced an absence of a child of theirs."""
    operations.tell_of_notice_shared(ctx, account_id=messages.read(event, AboutAccount).account_id, cause=event.id)


def on_motivation_due(ctx: Context, event: Event) -> None:
    """Write to the account's holder that an absence waits for a reason."""
    operations.tell_of_motivation_due(ctx, account_id=messages.read(event, AboutAccount).account_id, cause=event.id)


def on_refusal_shared(ctx: Context, event: Event) -> None:
    """Write to the account's holder that the school has refused the reason that they gave for an absence."""
    operations.tell_of_refusal_shared(ctx, account_id=messages.read(event, AboutAccount).account_id, cause=event.id)
