"""What an organisation has decided about absences, or the default where it has decided nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from services.attendance.errors import OrganisationNotSubscribed
from services.attendance.queries.tables import (
    bell_times,
    decision_revisions,
    offered_reasons,
    organisations,
    school_rules,
    school_years,
)
from services.attendance.rules import calendars, cut_offs, local_time, reasons, timetables
from services.attendance.rules.calendars import Calendar, SchoolYear
from services.attendance.rules.cut_offs import CutOff
from services.attendance.rules.reasons import Reason
from services.attendance.rules.timetables import Period, Timetable

# Whose bell times those of all schools are that have none of their own.
EVERY_SCHOOL: Final = ""
# Where a connection keeps what it has read of organisations' decisions.
_REMEMBERED: Final = "attendance_decisions"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What decides about the notices and records of one student: the school's bell times, and its organisation's rules."""

    timetable: Timetable
    calendar: Calendar
    cut_off: CutOff
    same_day_until: time | None


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """All that an organisation has decided; `timetables` by school, those of every school under `EVERY_SCHOOL`."""

    cut_off: CutOff
    same_day_until: time | None
    timetables: Mapping[str, Timetable]
    years: tuple[SchoolYear, ...]
    calendar: Calendar
    reasons: tuple[Reason, ...]

    def timetable(self, school_source_id: str | None) -> Timetable:
        """Return the bell times of a school: its own, else those of every school."""
        of_every_school = self.timetables.get(EVERY_SCHOOL, timetables.DEFAULT)
        return self.timetables.get(school_source_id or EVERY_SCHOOL, of_every_school)

    def terms(self, school_source_id: str | None) -> Terms:
        """Return what decides about a student of this school."""
        return Terms(
            timetable=self.timetable(school_source_id),
            calendar=self.calendar,
            cut_off=self.cut_off,
            same_day_until=self.same_day_until,
        )


_get_organisation = select(organisations.c.id).where(
    organisations.c.code == bindparam("code"), organisations.c.is_subscribed
)
_find_revision = select(decision_revisions.c.revision).where(
    decision_revisions.c.organisation_id == bindparam("organisation_id")
)
_find_rules = select(school_rules).where(school_rules.c.organisation_id == bindparam("organisation_id"))
_list_bell_times = (
    select(bell_times)
    .where(bell_times.c.organisation_id == bindparam("organisation_id"))
    .order_by(bell_times.c.school_source_id)
)
_list_years = (
    select(school_years)
    .where(school_years.c.organisation_id == bindparam("organisation_id"))
    .order_by(school_years.c.name)
)
_list_reasons = (
    select(offered_reasons)
    .where(offered_reasons.c.organisation_id == bindparam("organisation_id"))
    .order_by(offered_reasons.c.position)
)


def get_organisation_id(session: Session | Connection, code: str | None) -> str:
    """Return the id of the organisation that a school system's token names.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    row = session.execute(_get_organisation, {"code": code or ""}).first()
    if row is None:
        raise OrganisationNotSubscribed
    return str(row.id)


def get_decisions(session: Session, *, organisation_id: str) -> Decisions:
    """Return what an organisation has decided.

    One statement unless it has decided anything since this connection to the database last read it: every decision
    writes a new revision (`deciding.py`) with itself, so what is remembered under the one that stands is what stands.
    """
    about = {"organisation_id": organisation_id}
    revision = session.execute(_find_revision, about).scalar()
    remembered = session.connection().info.setdefault(_REMEMBERED, {})
    known = remembered.get(organisation_id)
    if known is None or known[0] != revision:
        # What is read after the revision is of that revision or newer, and then the revision is no longer this one.
        known = remembered[organisation_id] = (revision, _read(session, about))
    decisions: Decisions = known[1]
    return decisions


def _read(session: Session, about: dict[str, str]) -> Decisions:
    rules = session.execute(_find_rules, about).first()
    years = tuple(_year(row) for row in session.execute(_list_years, about))
    offered = tuple(
        Reason(code=row.code, french=row.french, english=row.english, needs_explanation=row.needs_explanation)
        for row in session.execute(_list_reasons, about)
    )
    return Decisions(
        cut_off=CutOff(school_days=rules.cut_off_school_days, at=rules.cut_off_at) if rules else cut_offs.DEFAULT,
        same_day_until=rules.same_day_until if rules else None,
        timetables={row.school_source_id: _timetable(row) for row in session.execute(_list_bell_times, about)},
        years=years,
        calendar=calendars.in_years(years),
        reasons=offered or reasons.DEFAULT,
    )


def _year(row: Any) -> SchoolYear:
    days_off = frozenset(date.fromisoformat(day) for day in row.days_off)
    return SchoolYear(first_on=row.first_on, last_on=row.last_on, days_off=days_off)


def _timetable(row: Any) -> Timetable:
    return Timetable(
        periods=tuple(
            Period(code=each["code"], starts_at=_time(each["starts_at"]), ends_at=_time(each["ends_at"]))
            for each in row.periods
        ),
        break_starts_at=row.break_starts_at,
        break_ends_at=row.break_ends_at,
    )


def _time(text: str) -> time:
    found = local_time.read_time(text)
    assert found is not None
    return found
