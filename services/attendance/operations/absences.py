"""What guardians do with what the school recorded: looking, and saying why (AT-01, AT-02, AT-10)."""

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.attendance import events, queries
from services.attendance.context import Context
from services.attendance.errors import AlreadyMotivated, MotivationClosed
from services.attendance.models import Motivation
from services.attendance.operations import documents, notices, registers, settling
from services.attendance.rules import calendars, local_time
from services.attendance.rules.decisions import PENDING
from services.attendance.rules.reasons import Reason
from services.attendance.rules.reconciliation import MOTIVATED, STATUSES
from shared import ids, logs, outbox
from shared.database import insert_for
from shared.problems import NotFound

log = logs.get(__name__)


def list_absences(
    ctx: Context,
    *,
    account_id: str,
    child_id: str,
    status: str | None,
    first_on: date | None,
    last_on: date | None,
    language: str,
    offset: int,
    limit: int,
) -> queries.Page:
    """Return what the school recorded of a child, latest day first; without days, of this school year.

    Raises:
        NotFound: the account may not see it (AT-11, CHD-13).
    """
    now = ctx.clock.now()
    today = local_time.day_of(now)
    with ctx.db.read() as session:
        whose = queries.get_to_see(session, account_id=account_id, child_id=child_id)
        listed, item_count = queries.list_absences(
            session,
            organisation_id=whose.organisation_id,
            student_source_id=whose.student_source_id,
            statuses=[status] if status else STATUSES,
            first_on=first_on or calendars.starts_on(last_on or today),
            last_on=last_on or calendars.ends_on(first_on or today),
            at=now,
            offset=offset,
            limit=limit,
        )
        offered: tuple[Reason, ...] = ()
        if any(each.motivation for each in listed):
            offered = queries.get_decisions(session, organisation_id=whose.organisation_id).reasons
    items = [
        documents.absence_of_guardian(ctx, each, account_id=account_id, offered=offered, language=language)
        for each in listed
    ]
    return queries.Page(items=items, item_count=item_count)


def motivate_absence(
    ctx: Context,
    *,
    account_id: str,
    child_id: str,
    absence_id: str,
    reason: str,
    explanation: str | None,
    language: str,
) -> dict[str, Any]:
    """Say why a child was absent; it counts at once, unless the school refuses it.

    Raises:
        NotFound: the account may not act for the child, or the school recorded no such absence of it.
        AlreadyMotivated: a notice or a guardian has motivated it.
        MotivationClosed: the school's cut-off has passed.
        ValidationFailed: the school does not offer the reason.
        ExplanationRequired: the reason asks for one (AT-08).
    """
    if not ids.is_id(absence_id):
        raise NotFound
    said = (explanation or "").strip() or None
    with ctx.db.transaction() as session:
        now = ctx.clock.now()
        whose = queries.get_to_act(session, account_id=account_id, child_id=child_id)
        key = (whose.organisation_id, whose.student_source_id)
        held = registers.hold(session, [key])[key]
        of_student = {
            "organisation_id": whose.organisation_id,
            "student_source_id": whose.student_source_id,
            "absence_id": absence_id,
            "at": now,
        }
        listed = queries.find_absence(session, **of_student)
        if listed is None:
            raise NotFound
        if listed.status == MOTIVATED:
            raise AlreadyMotivated
        if listed.absence.closes_at <= now:
            raise MotivationClosed(**documents.deadline(listed.absence.closes_at))
        decisions = queries.get_decisions(session, organisation_id=whose.organisation_id)
        notices.require_reason(decisions.reasons, code=reason, explanation=said)
        motivation_id = ids.new()
        sealed = ctx.explanations.close(said, about=motivation_id) if said else None
        if not _insert(
            session,
            id=motivation_id,
            absence_id=absence_id,
            organisation_id=whose.organisation_id,
            account_id=account_id,
            reason=reason,
            explanation_sealed=sealed,
            submitted_at=now,
            decision=PENDING,
            position=registers.take_positions(session, whose.organisation_id),
        ):
            raise AlreadyMotivated
        on = listed.absence.on
        told = [events.motivation_submitted(held.student, absence_id=absence_id, account_id=account_id, at=now)]
        told += settling.settle(session, held, decisions=decisions, first_on=on, last_on=on, at=now)
        outbox.add_all(session, told, at=now)
        listed = queries.find_absence(session, **of_student)
        assert listed is not None
    log.info("absence_motivated", organisation_id=whose.organisation_id)
    return documents.absence_of_guardian(
        ctx, listed, account_id=account_id, offered=decisions.reasons, language=language
    )


def _insert(session: Session, **values: Any) -> bool:
    """Write a motivation unless one that counts is there; return whether it was written."""
    claim = (
        insert_for(session, Motivation)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["absence_id"], index_where=text("decision <> 'refused'"))
        .returning(Motivation.id)
    )
    return session.execute(claim).first() is not None
