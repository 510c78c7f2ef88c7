"""What guardians do with notices: announcing, looking, and withdrawing before what they announced begins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from services.attendance import events, queries
from services.attendance.context import Context
from services.attendance.errors import (
    ExplanationRequired,
    NoSchoolDay,
    NoticeOverlaps,
    NoticeStarted,
    NoticeTooLate,
    TimeRequired,
)
from services.attendance.models import Notice
from services.attendance.operations import documents, registers, settling
from services.attendance.operations.registers import Held
from services.attendance.rules import calendars, local_time, notices, reasons, rights
from services.attendance.rules.notices import Announcement
from services.attendance.rules.reasons import Reason
from shared import ids, logs, outbox
from shared.database import rows_changed
from shared.messages import Event
from shared.problems import NotFound, ValidationFailed

log = logs.get(__name__)

_REASON_UNKNOWN: Final = (
    "Cette école n’offre pas ce motif. Choisissez-en un de la liste."
    " | This school does not offer this reason. Choose one from the list."
)
_TIME_NEEDLESS: Final = "Une absence d’une journée n’a pas d’heure. | An absence of a whole day has no time."
_TIME_OUTSIDE: Final = "Cette heure est en dehors de la journée de classe. | This time is outside the school day."
_DAYS_REVERSED: Final = "Le dernier jour vient avant le premier. | The last day comes before the first."
_TOO_LONG: Final = "Cette période est trop longue pour un avis. | This is too long for one notice."
_TOO_FAR: Final = "Ce jour est trop loin dans l’avenir. | This day is too far in the future."
_NOT_YET_GIVEN: Final = 0

_insert = insert(Notice.__table__)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a guardian announces, of whichever children."""

    announcement: Announcement
    reason: str
    explanation: str | None
    language: str


@dataclass(frozen=True, kw_only=True)
class _Submitted:
    """A notice that is to be written, what its guardian is shown and others are told, and what it does to its days."""

    notice: queries.NoticeRow
    document: dict[str, Any]
    told: list[Event]
    days: settling.Days


def submit_notices(
    ctx: Context,
    *,
    account_id: str,
    child_ids: Sequence[str],
    type: str,
    first_on: date,
    last_on: date,
    at: time | None,
    reason: str,
    explanation: str | None,
    language: str,
) -> list[dict[str, Any]]:
    """Announce an absence of one or several children to their schools: of all of them, or of none.

    Raises:
        NotFound: the account may not announce absences of one of the children (AT-11).
        ValidationFailed: the days are reversed, too many or too far, the time is needless or outside the school day, or a
            school does not offer the reason.
        ExplanationRequired: the reason asks for one (AT-08).
        TimeRequired: an arrival or a departure without its time.
        NoSchoolDay: there is no school on any of the days.
        NoticeTooLate: it is over, or the school takes nothing more for the day.
        NoticeOverlaps: a live notice announces the same part of a day.
    """
    said = Said(
        announcement=Announcement(type=type, first_on=first_on, last_on=last_on, at=at),
        reason=reason,
        explanation=(explanation or "").strip() or None,
        language=language,
    )
    with ctx.db.transaction() as session:
        now = ctx.clock.now()
        whose = [
            queries.get_to_act(session, account_id=account_id, child_id=child_id)
            for child_id in dict.fromkeys(child_ids)
        ]
        _require_sense(ctx, said.announcement, now)
        held = registers.hold(session, [(each.organisation_id, each.student_source_id) for each in whose])
        informed: set[str] = set()
        submitted = [
            _submit_one(
                ctx, session, each, held[each.organisation_id, each.student_source_id], said, informed=informed, at=now
            )
            for each in sorted(whose, key=lambda each: (each.organisation_id, each.student_source_id))
        ]
        outbox.add_all(session, [event for each in submitted for event in each.told], at=now)
        # The feed's lock, which a whole organisation waits for, is taken when there is nothing left to do but to write.
        for each in submitted:
            position = registers.take_positions(session, each.notice.organisation_id)
            session.execute(_insert, vars(each.notice) | {"position": position})
            each.days.write()
    log.info("notices_submitted", notices=len(submitted), type=type)
    documents_of = {each.notice.child_id: each.document for each in submitted}
    return [documents_of[each.child_id] for each in whose]


