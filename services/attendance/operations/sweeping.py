"""What time does by itself: cut-offs that pass, reminders before they do, and answers that have served theirs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.orm import Session

from services.attendance import events, queries
from services.attendance.context import Context
from services.attendance.models import Absence
from services.attendance.operations import registers, settling
from services.attendance.operations.registers import Held
from services.attendance.rules import cut_offs, rights
from services.attendance.rules.reconciliation import TO_MOTIVATE
from shared import answered_requests, outbox
from shared.messages import Event

# Of one transaction, which on SQLite holds everybody else up.
PAGE_SIZE: Final = 200

# Word for word the condition of the index over what is open: neither database uses a partial index for a parameter.
_is_open: Final = text("absences.status = 'to_motivate'")
_columns = (
    Absence.__table__.c.id,
    Absence.__table__.c.organisation_id,
    Absence.__table__.c.student_source_id,
    Absence.__table__.c.on,
    Absence.__table__.c.closes_at,
)
_list_closed = (
    select(*_columns)
    .where(_is_open, Absence.__table__.c.closes_at <= bindparam("now"))
    .order_by(Absence.__table__.c.closes_at, Absence.__table__.c.id)
    .limit(bindparam("limit"))
)
_list_due = (
    select(*_columns)
    .where(
        _is_open,
        Absence.__table__.c.closes_at > bindparam("now"),
        Absence.__table__.c.closes_at <= bindparam("until"),
        Absence.__table__.c.reminded_at.is_(None),
    )
    .order_by(Absence.__table__.c.closes_at, Absence.__table__.c.id)
    .limit(bindparam("limit"))
)
_claim_reminder = (
    update(Absence)
    .where(Absence.id == bindparam("absence_id"), Absence.reminded_at.is_(None), Absence.status == TO_MOTIVATE)
    .values(reminded_at=bindparam("reminded"))
    .returning(Absence.id)
)


def sweep(ctx: Context) -> dict[str, int]:
    """Close what its cut-off has passed, remind of what closes soon, and delete kept answers; count them."""
    counts = {"closed": close_absences(ctx), "reminded": remind_guardians(ctx)}
    with ctx.db.transaction() as session:
        counts["answers"] = answered_requests.sweep(session, at=ctx.clock.now())
    return counts


def close_absences(ctx: Context, *, page_size: int = PAGE_SIZE) -> int:
    """Make « non motivée » of every absence whose cut-off has passed, and tell it; return how many there were.

    May be interrupted and repeated, and run beside itself: what is closed is not closed again.
    """
    closed = 0
    while True:
        with ctx.db.transaction() as session:
            now = ctx.clock.now()
            due = session.execute(_list_closed, {"now": now, "limit": page_size}).all()
            held = registers.hold(session, [_student(each) for each in due])
            told: list[Event] = []
            for organisation_id in sorted({each.organisation_id for each in due}):
                of_organisation = [each for each in due if each.organisation_id == organisation_id]
                told += _close(session, organisation_id, of_organisation, held, at=now)
            outbox.add_all(session, told, at=now)
        closed += len(due)
        if len(due) < page_size:
            return closed


def remind_guardians(ctx: Context, *, page_size: int = PAGE_SIZE) -> int:
    """Tell every guardian who may act of what closes soon and nobody has motivated, once; return of how many absences."""
    reminded = 0
    while True:
        with ctx.db.transaction() as session:
            now = ctx.clock.now()
            until = now + cut_offs.REMINDER_LEAD
            due = session.execute(_list_due, {"now": now, "until": until, "limit": page_size}).all()
            held = registers.hold(session, [_student(each) for each in due])
            told: list[Event] = []
            for each in due:
                if _claims(session, each.id, now):
                    told += _reminders(held[_student(each)], each)
                    reminded += 1
            outbox.add_all(session, told, at=now)
        if len(due) < page_size:
            return reminded


def _close(
    session: Session,
    organisation_id: str,
    due: Sequence[Any],
    held: Mapping[tuple[str, str], Held],
    *,
    at: datetime,
) -> list[Event]:
    days = settling.Days.read(
        session,
        organisation_id=organisation_id,
        student_source_ids={each.student_source_id for each in due},
        first_on=min(each.on for each in due),
        last_on=max(each.on for each in due),
        decisions=queries.get_decisions(session, organisation_id=organisation_id),
        at=at,
    )
    told: list[Event] = []
    for student, on in sorted({(each.student_source_id, each.on) for each in due}):
        told += days.settle(held[organisation_id, student], on)
    days.write()
    return told


def _claims(session: Session, absence_id: str, at: datetime) -> bool:
    found = session.execute(_claim_reminder, {"absence_id": absence_id, "reminded": at})
    return found.first() is not None


def _reminders(held: Held, absence: Any) -> list[Event]:
    return [
        events.motivation_due(
            held.student, absence_id=absence.id, account_id=guardian.account_id, closes_at=absence.closes_at
        )
        for guardian in held.guardians
        if rights.may_act(guardian.rights)
    ]


def _student(row: Any) -> tuple[str, str]:
    return row.organisation_id, row.student_source_id
