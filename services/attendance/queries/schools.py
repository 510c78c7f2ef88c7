"""What an organisation has decided about absences, or the default where it has decided nothing."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from services.attendance.errors import OrganisationNotSubscribed
from services.attendance.queries.tables import bell_times, offered_reasons, organisations, school_rules, school_years
from services.attendance.rules import calendars, cut_offs, local_time, reasons, timetables
from services.attendance.rules.calendars import Calendar, SchoolYear
from services.attendance.rules.cut_offs import CutOff
from services.attendance.rules.reasons import Reason
from services.attendance.rules.timetables import Period, Timetable

# Whose bell times those of all schools are that have none of their own.
EVERY_SCHOOL = ""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What decides about the notices and records of one student: the school's bell times, and its organisation's rules."""

    timetable: Timetable
    calendar: Calendar
    cut_off: CutOff
    same_day_until: time | None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Until when an organisation takes what."""

    cut_off: CutOff
    same_day_until: time | None


_get_organisation = select(organisations.c.id).where(
    organisations.c.code == bindparam("code"), organisations.c.is_subscribed
)
_find_rules = select(school_rules).where(school_rules.c.organisation_id == bindparam("organisation_id"))
_find_bell_times = (
    select(bell_times)
    .where(
        bell_times.c.organisation_id == bindparam("organisation_id"),
        bell_times.c.school_source_id.in_(bindparam("school_source_ids", expanding=True)),
    )
    # The school's own before those of every school.
    .order_by(bell_times.c.school_source_id.desc())
    .limit(1)
)
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


def get_terms(session: Session, *, organisation_id: str, school_source_id: str | None) -> Terms:
    """Return what decides about a student of this school."""
    rules = get_rules(session, organisation_id=organisation_id)
    return Terms(
        timetable=get_timetable(session, organisation_id=organisation_id, school_source_id=school_source_id),
        calendar=get_calendar(session, organisation_id=organisation_id),
        cut_off=rules.cut_off,
        same_day_until=rules.same_day_until,
    )


def get_rules(session: Session, *, organisation_id: str) -> Rules:
    """Return until when an organisation takes notices and motivations."""
    row = session.execute(_find_rules, {"organisation_id": organisation_id}).first()
    if row is None:
        return Rules(cut_off=cut_offs.DEFAULT, same_day_until=None)
    cut_off = CutOff(school_days=row.cut_off_school_days, at=row.cut_off_at)
    return Rules(cut_off=cut_off, same_day_until=row.same_day_until)


def get_timetable(session: Session | Connection, *, organisation_id: str, school_source_id: str | None) -> Timetable:
    """Return the bell times of a school."""
    wanted = {EVERY_SCHOOL, school_source_id or EVERY_SCHOOL}
    row = session.execute(
        _find_bell_times, {"organisation_id": organisation_id, "school_source_ids": sorted(wanted)}
    ).first()
    return _timetable(row) if row is not None else timetables.DEFAULT


def list_timetables(session: Session, *, organisation_id: str) -> list[tuple[str, Timetable]]:
    """Return the bell times that an organisation has told, by school; those of every school first."""
    rows = session.execute(_list_bell_times, {"organisation_id": organisation_id})
    return [(row.school_source_id, _timetable(row)) for row in rows]


def get_calendar(session: Session, *, organisation_id: str) -> Calendar:
    """Return the school days of an organisation."""
    return calendars.in_years(list_years(session, organisation_id=organisation_id))


def list_years(session: Session, *, organisation_id: str) -> list[SchoolYear]:
    """Return the school years that an organisation has told."""
    rows = session.execute(_list_years, {"organisation_id": organisation_id})
    return [
        SchoolYear(
            first_on=row.first_on,
            last_on=row.last_on,
            days_off=frozenset(date.fromisoformat(day) for day in row.days_off),
        )
        for row in rows
    ]


def get_reasons(session: Session | Connection, *, organisation_id: str) -> tuple[Reason, ...]:
    """Return the reasons that an organisation offers, in its order."""
    rows = session.execute(_list_reasons, {"organisation_id": organisation_id})
    told = tuple(
        Reason(code=row.code, french=row.french, english=row.english, needs_explanation=row.needs_explanation)
        for row in rows
    )
    return told or reasons.DEFAULT


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
