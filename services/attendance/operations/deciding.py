"""What an organisation decides about absences: its cut-offs, bell times, school days and reasons.

What was computed by an earlier decision stays until something of its day changes: a school that moves its bells does not
rewrite last month.
"""

from collections.abc import Sequence
from datetime import time
from typing import Any

from sqlalchemy import Executable, delete, insert
from sqlalchemy.orm import Session

from services.attendance import queries
from services.attendance.context import Context
from services.attendance.models import BellTimes, DecisionRevision, OfferedReason, SchoolRules, SchoolYear
from services.attendance.rules import calendars, source_ids
from services.attendance.rules.reasons import Reason
from services.attendance.rules.timetables import Timetable
from shared import ids, logs
from shared.database import insert_for, once_a_dialect, rows_changed
from shared.problems import NotFound

log = logs.get(__name__)


@once_a_dialect
def _write_revision(insert: Any) -> Executable:
    new = insert(DecisionRevision.__table__)
    return new.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=["organisation_id"], set_={"revision": new.excluded.revision}
    )


def read_rules(ctx: Context, *, organisation_code: str | None) -> dict[str, Any]:
    """Return until when an organisation takes notices and motivations.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        rules = queries.get_decisions(session, organisation_id=organisation_id)
    return {
        "cut_off_school_days": rules.cut_off.school_days,
        "cut_off_at": rules.cut_off.at.isoformat("minutes"),
        "same_day_until": rules.same_day_until.isoformat("minutes") if rules.same_day_until else None,
    }


def replace_rules(
    ctx: Context,
    *,
    organisation_code: str | None,
    cut_off_school_days: int,
    cut_off_at: time,
    same_day_until: time | None,
) -> dict[str, Any]:
    """Decide until when notices and motivations are taken; of what is recorded already the cut-off stays.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.transaction() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        values = {
            "cut_off_school_days": cut_off_school_days,
            "cut_off_at": cut_off_at,
            "same_day_until": same_day_until,
            "changed_at": ctx.clock.now(),
        }
        put = insert_for(session, SchoolRules).values(organisation_id=organisation_id, **values)
        session.execute(put.on_conflict_do_update(index_elements=["organisation_id"], set_=values))
        _revise(session, organisation_id)
    log.info("rules_replaced", organisation_id=organisation_id)
    return read_rules(ctx, organisation_code=organisation_code)


def list_bell_times(ctx: Context, *, organisation_code: str | None) -> list[dict[str, Any]]:
    """Return the bell times that an organisation has told: those of every school first, then those of single ones.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        told = queries.get_decisions(session, organisation_id=organisation_id).timetables
    return [_timetable(school, timetable) for school, timetable in told.items()]


def replace_bell_times(
    ctx: Context, *, organisation_code: str | None, school_source_id: str | None, timetable: Timetable
) -> dict[str, Any]:
    """Tell the bell times of a school, or of every school that has none of its own.

    Raises:
        NotFound: the id can be no school's.
        OrganisationNotSubscribed: see the class.
    """
    if school_source_id is not None and not source_ids.is_source_id(school_source_id):
        raise NotFound
    school = school_source_id or queries.EVERY_SCHOOL
    with ctx.db.transaction() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        values = {
            "periods": _periods(timetable),
            "break_starts_at": timetable.break_starts_at,
            "break_ends_at": timetable.break_ends_at,
            "changed_at": ctx.clock.now(),
        }
        put = insert_for(session, BellTimes).values(organisation_id=organisation_id, school_source_id=school, **values)
        session.execute(put.on_conflict_do_update(index_elements=["organisation_id", "school_source_id"], set_=values))
        _revise(session, organisation_id)
    log.info("bell_times_replaced", organisation_id=organisation_id)
    return _timetable(school, timetable)


def remove_bell_times(ctx: Context, *, organisation_code: str | None, school_source_id: str) -> None:
    """Let a school have the bell times of every school again.

    Raises:
        OrganisationNotSubscribed: see the class.
        NotFound: it has none of its own.
    """
    if not source_ids.is_source_id(school_source_id):
        raise NotFound
    with ctx.db.transaction() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        gone = delete(BellTimes).where(
            BellTimes.organisation_id == organisation_id, BellTimes.school_source_id == school_source_id
        )
        if not rows_changed(session.execute(gone)):
            raise NotFound
        _revise(session, organisation_id)


def list_school_years(ctx: Context, *, organisation_code: str | None) -> list[dict[str, Any]]:
    """Return the school years that an organisation has told.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        years = queries.get_decisions(session, organisation_id=organisation_id).years
    return [_year(year) for year in years]


