"""What school systems record: absences one by one or by the thousand, told again as often as they like."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final

from sqlalchemy import Executable, bindparam, update
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
    new = insert(_absences).values({column.name: bindparam(column.name) for column in _absences.columns})
    claim = new.on_conflict_do_nothing(index_elements=["organisation_id", "source_id"])
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
        held = registers.hold(session, [(organisation_id, each.student_source_id) for each in records])
        desk = _Desk(session, organisation_id, at=now)
        written = [desk.write(held[organisation_id, each.student_source_id], each) for each in records]
        outbox.add_all(session, desk.told, at=now)
    results = [each.result for each in written if isinstance(each, Written)]
    log.info(
        "absences_recorded",
        organisation_id=organisation_id,
        refused=len(written) - len(results),
        **{result: results.count(result) for result in (RECORDED, CORRECTED, UNCHANGED)},
    )
    return written


class _Desk:
    """One organisation's records of one transaction: what decides about them is read once a school."""

    def __init__(self, session: Session, organisation_id: str, *, at: datetime) -> None:
        self._session = session
        self._organisation_id = organisation_id
        self._at = at
        self._terms: dict[str | None, queries.Terms] = {}
        self.told: list[Event] = []

    def write(self, held: Held, record: Record) -> Written | Problem:
        """Write one record, or return why it is refused."""
        school = record.school_source_id or held.school_source_id
        terms = self._terms_of(school)
        if (refused := self._refused(record, terms)) is not None:
            return refused
        found = self._find(record)
        result = RECORDED if found is None else CORRECTED
        if found is None:
            absence_id = self._insert(record, school, terms)
            if absence_id is None:
                return _refusal("#/student_source_id", _OTHER_STUDENT)
        elif found.student_source_id != record.student_source_id:
            return _refusal("#/student_source_id", _OTHER_STUDENT)
        elif _says_the_same(found, record):
            return Written(result=UNCHANGED, absence=document(found))
        else:
            absence_id = found.id
            self._correct(found, record, school, terms)
        self._tell(held, absence_id, record, result, terms)
        for on in sorted({record.on, found.on if found else record.on}):
            self.told += settling.settle(
                self._session, held, timetable=terms.timetable, first_on=on, last_on=on, at=self._at
            )
        now_there = self._find(record)
        assert now_there is not None
        return Written(result=result, absence=document(now_there))

    def _terms_of(self, school_source_id: str | None) -> queries.Terms:
        if school_source_id not in self._terms:
            self._terms[school_source_id] = queries.get_terms(
                self._session, organisation_id=self._organisation_id, school_source_id=school_source_id
            )
        return self._terms[school_source_id]

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

    def _find(self, record: Record) -> queries.AbsenceRow | None:
        return queries.find_absence_by_source(
            self._session, organisation_id=self._organisation_id, source_id=record.source_id
        )

    def _closes_at(self, record: Record, terms: queries.Terms) -> datetime:
        # Guardians learn of it when it is recorded, and not before the day.
        learned = max(self._at, local_time.moment_of(record.on, terms.timetable.starts_at))
        return cut_offs.closes_at(learned, cut_off=terms.cut_off, calendar=terms.calendar)

    def _insert(self, record: Record, school: str | None, terms: queries.Terms) -> str | None:
        row = {
            "id": ids.new(),
            "organisation_id": self._organisation_id,
            "source_id": record.source_id,
            "student_source_id": record.student_source_id,
            "recorded_at": self._at,
            "closes_at": self._closes_at(record, terms),
            **self._said(record, school),
            **_unsettled(record),
        }
        # Somebody else wrote it since we looked, and holds another student: we hold this one.
        return self._session.scalar(_claim(self._session), row)

    def _correct(self, found: queries.AbsenceRow, record: Record, school: str | None, terms: queries.Terms) -> None:
        values = self._said(record, school)
        if (found.kind == PRESENT) != (record.kind == PRESENT):
            values |= _unsettled(record)
        # What it says now, its guardians have time to answer.
        values["closes_at"] = max(found.closes_at, self._closes_at(record, terms))
        self._session.execute(update(Absence).where(Absence.id == found.id).values(**values))

    def _said(self, record: Record, school: str | None) -> dict[str, Any]:
        return {
            "school_source_id": school,
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
        self.told.append(
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
