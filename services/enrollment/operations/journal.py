"""The access journal: who linked, let go of, or opened a child's file (PRV-1)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from services.enrollment.context import Context
from services.enrollment.models import JournalEntry, Student
from services.enrollment.rules import days
from shared import ids, inbox
from shared.database import insert_for

CHILD_LINKED: Final = "child_linked"
# By a claim that waited: the guardian made it earlier, and the school has corrected its file since.
WAITING_CLAIM_SETTLED: Final = "waiting_claim_settled"
CHILD_UNLINKED: Final = "child_unlinked"
CHILD_CONFIRMED: Final = "child_confirmed"
LINK_DISPUTED: Final = "link_disputed"
DISPUTE_LIFTED: Final = "dispute_lifted"
DISPUTE_UPHELD: Final = "dispute_upheld"
RE_REGISTRATION_ANSWERED: Final = "re_registration_answered"
FILE_OPENED: Final = "file_opened"
PIN_ISSUED: Final = "pin_issued"
PIN_USED: Final = "pin_used"
PIN_VOIDED: Final = "pin_voided"
# What the school's own system did to the registry by call.
FILE_CORRECTED: Final = "file_corrected"
FILE_CLOSED: Final = "file_closed"

# What attendance tells: what guardians and the school did with a child's absences.
ABSENCE_ANNOUNCED: Final = "absence_announced"
NOTICE_WITHDRAWN: Final = "absence_notice_withdrawn"
NOTICE_ACKNOWLEDGED: Final = "absence_notice_acknowledged"
ABSENCE_RECORDED: Final = "absence_recorded"
ABSENCE_CORRECTED: Final = "absence_corrected"
ABSENCE_MOTIVATED: Final = "absence_motivated"
MOTIVATION_REFUSED: Final = "motivation_refused"

# What records tells: what the school published of a child, and what its guardians looked at.
RECORD_PUBLISHED: Final = "record_published"
RECORD_CORRECTED: Final = "record_corrected"
RECORD_WITHDRAWN: Final = "record_withdrawn"
DOCUMENT_VIEWED: Final = "document_viewed"
AGENDA_VIEWED: Final = "agenda_viewed"
ABSENCES_VIEWED: Final = "absences_viewed"
RESULTS_VIEWED: Final = "results_viewed"
FINANCES_VIEWED: Final = "finances_viewed"
FILE_VIEWED: Final = "file_viewed"
MESSAGES_VIEWED: Final = "messages_viewed"
RESOURCES_VIEWED: Final = "resources_viewed"
# A tile that came later than this service.
TILE_VIEWED: Final = "tile_viewed"

# Names what was seen by whom on which day, so that a day's first look is one entry however many processes saw it.
_VIEWS: Final = uuid.UUID("7d0c7a3e-4a0c-5f0e-9a53-1f6f9a2b8c11")
# How many of the day's looks a process remembers; forgetting one costs a statement, not an entry.
_MOST_REMEMBERED: Final = 50_000

_list_students = select(Student.__table__.c.id).where(
    Student.__table__.c.id.in_(bindparam("student_ids", expanding=True))
)
_insert = insert(JournalEntry.__table__)


def write(session: Session, *, student_id: str, account_id: str, action: str, at: datetime) -> None:
    """Write what a guardian did, in the transaction that does it."""
    session.execute(
        insert(JournalEntry),
        {
            "id": ids.new(),
            "student_id": student_id,
            "account_id": account_id,
            "role": "guardian",
            "action": action,
            "at": at,
        },
    )


def write_of_school(session: Session, *, student_id: str, action: str, at: datetime) -> None:
    """Write what the school did, in the transaction that does it."""
    session.execute(
        insert(JournalEntry),
        {"id": ids.new(), "student_id": student_id, "account_id": None, "role": "school", "action": action, "at": at},
    )


@dataclass(frozen=True, kw_only=True)
class Note:
    """What another service says was done with a student's file, by a guardian or (None) the school.

    `cause` is the id of the event that says so.
    """

    student_id: str
    account_id: str | None
    action: str
    at: datetime
    cause: str


def write_notes(ctx: Context, *, notes: Sequence[Note]) -> None:
    """Write what other services say was done, once for each cause; all of it, or nothing.

    A student whom the registry does not have has no journal.
    """
    if not notes:
        return
    with ctx.db.transaction() as session:
        new = inbox.first_times(session, [each.cause for each in notes])
        # By its cause, which may have come twice in one go.
        first = {each.cause: each for each in notes if each.cause in new}
        wanted = {each.student_id for each in first.values()}
        known = set(session.scalars(_list_students, {"student_ids": sorted(wanted)}))
        rows = [
            {
                "id": ids.new(),
                "student_id": each.student_id,
                "account_id": each.account_id,
                "role": "school" if each.account_id is None else "guardian",
                "action": each.action,
                "at": each.at,
            }
            for each in first.values()
            if each.student_id in known
        ]
        if rows:
            session.execute(_insert, rows)


def write_view(ctx: Context, *, student_id: str, account_id: str) -> None:
    """Write that a guardian opened the file, once a day: the second look of a day costs no statement."""
    now = ctx.clock.now()
    view = _view(student_id, account_id, days.today(now))
    if view in ctx.remembered_views:
        return
    with ctx.db.transaction() as session:
        entry = insert_for(session, JournalEntry).values(
            id=view, student_id=student_id, account_id=account_id, role="guardian", action=FILE_OPENED, at=now
        )
        session.execute(entry.on_conflict_do_nothing(index_elements=["id"]))
    if len(ctx.remembered_views) >= _MOST_REMEMBERED:
        ctx.remembered_views.clear()
    ctx.remembered_views.add(view)


def write_view_of_school(session: Session, *, student_id: str, client_id: str, at: datetime) -> None:
    """Write that the school's system read the file, once a day, before it is answered (AUD-3)."""
    entry = insert_for(session, JournalEntry).values(
        id=_view(student_id, client_id, days.today(at)),
        student_id=student_id,
        account_id=None,
        role="school",
        action=FILE_OPENED,
        at=at,
    )
    session.execute(entry.on_conflict_do_nothing(index_elements=["id"]))


def _view(student_id: str, account_id: str, day: date) -> str:
    return str(uuid.uuid5(_VIEWS, f"{student_id}:{account_id}:{day.isoformat()}"))
