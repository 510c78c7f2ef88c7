"""Writing down what students' notices and records come to, and telling what that changes.

Called by whoever holds the registers and changes a fact; everything known of the days is computed anew, so that it does
not matter who came first.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, Self

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from services.attendance import events, queries
from services.attendance.models import Absence, Contradiction
from services.attendance.operations import registers
from services.attendance.operations.registers import Held
from services.attendance.rules import local_time, notices, reconciliation
from services.attendance.rules.reconciliation import MOTIVATED, NOT_MOTIVATED, Announced, Outcome, Recorded
from services.attendance.rules.timetables import Timetable
from shared.messages import Event

_absences, _contradictions = Absence.__table__, Contradiction.__table__
_KEY = ("organisation_id", "student_source_id", "on", "period")
# What its school or its outcome changes of an absence.
_CHANGING = (
    "school_source_id",
    "on",
    "kind",
    "at",
    "periods",
    "changed_at",
    "closes_at",
    "status",
    "motivated_by",
    "outcome",
    "reminded_at",
)
_write_absence = (
    update(_absences)
    .where(_absences.c.id == bindparam("absence_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)
_write_contradiction = insert(_contradictions)
_remove_contradiction = delete(_contradictions).where(
    *(_contradictions.c[name] == bindparam(f"its_{name}") for name in _KEY)
)


class Days:
    """Some days of some students of an organisation: read at once, settled one by one, written at once.

    For whoever holds the registers of these students: nobody else changes what was read until the transaction ends.
    """

    def __init__(self, session: Session, organisation_id: str, *, decisions: queries.Decisions, at: datetime) -> None:
        self._session = session
        self._decisions = decisions
        self._organisation_id = organisation_id
        self._at = at
        self._stored: dict[str, queries.AbsenceRow] = {}
        self._absences: dict[str, dict[str, queries.AbsenceRow]] = defaultdict(dict)
        self._notices: dict[str, list[queries.NoticeRow]] = defaultdict(list)
        self._motivated: set[str] = set()
        # By student and day: of each period what stands, and what stood when it was read.
        self._contradicted: dict[tuple[str, date], dict[str, tuple[str, str]]] = defaultdict(dict)
        self._stood: dict[tuple[str, date], dict[str, tuple[str, str]]] = {}

    @classmethod
    def read(
        cls,
        session: Session,
        *,
        organisation_id: str,
        student_source_ids: Collection[str],
        first_on: date,
        last_on: date,
        decisions: queries.Decisions,
        at: datetime,
    ) -> Self:
        """Return what is known of these students from the one day to the other."""
        days = cls(session, organisation_id, decisions=decisions, at=at)
        asked: dict[str, Any] = {
            "organisation_id": organisation_id,
            "student_source_ids": student_source_ids,
            "first_on": first_on,
            "last_on": last_on,
        }
        for notice in queries.list_live_notices(session, **asked):
            days.announce(notice)
        for absence in queries.list_absences_of_days(session, **asked):
            days.put(absence)
            days._stored[absence.id] = absence
        if days._stored:
            days._motivated = queries.list_motivated_ids(session, absence_ids=days._stored)
            # Nothing is contradicted but by a record of that day.
            for each in queries.list_contradictions_of_days(session, **asked):
                days._contradicted[each.student_source_id, each.on][each.period] = (each.kind, each.notice_id)
            days._stood = {day: dict(periods) for day, periods in days._contradicted.items()}
        return days

    def announce(self, notice: queries.NoticeRow) -> None:
        """Take into account a notice that is about to be written."""
        self._notices[notice.student_source_id].append(notice)

    def notices(self, student_source_id: str) -> Iterable[queries.NoticeRow]:
        """Return the live notices of a student that speak of any of the days."""
        return self._notices[student_source_id]

    def put(self, absence: queries.AbsenceRow) -> None:
        """Take into account what is recorded, or corrected, of one of the students."""
        self._absences[absence.student_source_id][absence.id] = absence

    def wrote(self, absence: queries.AbsenceRow) -> None:
        """Take into account a new absence that is written as it is here."""
        self._stored[absence.id] = absence
        self.put(absence)

    def absence(self, student_source_id: str, absence_id: str) -> queries.AbsenceRow:
        """Return an absence of a student as it stands now."""
        return self._absences[student_source_id][absence_id]

    def recorded_on(self, student_source_id: str) -> list[date]:
        """Return the days of which something is recorded of a student, in their order."""
        return sorted({each.on for each in self._absences[student_source_id].values()})

    def settle(self, held: Held, on: date) -> list[Event]:
        """Bring the outcomes of one student's day up to its facts; return what must be told of it.

        By the bell times of the school that its records name, whoever asks: the day comes to the same in any order.
        """
        student = held.student_source_id
        of_day = [each for each in self._absences[student].values() if each.on == on]
        if not of_day and not self._contradicted.get((student, on)):
            return []
        timetable = self._decisions.timetable(_school_of(of_day, held))
        day = reconciliation.reconcile(
            timetable=timetable,
            announced=[
                _announced(each, timetable) for each in self._notices[student] if each.first_on <= on <= each.last_on
            ],
            recorded=[recorded(each, is_motivated=each.id in self._motivated, at=self._at) for each in of_day],
        )
        told: list[Event] = []
        for absence in of_day:
            told += self._settle_absence(held, absence, day.outcomes.get(absence.id))
        found = {each.period: (each.kind, each.notice_id) for each in day.contradictions}
        known = self._contradicted[student, on]
        for period in sorted(period for period in found if found[period] != known.get(period)):
            kind, notice_id = found[period]
            bell = timetable.period(period)
            since = local_time.moment_of(on, bell.starts_at if bell else time())
            told.append(
                events.absence_contradicted(
                    held.student, notice_id=notice_id, contradiction=kind, since=since, at=self._at
                )
            )
        self._contradicted[student, on] = found
        return told

    def write(self) -> None:
        """Write what settling has changed."""
        changed = [
            each
            for of_student in self._absences.values()
            for each in of_student.values()
            if each is not self._stored.get(each.id) and each != self._stored.get(each.id)
        ]
        if changed:
            self._session.execute(
                _write_absence,
                [
                    {"absence_id": each.id, **{f"new_{name}": getattr(each, name) for name in _CHANGING}}
                    for each in changed
                ],
            )
        self._write_contradictions()

    def _settle_absence(self, held: Held, absence: queries.AbsenceRow, outcome: Outcome | None) -> list[Event]:
        status = outcome.status if outcome else None
        by = outcome.motivated_by if outcome else None
        periods = dict(outcome.periods) if outcome else {}
        if (absence.status, absence.motivated_by, absence.outcome) == (status, by, periods):
            return []
        self.put(replace(absence, status=status, motivated_by=by, outcome=periods))
        told: list[Event] = []
        if by is not None and by != absence.motivated_by:
            told.append(events.absence_motivated(held.student, absence_id=absence.id, motivated_by=by, at=self._at))
        elif absence.status == MOTIVATED and status not in (None, MOTIVATED):
            told.append(events.absence_reopened(held.student, absence_id=absence.id, at=self._at))
        if status == NOT_MOTIVATED and absence.status != NOT_MOTIVATED:
            told.append(events.absence_unmotivated(held.student, absence_id=absence.id, at=self._at))
        return told

    def _write_contradictions(self) -> None:
        gone, new = [], []
        for (student, on), stands in self._contradicted.items():
            stood = self._stood.get((student, on), {})
            whose = (self._organisation_id, student, on)
            gone += [(*whose, period) for period in stood if stands.get(period) != stood[period]]
            new += [
                (*whose, period, *stands[period]) for period in sorted(stands) if stood.get(period) != stands[period]
            ]
        if gone:
            self._session.execute(
                _remove_contradiction,
                [{f"its_{name}": value for name, value in zip(_KEY, each, strict=True)} for each in gone],
            )
        if new:
            first = registers.take_positions(self._session, self._organisation_id, len(new))
            self._session.execute(
                _write_contradiction,
                [
                    {
                        **dict(zip((*_KEY, "kind", "notice_id"), each, strict=True)),
                        "found_at": self._at,
                        "position": position,
                    }
                    for position, each in enumerate(new, first)
                ],
            )


def settle(
    session: Session, held: Held, *, decisions: queries.Decisions, first_on: date, last_on: date, at: datetime
) -> list[Event]:
    """Bring the outcomes of a student's days up to their facts as they are written; return what must be told of it."""
    days = Days.read(
        session,
        organisation_id=held.organisation_id,
        student_source_ids=[held.student_source_id],
        first_on=first_on,
        last_on=last_on,
        decisions=decisions,
        at=at,
    )
    told = [event for on in days.recorded_on(held.student_source_id) for event in days.settle(held, on)]
    days.write()
    return told


def _school_of(records: Iterable[queries.AbsenceRow], held: Held) -> str | None:
    """Return whose bells a day is judged by: where its records name several schools, one of them, and always the same."""
    return min((each.school_source_id or held.school_source_id or "" for each in records), default=None)


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


def missed(on: date, record: Recorded, timetable: Timetable) -> tuple[datetime, datetime]:
    """Return from when to when a record of this day speaks."""
    since, until = reconciliation.span_of(record, timetable)
    return _moment(on, since), _moment(on, until)


def _moment(on: date, minute: int) -> datetime:
    return local_time.moment_of(on, time(minute // 60, minute % 60))
