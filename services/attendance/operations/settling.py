"""Writing down what a student's notices and records come to, and telling what that changes.

Called by whoever holds the register and has changed a fact; it reads all of the days' facts anew, so that it does not matter
who came first.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from services.attendance import events, queries
from services.attendance.models import Absence, Contradiction
from services.attendance.operations import registers
from services.attendance.operations.registers import Held
from services.attendance.rules import local_time, notices, reconciliation
from services.attendance.rules.reconciliation import MOTIVATED, NOT_MOTIVATED, Announced, Day, Recorded
from services.attendance.rules.timetables import Timetable
from shared.messages import Event

_absences = Absence.__table__
_write_outcome = (
    update(_absences)
    .where(_absences.c.id == bindparam("absence_id"))
    .values(status=bindparam("status"), motivated_by=bindparam("motivated_by"), outcome=bindparam("outcome"))
)


def settle(
    session: Session, held: Held, *, timetable: Timetable, first_on: date, last_on: date, at: datetime
) -> list[Event]:
    """Bring the outcomes of these days up to their facts; return what must be told of it."""
    whose = {"organisation_id": held.organisation_id, "student_source_id": held.student_source_id}
    days = {"first_on": first_on, "last_on": last_on}
    records = queries.list_absences_of_days(session, **whose, **days)
    standing = queries.list_contradictions_of_days(session, **whose, **days)
    if not records and not standing:
        return []
    live = queries.list_live_notices(session, **whose, **days)
    motivated = queries.list_motivated_ids(session, absence_ids=[each.id for each in records])
    told: list[Event] = []
    for on in sorted({each.on for each in records} | {each.on for each in standing}):
        of_day = [each for each in records if each.on == on]
        day = reconciliation.reconcile(
            timetable=timetable,
            announced=[_announced(each, timetable) for each in live if each.first_on <= on <= each.last_on],
            recorded=[recorded(each, is_motivated=each.id in motivated, at=at) for each in of_day],
        )
        told += _write_outcomes(session, held, of_day, day, at=at)
        found = [each for each in standing if each.on == on]
        told += _write_contradictions(session, held, on, found, day, timetable=timetable, at=at)
    return told


def recorded(absence: queries.AbsenceRow, *, is_motivated: bool, at: datetime) -> Recorded:
    """Return a row as the rules take it."""
    return Recorded(
        absence_id=absence.id,
        kind=absence.kind,
        at=absence.at,
        periods=tuple(absence.periods),
        is_motivated=is_motivated,
        is_closed=absence.closes_at <= at,
    )


def _announced(notice: queries.NoticeRow, timetable: Timetable) -> Announced:
    span = notices.span(notice.announcement, timetable)
    return Announced(notice_id=notice.id, type=notice.type, span=span)


def _write_outcomes(
    session: Session, held: Held, absences: Sequence[queries.AbsenceRow], day: Day, *, at: datetime
) -> list[Event]:
    told: list[Event] = []
    for absence in absences:
        outcome = day.outcomes.get(absence.id)
        status = outcome.status if outcome else None
        by = outcome.motivated_by if outcome else None
        periods = dict(outcome.periods) if outcome else {}
        if (absence.status, absence.motivated_by, absence.outcome) == (status, by, periods):
            continue
        values = {"status": status, "motivated_by": by, "outcome": periods}
        session.execute(_write_outcome, {"absence_id": absence.id, **values})
        about = {"absence_id": absence.id, "at": at}
        if by is not None and by != absence.motivated_by:
            told.append(events.absence_motivated(held.student, motivated_by=by, **about))
        elif absence.status == MOTIVATED and status not in (None, MOTIVATED):
            told.append(events.absence_reopened(held.student, **about))
        if status == NOT_MOTIVATED and absence.status != NOT_MOTIVATED:
            told.append(events.absence_unmotivated(held.student, **about))
    return told


def _write_contradictions(
    session: Session,
    held: Held,
    on: date,
    standing: Sequence[Any],
    day: Day,
    *,
    timetable: Timetable,
    at: datetime,
) -> list[Event]:
    known = {(each.period, each.kind, each.notice_id) for each in standing}
    found = {(each.period, each.kind, each.notice_id) for each in day.contradictions}
    gone = [period for period, _, _ in known - found]
    if gone:
        session.execute(
            delete(Contradiction).where(
                Contradiction.organisation_id == held.organisation_id,
                Contradiction.student_source_id == held.student_source_id,
                Contradiction.on == on,
                Contradiction.period.in_(gone),
            )
        )
    told: list[Event] = []
    for period, kind, notice_id in sorted(found - known):
        session.execute(
            insert(Contradiction),
            {
                "organisation_id": held.organisation_id,
                "student_source_id": held.student_source_id,
                "on": on,
                "period": period,
                "kind": kind,
                "notice_id": notice_id,
                "found_at": at,
                "position": registers.next_position(session, held.organisation_id),
            },
        )
        bell = timetable.period(period)
        since = local_time.moment_of(on, bell.starts_at if bell else time())
        told.append(
            events.absence_contradicted(held.student, notice_id=notice_id, contradiction=kind, since=since, at=at)
        )
    return told


def missed(on: date, record: Recorded, timetable: Timetable) -> tuple[datetime, datetime]:
    """Return from when to when a record of this day speaks."""
    since, until = reconciliation.span_of(record, timetable)
    return _moment(on, since), _moment(on, until)


def _moment(on: date, minute: int) -> datetime:
    return local_time.moment_of(on, time(minute // 60, minute % 60))
