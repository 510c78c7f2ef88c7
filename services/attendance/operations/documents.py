"""What goes out of a notice or a recorded absence, to a guardian and to the school."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.attendance import queries
from services.attendance.context import Context
from services.attendance.rules import local_time, notices, reasons
from services.attendance.rules.reasons import Reason
from services.attendance.rules.timetables import Timetable

YOU = "you"
OTHER_GUARDIAN = "other_guardian"


def notice_of_guardian(
    ctx: Context,
    notice: queries.NoticeRow,
    *,
    account_id: str,
    timetable: Timetable,
    offered: Sequence[Reason],
    language: str,
    at: datetime,
) -> dict[str, Any]:
    """Return a notice as a guardian sees it; what another guardian explained stays between them and the school."""
    is_own = notice.account_id == account_id
    return {
        "id": notice.id,
        "child_id": notice.child_id,
        "date": notice.first_on.isoformat(),
        "end_date": notice.last_on.isoformat(),
        "type": notice.type,
        "time": _time(notice),
        "half_day": notices.half_day(notice.announcement, timetable),
        "reason": notice.reason,
        "reason_label": label(offered, notice.reason, language),
        "explanation": explanation(ctx, notice.explanation_sealed, about=notice.id) if is_own else None,
        "by": YOU if is_own else OTHER_GUARDIAN,
        "submitted_at": notice.submitted_at,
        "acknowledged_at": notice.acknowledged_at,
        "is_withdrawable": notice.begins_at > at,
    }


def notice_of_school(ctx: Context, notice: queries.NoticeRow, *, timetable: Timetable) -> dict[str, Any]:
    """Return a notice as the school reads it, by its own system's ids."""
    return {
        "id": notice.id,
        "student_source_id": notice.student_source_id,
        "school_source_id": notice.school_source_id,
        "date": notice.first_on.isoformat(),
        "end_date": notice.last_on.isoformat(),
        "type": notice.type,
        "time": _time(notice),
        "half_day": notices.half_day(notice.announcement, timetable),
        "reason": notice.reason,
        "explanation": explanation(ctx, notice.explanation_sealed, about=notice.id),
        "submitted_at": notice.submitted_at,
        "withdrawn_at": notice.withdrawn_at,
        "acknowledged_at": notice.acknowledged_at,
    }


def absence_of_guardian(
    ctx: Context, listed: queries.Listed, *, account_id: str, offered: Sequence[Reason], language: str
) -> dict[str, Any]:
    """Return a recorded absence as a guardian sees it, with what was last said of it."""
    absence, said = listed.absence, listed.motivation
    return {
        "id": absence.id,
        "date": absence.on.isoformat(),
        "kind": absence.kind,
        "time": absence.at.isoformat("minutes") if absence.at else None,
        "periods": list(absence.periods),
        "status": listed.status,
        "motivated_by": absence.motivated_by,
        "motivate_until": absence.closes_at,
        "recorded_at": absence.recorded_at,
        "motivation": None if said is None else _motivation(ctx, said, account_id, offered, language),
    }


def deadline(until: datetime) -> dict[str, Any]:
    """Return what a refusal tells of a moment that has passed: as such, and in the school's own time."""
    there = until.astimezone(local_time.ZONE)
    return {
        "until": until.isoformat(),
        "until_on": there.date(),
        "hour": there.strftime("%H"),
        "minute": there.strftime("%M"),
    }


def label(offered: Sequence[Reason], code: str, language: str) -> str:
    """Return what a reason is called; one that the school has dropped since, by the default or by its code."""
    found = reasons.find(tuple(offered), code) or reasons.find(reasons.DEFAULT, code)
    return found.label(language) if found else code


def explanation(ctx: Context, sealed: bytes | None, *, about: str) -> str | None:
    """Return what a guardian explained in the row that `about` names."""
    return None if sealed is None else ctx.explanations.open(sealed, about=about)


def _motivation(
    ctx: Context, said: queries.MotivationRow, account_id: str, offered: Sequence[Reason], language: str
) -> dict[str, Any]:
    is_own = said.account_id == account_id
    return {
        "id": said.id,
        "reason": said.reason,
        "reason_label": label(offered, said.reason, language),
        "explanation": explanation(ctx, said.explanation_sealed, about=said.id) if is_own else None,
        "by": YOU if is_own else OTHER_GUARDIAN,
        "submitted_at": said.submitted_at,
        "decision": said.decision,
    }


def _time(notice: queries.NoticeRow) -> str | None:
    return notice.at.isoformat("minutes") if notice.at else None
