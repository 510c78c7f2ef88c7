"""Requests for help as documents: what was sealed for its row, opened for whoever answers."""

from typing import Any

from services.records import queries
from services.records.context import Context


def of_school(ctx: Context, row: queries.SupportRow) -> dict[str, Any]:
    """Return a request as its school reads it."""
    return {
        "id": row.id,
        "reference": row.reference,
        "student_source_id": row.student_source_id,
        "school_source_id": row.school_source_id,
        **words(ctx, row),
        "language": row.language,
        "screenshot": _screenshot(row),
        "submitted_at": row.submitted_at,
        "handled_at": row.handled_at,
    }


def words(ctx: Context, row: queries.SupportRow) -> dict[str, str]:
    """Return what the parent wrote."""
    return {
        "child_name": ctx.requests.open(row.child_name_sealed, about=f"{row.id}/child_name"),
        "email": ctx.requests.open(row.email_sealed, about=f"{row.id}/email"),
        "error_message": ctx.requests.open(row.error_message_sealed, about=f"{row.id}/error_message"),
        "browser": row.browser,
        "section": row.section,
    }


def place(row: queries.SupportRow) -> int:
    """Return where a request of a feed stands in it."""
    assert row.position is not None, "the table's own check"
    return row.position


def _screenshot(row: queries.SupportRow) -> dict[str, Any] | None:
    if row.screenshot_digest is None:
        return None
    return {"media_type": row.screenshot_type, "size": row.screenshot_size}