def list_notices(
    ctx: Context,
    *,
    account_id: str,
    child_id: str,
    first_on: date | None,
    last_on: date | None,
    language: str,
    offset: int,
    limit: int,
) -> queries.Page:
    """Return what has been announced of a child and not been withdrawn, by whichever guardian, latest day first.

    Without a first day from this school year on, without a last one to the farthest day that can be announced.

    Raises:
        NotFound: the account may not see it (AT-11, CHD-13).
    """
    now = ctx.clock.now()
    with ctx.db.read() as session:
        whose = queries.get_to_see(session, account_id=account_id, child_id=child_id)
        rows, item_count = queries.list_notices(
            session,
            organisation_id=whose.organisation_id,
            student_source_id=whose.student_source_id,
            first_on=first_on or calendars.starts_on(local_time.day_of(now)),
            last_on=last_on or local_time.day_of(now) + ctx.settings.farthest_notice,
            offset=offset,
            limit=limit,
        )
        decisions = queries.get_decisions(session, organisation_id=whose.organisation_id)
    timetable = decisions.timetable(whose.school_source_id)
    items = [
        documents.notice_of_guardian(
            ctx, row, account_id=account_id, timetable=timetable, offered=decisions.reasons, language=language, at=now
        )
        for row in rows
    ]
    return queries.Page(items=items, item_count=item_count)


def withdraw_notice(ctx: Context, *, account_id: str, child_id: str, notice_id: str) -> None:
    """Take a notice back, one's own or another guardian's, before what it announces begins.

    Raises:
        NotFound: the account may not act for the child, or there is no live notice of it with this id.
        NoticeStarted: see the class.
    """
    if not ids.is_id(notice_id):
        raise NotFound
    with ctx.db.transaction() as session:
        now = ctx.clock.now()
        whose = queries.get_to_act(session, account_id=account_id, child_id=child_id)
        key = (whose.organisation_id, whose.student_source_id)
        held = registers.hold(session, [key])[key]
        notice = queries.find_notice(session, organisation_id=whose.organisation_id, notice_id=notice_id)
        if notice is None or notice.child_id != child_id or notice.withdrawn_at is not None:
            raise NotFound
        withdrawn = update(Notice).where(Notice.id == notice_id, Notice.withdrawn_at.is_(None), Notice.begins_at > now)
        if not rows_changed(session.execute(withdrawn.values(withdrawn_at=now))):
            raise NoticeStarted
        told = [events.notice_withdrawn(held.student, notice_id=notice_id, account_id=account_id, at=now)]
        told += settling.settle(
            session,
            held,
            decisions=queries.get_decisions(session, organisation_id=held.organisation_id),
            first_on=notice.first_on,
            last_on=notice.last_on,
            at=now,
        )
        outbox.add_all(session, told, at=now)
        position = registers.take_positions(session, held.organisation_id)
        session.execute(update(Notice).where(Notice.id == notice_id).values(position=position))
    log.info("notice_withdrawn", organisation_id=whose.organisation_id)


def list_reasons(ctx: Context, *, account_id: str, child_id: str, language: str) -> list[dict[str, Any]]:
    """Return the reasons that the child's school offers, in its order (AT-07).

    Raises:
        NotFound: the account may not see the child.
    """
    with ctx.db.read() as session:
        whose = queries.get_to_see(session, account_id=account_id, child_id=child_id)
        offered = queries.get_decisions(session, organisation_id=whose.organisation_id).reasons
    return [
        {"code": each.code, "label": each.label(language), "needs_explanation": each.needs_explanation}
        for each in offered
    ]


def require_reason(offered: tuple[Reason, ...], *, code: str, explanation: str | None) -> None:
    """Let a reason pass that is offered, with its explanation where it asks for one.

    Raises:
        ValidationFailed: it is not offered.
        ExplanationRequired: see the class (AT-08).
    """
    reason = reasons.find(offered, code)
    if reason is None:
        raise ValidationFailed(errors=[{"pointer": "#/reason", "detail": _REASON_UNKNOWN}])
    if reasons.lacks_explanation(reason, explanation):
        raise ExplanationRequired


def _require_sense(ctx: Context, announced: Announcement, now: datetime) -> None:
    """Refuse what no school could take, before anything is asked of one."""
    if notices.needs_time(announced.type) and announced.at is None:
        raise TimeRequired
    mistakes = []
    if not notices.needs_time(announced.type) and announced.at is not None:
        mistakes.append({"pointer": "#/time", "detail": _TIME_NEEDLESS})
    if announced.last_on < announced.first_on:
        mistakes.append({"pointer": "#/end_date", "detail": _DAYS_REVERSED})
    elif announced.last_on - announced.first_on > ctx.settings.longest_notice:
        mistakes.append({"pointer": "#/end_date", "detail": _TOO_LONG})
    elif announced.last_on - local_time.day_of(now) > ctx.settings.farthest_notice:
        mistakes.append({"pointer": "#/date", "detail": _TOO_FAR})
    if mistakes:
        raise ValidationFailed(errors=mistakes)


