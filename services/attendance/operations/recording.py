"""What school systems record: absences one by one or by the thousand, told again as often as they like."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from services.attendance import events, queries
from services.attendance.context import Context
from services.attendance.errors import TimeRequired
from services.attendance.models import Absence
from services.attendance.operations import registers, settling
from services.attendance.operations.registers import Held
from services.attendance.rules import cut_offs, local_time, source_ids
from services.attendance.rules.reconciliation import LATE, LEFT_EARLY, PRESENT, TO_MOTIVATE, Recorded
from shared import ids, logs, outbox
from shared.database import once_a_dialect
from shared.messages import Event
from shared.problems import NotFound, Problem, ValidationFailed

log = logs.get(__name__)

RECORDED: Final = "recorded"
CORRECTED: Final = "corrected"
UNCHANGED: Final = "unchanged"
# A transaction holds its students, and on SQLite everybody else, for some tens of milliseconds.
BATCH_SIZE: Final = 100

_OTHER_STUDENT: Final = (
    "Cette inscription est au nom d’un autre élève : corrigez-la en « present », puis inscrivez l’autre sous un nouvel identifiant."
    " | This record is another student’s: correct it to “present”, then record the other under a new id."
)
_TIME_NEEDLESS: Final = "Seuls « late » et « left_early » ont une heure. | Only “late” and “left_early” have a time."
_PERIOD_UNKNOWN: Final = (
    "L’horaire de cette école n’a pas cette période. | The bell times of this school have no such period."
)
_NOT_YET: Final = "Ce jour n’est pas encore venu. | This day has not come yet."

_absences = Absence.__table__


@once_a_dialect
def _claim(insert: Any) -> Executable:
    claim = insert(_absences).on_conflict_do_nothing(index_elements=["organisation_id", "source_id"])
    return claim.returning(_absences.c.id)  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a school system says of a student on a day; `source_id` is its own id of the record."""

    source_id: str
    student_source_id: str
    on: date
    kind: str
    school_source_id: str | None = None
    at: time | None = None
    periods: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of a record: `recorded`, `corrected` or `unchanged`, and the absence as it stands now."""

    result: str
    absence: dict[str, Any]


def record_absence(ctx: Context, *, organisation_code: str | None, record: Record) -> Written:
    """Record an absence, or correct what was recorded under the same id; the same again changes nothing.

    Raises:
        NotFound: the id can be nobody's.
        OrganisationNotSubscribed: see the class.
        TimeRequired: a late arrival or an early departure without its time.
        ValidationFailed: the time is needless, the day has not come, there is no such period, or the record is another
            student's.
    """
    if not source_ids.is_source_id(record.source_id):
        raise NotFound
    (written,) = _record(ctx, organisation_code, [record])
    if isinstance(written, Problem):
        raise written
    return written


def record_absences(
    ctx: Context,
    *,
    organisation_code: str | None,
    records: Iterable[Record | Problem],
    batch_size: int = BATCH_SIZE,
) -> Iterator[Written | Problem]:
    """Record what comes, a batch a transaction, and return what becomes of each line in its order, as it is asked for.

    A line that is refused, or could not be read (a `Problem` in its place), stops none of the others. Whoever stops reading in
    the middle keeps what was yielded, and at most one batch more.

    Raises:
        OrganisationNotSubscribed: see the class; before anything is read.
    """
    with ctx.db.read() as session:
        queries.get_organisation_id(session, organisation_code)
    return _record_batches(ctx, organisation_code, iter(records), batch_size)


def _record_batches(
    ctx: Context, organisation_code: str | None, coming: Iterator[Record | Problem], batch_size: int
) -> Iterator[Written | Problem]:
    while batch := list(islice(coming, batch_size)):
        written = iter(_record(ctx, organisation_code, [each for each in batch if isinstance(each, Record)]))
        for each in batch:
            yield each if isinstance(each, Problem) else next(written)


def _record(ctx: Context, organisation_code: str | None, records: Sequence[Record]) -> list[Written | Problem]:
    with ctx.db.transaction() as session:
        now = ctx.clock.now()
        organisation_id = queries.get_organisation_id(session, organisation_code)
        written: list[Written | Problem] = []
        if records:
            desk = _Desk(session, organisation_id, records, at=now)
            written = [desk.write(each) for each in records]
            desk.finish()
    results = [each.result for each in written if isinstance(each, Written)]
    log.info(
        "absences_recorded",
        organisation_id=organisation_id,
        refused=len(written) - len(results),
        **{result: results.count(result) for result in (RECORDED, CORRECTED, UNCHANGED)},
    )
    return written


class _Desk:
    """One organisation's records of one transaction: what is known of them is read at once, and written at once."""

    def __init__(self, session: Session, organisation_id: str, records: Sequence[Record], *, at: datetime) -> None:
        self._session = session
        self._organisation_id = organisation_id
        self._at = at
        students = {each.student_source_id for each in records}
        self._held = registers.hold(session, [(organisation_id, student) for student in students])
        self._decisions = queries.get_decisions(session, organisation_id=organisation_id)
        found = queries.list_absences_by_source(
            session, organisation_id=organisation_id, source_ids={each.source_id for each in records}
        )
        # Whose each of the school's own ids is, and which absence.
        self._absences = {each.source_id: (each.student_source_id, each.id) for each in found}
        concerned = [each.on for each in records] + [each.on for each in found if each.student_source_id in students]
        self._days = settling.Days.read(
            session,
            organisation_id=organisation_id,
            student_source_ids=students,
            first_on=min(concerned),
            last_on=max(concerned),
            decisions=self._decisions,
            at=at,
        )
        self._told: list[Event] = []
        self._new = self._claim_new(records)

    def write(self, record: Record) -> Written | Problem:
        """Take one record in, or return why it is refused."""
        held, terms = self._held[self._organisation_id, record.student_source_id], self._terms_of(record)
        if (refused := self._refused(record, terms)) is not None:
            return refused
        student, absence_id = self._absences.get(record.source_id, (None, ""))
        if student != record.student_source_id:
            # Or somebody else wrote it since we looked, and holds another student: we hold this one.
            return _refusal("#/student_source_id", _OTHER_STUDENT)
        if (new := self._new.pop(absence_id, None)) is not None:
            # Not before its own line: nothing may be told of what has not been told as recorded.
            self._days.wrote(new)
        known = self._days.absence(student, absence_id)
        days = {record.on, known.on}
        if new is not None:
            result = RECORDED
        elif _says_the_same(known, record):
            return Written(result=UNCHANGED, absence=document(known))
        else:
            result = CORRECTED
            self._days.put(self._corrected(known, record, terms))
        self._tell(held, absence_id, record, result, terms)
        for on in sorted(days):
            self._told += self._days.settle(held, on)
        return Written(result=result, absence=document(self._days.absence(student, absence_id)))

    def finish(self) -> None:
        """Write what the records have changed, and tell it."""
        self._days.write()
        outbox.add_all(self._session, self._told, at=self._at)

    def _claim_new(self, records: Sequence[Record]) -> dict[str, queries.AbsenceRow]:
        """Write what nothing was recorded under yet, as it is before anything is known of its day; return it by its id."""
        rows: dict[str, queries.AbsenceRow] = {}
        for each in records:
            terms = self._terms_of(each)
            is_new = each.source_id not in self._absences and each.source_id not in rows
            if is_new and self._refused(each, terms) is None:
                rows[each.source_id] = self._first(each, terms)
        if not rows:
            return {}
        # In one order for everybody: two that take the same ids for other students would wait for each other.
        values = [vars(rows[source_id]) for source_id in sorted(rows)]
        claimed = set(self._session.scalars(_claim(self._session), values if len(values) > 1 else values[0]))
        ours = {row.id: row for row in rows.values() if row.id in claimed}
        self._absences |= {row.source_id: (row.student_source_id, row.id) for row in ours.values()}
        return ours

    def _school_of(self, record: Record) -> str | None:
        held = self._held[self._organisation_id, record.student_source_id]
        return record.school_source_id or held.school_source_id

    def _terms_of(self, record: Record) -> queries.Terms:
        return self._decisions.terms(self._school_of(record))

    def _refused(self, record: Record, terms: queries.Terms) -> Problem | None:
        needs_time = record.kind in (LATE, LEFT_EARLY)
        if needs_time and record.at is None:
            return TimeRequired()
        if not needs_time and record.at is not None:
            return _refusal("#/time", _TIME_NEEDLESS)
        if record.on > local_time.day_of(self._at):
            return _refusal("#/date", _NOT_YET)
        for number, code in enumerate(record.periods):
            if terms.timetable.period(code) is None:
                return _refusal(f"#/periods/{number}", _PERIOD_UNKNOWN)
        return None

    def _closes_at(self, record: Record, terms: queries.Terms) -> datetime:
        # Guardians learn of it when it is recorded, and not before the day.
        learned = max(self._at, local_time.moment_of(record.on, terms.timetable.starts_at))
        return cut_offs.closes_at(learned, cut_off=terms.cut_off, calendar=terms.calendar)

    def _first(self, record: Record, terms: queries.Terms) -> queries.AbsenceRow:
        return queries.AbsenceRow(
            id=ids.new(),
            organisation_id=self._organisation_id,
            source_id=record.source_id,
            student_source_id=record.student_source_id,
            recorded_at=self._at,
            closes_at=self._closes_at(record, terms),
            **self._said(record),
            **_unsettled(record),
        )

    def _corrected(self, known: queries.AbsenceRow, record: Record, terms: queries.Terms) -> queries.AbsenceRow:
        # What it says now, its guardians have time to answer.
        return replace(known, **self._said(record), closes_at=max(known.closes_at, self._closes_at(record, terms)))

    def _said(self, record: Record) -> dict[str, Any]:
        return {
            "school_source_id": self._school_of(record),
            "on": record.on,
            "kind": record.kind,
            "at": record.at,
            "periods": list(record.periods),
            "changed_at": self._at,
            "reminded_at": None,
        }

    def _tell(self, held: Held, absence_id: str, record: Record, result: str, terms: queries.Terms) -> None:
        said = Recorded(absence_id=absence_id, kind=record.kind, at=record.at, periods=record.periods)
        since, until = settling.missed(record.on, said, terms.timetable)
        tell = events.absence_recorded if result == RECORDED else events.absence_corrected
        self._told.append(
            tell(
                held.student,
                absence_id=absence_id,
                kind=record.kind,
                missed_since=since,
                missed_until=until,
                at=self._at,
            )
        )


def document(absence: queries.AbsenceRow) -> dict[str, Any]:
    """Return a record as the school reads it back, with what it came to."""
    return {
        "id": absence.id,
        "source_id": absence.source_id,
        "student_source_id": absence.student_source_id,
        "date": absence.on.isoformat(),
        "kind": absence.kind,
        "time": absence.at.isoformat("minutes") if absence.at else None,
        "periods": list(absence.periods),
        "status": absence.status,
        "motivated_by": absence.motivated_by,
        "motivate_until": absence.closes_at,
    }


def _unsettled(record: Record) -> dict[str, Any]:
    status = None if record.kind == PRESENT else TO_MOTIVATE
    return {"status": status, "motivated_by": None, "outcome": {}}


def _says_the_same(found: queries.AbsenceRow, record: Record) -> bool:
    told = (found.on, found.kind, found.at, tuple(found.periods))
    says = (record.on, record.kind, record.at, record.periods)
    return told == says and record.school_source_id in (None, found.school_source_id)


def _refusal(pointer: str, detail: str) -> Problem:
    return ValidationFailed(errors=[{"pointer": pointer, "detail": detail}])
