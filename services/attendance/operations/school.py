"""What a school's system does beside recording: reading what guardians say, and answering it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.attendance import events, queries
from services.attendance.context import Context
from services.attendance.errors import AlreadyMotivated
from services.attendance.models import Absence, Motivation, Notice
from services.attendance.operations import documents, recording, registers, settling
from services.attendance.operations.registers import Held
from services.attendance.rules import cut_offs, rights, source_ids
from services.attendance.rules.decisions import REFUSED
from shared import ids, logs, outbox
from shared.database import rows_changed
from shared.messages import Event
from shared.problems import NotFound

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Fed:
    """A part of an organisation's feed, and the cursor to ask for the next with."""

    items: list[dict[str, Any]]
    next: int


def read_absence(ctx: Context, *, organisation_code: str | None, source_id: str) -> dict[str, Any]:
    """Return what was recorded under an id of the school's own, and what it came to.

    Raises:
        OrganisationNotSubscribed: see the class.
        NotFound: the organisation has recorded nothing under it.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        found = None
        if source_ids.is_source_id(source_id):
            found = queries.find_absence_by_source(session, organisation_id=organisation_id, source_id=source_id)
    if found is None:
        raise NotFound
    return recording.document(found)


def list_notices(ctx: Context, *, organisation_code: str | None, since: int, limit: int) -> Fed:
    """Return the notices that were submitted or withdrawn after a cursor, in that order; nothing is passed over.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        rows = queries.list_notices_since(session, organisation_id=organisation_id, since=since, limit=limit)
        decisions = queries.get_decisions(session, organisation_id=organisation_id)
    items = [documents.notice_of_school(ctx, row, timetable=decisions.timetable(row.school_source_id)) for row in rows]
    return Fed(items=items, next=rows[-1].position if rows else since)


def list_motivations(ctx: Context, *, organisation_code: str | None, since: int, limit: int) -> Fed:
    """Return the motivations that were submitted or decided after a cursor, in that order.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        rows = queries.list_motivations_since(session, organisation_id=organisation_id, since=since, limit=limit)
    items = [
        {
            "id": row.id,
            "absence_source_id": row.source_id,
            "student_source_id": row.student_source_id,
            "reason": row.reason,
            "explanation": documents.explanation(ctx, row.explanation_sealed, about=row.id),
            "submitted_at": row.submitted_at,
            "decision": row.decision,
            "decided_at": row.decided_at,
        }
        for row in rows
    ]
    return Fed(items=items, next=rows[-1].position if rows else since)


def list_contradictions(ctx: Context, *, organisation_code: str | None, since: int, limit: int) -> Fed:
    """Return the contradictions that stand and were found after a cursor, in that order.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        rows = queries.list_contradictions_since(session, organisation_id=organisation_id, since=since, limit=limit)
    items = [
        {
            "student_source_id": row.student_source_id,
            "date": row.on.isoformat(),
            "period": row.period,
            "kind": row.kind,
            "notice_id": row.notice_id,
            "found_at": row.found_at,
        }
        for row in rows
    ]
    return Fed(items=items, next=rows[-1].position if rows else since)


def acknowledge_notice(ctx: Context, *, organisation_code: str | None, notice_id: str) -> None:
    """Note that the school has taken note of a notice; a second time changes nothing.

    Raises:
        OrganisationNotSubscribed: see the class.
        NotFound: the organisation has no such notice.
    """
    with ctx.db.transaction() as session:
        now = ctx.clock.now()
        organisation_id = queries.get_organisation_id(session, organisation_code)
        notice = _find_notice(session, organisation_id, notice_id)
        held = _hold(session, organisation_id, notice.student_source_id)
        acknowledged = update(Notice).where(Notice.id == notice_id, Notice.acknowledged_at.is_(None))
        if rows_changed(session.execute(acknowledged.values(acknowledged_at=now))):
            outbox.add(session, events.notice_acknowledged(held.student, notice_id=notice_id, at=now), at=now)
    log.info("notice_acknowledged", organisation_id=organisation_id)


def decide_motivation(
    ctx: Context, *, organisation_code: str | None, motivation_id: str, decision: str
) -> dict[str, Any]:
    """Accept what a guardian said of an absence, or refuse it, and return the absence; the same again changes nothing.

    After a refusal the guardians have the time of another cut-off to say something else.

    Raises:
        OrganisationNotSubscribed: see the class.
        NotFound: the organisation has no such motivation.
        AlreadyMotivated: it was refused, and another one has taken its place.
    """
    if not ids.is_id(motivation_id):
        raise NotFound
    with ctx.db.transaction() as session:
        now = ctx.clock.now()
        organisation_id = queries.get_organisation_id(session, organisation_code)
        asked = {"organisation_id": organisation_id, "motivation_id": motivation_id}
        found = queries.find_motivation(session, **asked)
        if found is None:
            raise NotFound
        held = _hold(session, organisation_id, found.student_source_id)
        # Again, for whoever held the student until now may have decided.
        found = queries.find_motivation(session, **asked)
        assert found is not None
        if found.decision != decision:
            told = _decide(session, held, found, decision, at=now)
            outbox.add_all(session, told, at=now)
        absence = queries.find_absence_by_source(session, organisation_id=organisation_id, source_id=found.source_id)
        assert absence is not None
    log.info("motivation_decided", organisation_id=organisation_id, decision=decision)
    return recording.document(absence)


def _decide(session: Session, held: Held, found: Any, decision: str, *, at: datetime) -> list[Event]:
    if found.decision == REFUSED and queries.list_motivated_ids(session, absence_ids=[found.absence_id]):
        raise AlreadyMotivated
    decisions = queries.get_decisions(session, organisation_id=held.organisation_id)
    told: list[Event] = []
    if decision == REFUSED:
        told += events.motivation_refused(
            held.student, absence_id=found.absence_id, at=at, shared_with=_who_must_know(held, found.account_id)
        )
        closes = cut_offs.closes_at(at, cut_off=decisions.cut_off, calendar=decisions.calendar)
        later = update(Absence).where(Absence.id == found.absence_id, Absence.closes_at < closes)
        session.execute(later.values(closes_at=closes, reminded_at=None))
    decided = update(Motivation).where(Motivation.id == found.id)
    session.execute(decided.values(decision=decision, decided_at=at))
    told += settling.settle(session, held, decisions=decisions, first_on=found.on, last_on=found.on, at=at)
    position = registers.take_positions(session, held.organisation_id)
    session.execute(update(Motivation).where(Motivation.id == found.id).values(position=position))
    return told


def _who_must_know(held: Held, account_id: str) -> list[str]:
    """Return the account that gave the refused reason, while it can give another."""
    return [each.account_id for each in held.guardians if each.account_id == account_id and rights.may_act(each.rights)]


def _find_notice(session: Session, organisation_id: str, notice_id: str) -> queries.NoticeRow:
    found = None
    if ids.is_id(notice_id):
        found = queries.find_notice(session, organisation_id=organisation_id, notice_id=notice_id)
    if found is None:
        raise NotFound
    return found


def _hold(session: Session, organisation_id: str, student_source_id: str) -> Held:
    key = (organisation_id, student_source_id)
    return registers.hold(session, [key])[key]