def replace_school_year(ctx: Context, *, organisation_code: str | None, year: calendars.SchoolYear) -> dict[str, Any]:
    """Tell the school days of a year.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.transaction() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        values = {
            "first_on": year.first_on,
            "last_on": year.last_on,
            "days_off": [day.isoformat() for day in sorted(year.days_off)],
            "changed_at": ctx.clock.now(),
        }
        put = insert_for(session, SchoolYear).values(
            organisation_id=organisation_id, name=calendars.name(year.first_on), **values
        )
        session.execute(put.on_conflict_do_update(index_elements=["organisation_id", "name"], set_=values))
        _revise(session, organisation_id)
    log.info("school_year_replaced", organisation_id=organisation_id)
    return _year(year)


def list_reasons(ctx: Context, *, organisation_code: str | None) -> list[dict[str, Any]]:
    """Return the reasons that an organisation offers.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        offered = queries.get_decisions(session, organisation_id=organisation_id).reasons
    return [_reason(each) for each in offered]


def replace_reasons(ctx: Context, *, organisation_code: str | None, reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Offer these reasons and no others, in this order; what was said by another keeps its code.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.transaction() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        write_reasons(session, organisation_id, reasons)
    log.info("reasons_replaced", organisation_id=organisation_id, reasons=len(reasons))
    return [_reason(each) for each in reasons]


def write_reasons(session: Session, organisation_id: str, reasons: Sequence[Reason]) -> None:
    """Write these reasons in place of all others."""
    session.execute(delete(OfferedReason).where(OfferedReason.organisation_id == organisation_id))
    session.execute(
        insert(OfferedReason),
        [
            {
                "organisation_id": organisation_id,
                "code": each.code,
                "position": position,
                "french": each.french,
                "english": each.english,
                "needs_explanation": each.needs_explanation,
            }
            for position, each in enumerate(reasons)
        ],
    )
    _revise(session, organisation_id)


def _revise(session: Session, organisation_id: str) -> None:
    """Let everybody read the decisions anew who has read them before."""
    session.execute(_write_revision(session), {"organisation_id": organisation_id, "revision": ids.new()})


def _periods(timetable: Timetable) -> list[dict[str, str]]:
    return [
        {
            "code": period.code,
            "starts_at": period.starts_at.isoformat("minutes"),
            "ends_at": period.ends_at.isoformat("minutes"),
        }
        for period in timetable.periods
    ]


def _timetable(school_source_id: str, timetable: Timetable) -> dict[str, Any]:
    return {
        "school_source_id": school_source_id or None,
        "periods": _periods(timetable),
        "break_starts_at": timetable.break_starts_at.isoformat("minutes"),
        "break_ends_at": timetable.break_ends_at.isoformat("minutes"),
    }


def _year(year: calendars.SchoolYear) -> dict[str, Any]:
    return {
        "name": calendars.name(year.first_on),
        "first_day": year.first_on.isoformat(),
        "last_day": year.last_on.isoformat(),
        "days_off": [day.isoformat() for day in sorted(year.days_off)],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "label_fr": reason.french,
        "label_en": reason.english,
        "needs_explanation": reason.needs_explanation,
    }
