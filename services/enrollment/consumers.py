"""What enrollment does when others speak."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from services.enrollment.context import Context
from services.enrollment.operations import children, claims, journal, standings
from shared import ids, messages
from shared.handling import CollectingHandlers
from shared.messages import Event, UnreadableMessage

TOPICS: Final = ("vitrail.identity.v1", "vitrail.attendance.v1", "vitrail.records.v1")
ACCOUNT_DELETED: Final = "ca.vitrail.identity.account-deleted.v1"
EMAIL_CHANGED: Final = "ca.vitrail.identity.email-changed.v1"

TILE_VIEWED: Final = "ca.vitrail.records.tile-viewed.v1"

# What the journal of a child says of the others' events; what a guardian did names an account.
NOTED: Final = {
    "ca.vitrail.attendance.notice-submitted.v1": journal.ABSENCE_ANNOUNCED,
    "ca.vitrail.attendance.notice-withdrawn.v1": journal.NOTICE_WITHDRAWN,
    "ca.vitrail.attendance.notice-acknowledged.v1": journal.NOTICE_ACKNOWLEDGED,
    "ca.vitrail.attendance.absence-recorded.v1": journal.ABSENCE_RECORDED,
    "ca.vitrail.attendance.absence-corrected.v1": journal.ABSENCE_CORRECTED,
    "ca.vitrail.attendance.motivation-submitted.v1": journal.ABSENCE_MOTIVATED,
    "ca.vitrail.attendance.motivation-refused.v1": journal.MOTIVATION_REFUSED,
    "ca.vitrail.records.record-published.v1": journal.RECORD_PUBLISHED,
    "ca.vitrail.records.record-corrected.v1": journal.RECORD_CORRECTED,
    "ca.vitrail.records.record-withdrawn.v1": journal.RECORD_WITHDRAWN,
    "ca.vitrail.records.document-viewed.v1": journal.DOCUMENT_VIEWED,
    # Of a tile that we know, its own word.
    TILE_VIEWED: journal.TILE_VIEWED,
}
TILES_VIEWED: Final = {
    "agenda": journal.AGENDA_VIEWED,
    "absences": journal.ABSENCES_VIEWED,
    "results": journal.RESULTS_VIEWED,
    "finances": journal.FINANCES_VIEWED,
    "file": journal.FILE_VIEWED,
    "messages": journal.MESSAGES_VIEWED,
    "resources": journal.RESOURCES_VIEWED,
}


@dataclass(frozen=True)
class AboutAccount:
    """What we read of an event about an account: which one."""

    account_id: str


@dataclass(frozen=True)
class AboutFile:
    """What we read of what was done with a child's file: whose it is, where somebody holds the child, who did it, and
    at which tile they looked.
    """

    child_id: str | None = None
    account_id: str | None = None
    tile: str | None = None


def handlers(ctx: Context) -> CollectingHandlers:
    """Return what is called for each type of event.

    A province records 70,000 absences on a day, and publishes a term's results: what the journal notes is collected, and
    written by the hundred.
    """
    notes: list[journal.Note] = []

    def flush() -> None:
        collected = notes.copy()
        # Those that cannot be written now come again with their events.
        notes.clear()
        journal.write_notes(ctx, notes=collected)

    return CollectingHandlers(
        {
            ACCOUNT_DELETED: partial(on_account_deleted, ctx),
            EMAIL_CHANGED: partial(on_email_changed, ctx),
            **dict.fromkeys(NOTED, partial(on_file_handled, notes)),
        },
        flush=flush,
    )


def on_account_deleted(ctx: Context, event: Event) -> None:
    """Let go of every child of the account, and of what it waits for: nobody can sign in to it any more."""
    children.unlink_children(ctx, account_id=messages.read(event, AboutAccount).account_id, cause=event.id)


def on_email_changed(ctx: Context, event: Event) -> None:
    """Suspend what the account holds by its former e-mail, until it shows us the new one, and drop what it waits for by it."""
    account_id = messages.read(event, AboutAccount).account_id
    claims.withdraw_of_account(ctx, account_id=account_id, cause=event.id)
    standings.suspend_until_visit(ctx, account_id=account_id, cause=event.id)


def on_file_handled(notes: list[journal.Note], event: Event) -> None:
    """Note for the child's journal what was done with its file, where somebody holds the child (PRV-1)."""
    done = messages.read(event, AboutFile)
    if event.occurred_at is None:
        raise UnreadableMessage("message_not_cloudevents", where="time")
    # One that no database takes would hold up all that is written with it.
    for name, value in (("child_id", done.child_id), ("account_id", done.account_id)):
        if value is not None and not ids.is_id(value):
            raise UnreadableMessage("message_data_unexpected", where=f"$.{name}")
    if done.child_id is not None:
        notes.append(
            journal.Note(
                student_id=done.child_id,
                account_id=done.account_id,
                action=TILES_VIEWED.get(done.tile or "", NOTED[event.type]),
                at=event.occurred_at,
                cause=event.id,
            )
        )