def _submit_one(
    ctx: Context,
    session: Session,
    whose: queries.Guardianship,
    held: Held,
    said: Said,
    *,
    informed: set[str],
    at: datetime,
) -> _Submitted:
    announced = said.announcement
    decisions = queries.get_decisions(session, organisation_id=whose.organisation_id)
    terms = decisions.terms(whose.school_source_id)
    require_reason(decisions.reasons, code=said.reason, explanation=said.explanation)
    begins_at = _require_time(announced, terms, at)
    days = settling.Days.read(
        session,
        organisation_id=whose.organisation_id,
        student_source_ids=[whose.student_source_id],
        first_on=announced.first_on,
        last_on=announced.last_on,
        decisions=decisions,
        at=at,
    )
    _require_room(days.notices(whose.student_source_id), announced, terms)
    notice_id = ids.new()
    notice = queries.NoticeRow(
        id=notice_id,
        organisation_id=whose.organisation_id,
        student_source_id=whose.student_source_id,
        school_source_id=whose.school_source_id,
        child_id=whose.child_id,
        account_id=whose.account_id,
        type=announced.type,
        first_on=announced.first_on,
        last_on=announced.last_on,
        at=announced.at,
        reason=said.reason,
        explanation_sealed=ctx.explanations.close(said.explanation, about=notice_id) if said.explanation else None,
        submitted_at=at,
        begins_at=begins_at,
        withdrawn_at=None,
        acknowledged_at=None,
        position=_NOT_YET_GIVEN,
    )
    days.announce(notice)
    # No letter says which child it is about: whoever holds several of them is told of one announcement once.
    to_be_told = [each.account_id for each in held.guardians if _is_to_be_told(each, whose)]
    shared_with = [account_id for account_id in to_be_told if account_id not in informed]
    informed.update(shared_with)
    school_days = list(terms.calendar.school_days(announced.first_on, announced.last_on))
    told = events.notice_submitted(
        held.student,
        notice_id=notice_id,
        account_id=whose.account_id,
        notice_type=announced.type,
        begins_at=begins_at,
        ends_at=_ends_at(announced, terms, school_days[-1]),
        at=at,
        shared_with=shared_with,
    )
    for on in days.recorded_on(whose.student_source_id):
        told += days.settle(held, on)
    document = documents.notice_of_guardian(
        ctx,
        notice,
        account_id=whose.account_id,
        timetable=terms.timetable,
        offered=decisions.reasons,
        language=said.language,
        at=at,
    )
    return _Submitted(notice=notice, document=document, told=told, days=days)


def _require_time(announced: Announcement, terms: queries.Terms, at: datetime) -> datetime:
    """Return when it begins, of what the school still takes."""
    if not notices.is_within_day(announced, terms.timetable):
        raise ValidationFailed(errors=[{"pointer": "#/time", "detail": _TIME_OUTSIDE}])
    if not calendars.has_school(terms.calendar, announced.first_on, announced.last_on):
        raise NoSchoolDay
    until = notices.deadline(
        announced, timetable=terms.timetable, calendar=terms.calendar, same_day_until=terms.same_day_until
    )
    if at >= until:
        raise NoticeTooLate(**documents.deadline(until))
    return notices.begins_at(announced, timetable=terms.timetable, calendar=terms.calendar)


def _require_room(live: Iterable[queries.NoticeRow], announced: Announcement, terms: queries.Terms) -> None:
    for other in live:
        if notices.overlap(announced, other.announcement, timetable=terms.timetable, calendar=terms.calendar):
            raise NoticeOverlaps(on=max(announced.first_on, other.first_on))


def _ends_at(announced: Announcement, terms: queries.Terms, day: date) -> datetime:
    until = notices.span(announced, terms.timetable).until
    return local_time.moment_of(day, time()) + timedelta(minutes=until)


def _is_to_be_told(other: queries.Guardianship, author: queries.Guardianship) -> bool:
    return other.account_id != author.account_id and rights.may_see(other.rights)
