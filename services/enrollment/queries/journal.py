"""The access journal of a child's file."""

from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import Page, journal_entries

_list_journal = (
    select(
        journal_entries.c.id,
        journal_entries.c.role,
        journal_entries.c.action,
        journal_entries.c.at,
        (journal_entries.c.account_id == bindparam("account_id")).label("is_own"),
        func.count().over().label("item_count"),
    )
    .where(
        journal_entries.c.student_id == bindparam("student_id"),
    )
    .order_by(journal_entries.c.at.desc(), journal_entries.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_count_journal = (
    select(func.count()).select_from(journal_entries).where(journal_entries.c.student_id == bindparam("student_id"))
)


def list_journal(session: Session, *, student_id: str, account_id: str, offset: int, limit: int) -> Page:
    """Return who did what with a child's file, newest first; of another guardian only that it was one (PRV-1)."""
    asked = {"student_id": student_id}
    rows = session.execute(_list_journal, asked | {"account_id": account_id, "offset": offset, "limit": limit}).all()
    item_count = rows[0].item_count if rows else session.scalar(_count_journal, asked)
    items = [{"id": row.id, "who": _who(row), "role": row.role, "action": row.action, "at": row.at} for row in rows]
    return Page(items=items, item_count=item_count or 0)


def _who(entry: Any) -> str:
    if entry.role == "school":
        return "school"
    return "you" if entry.is_own else "other_guardian"
