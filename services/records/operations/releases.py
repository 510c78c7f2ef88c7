"""What is published together: releases, and the days of ministerial sessions."""

from typing import Any

from services.records import queries
from services.records.context import Context


def list_releases(ctx: Context, *, organisation_code: str | None) -> list[dict[str, Any]]:
    """Return the releases that the organisation has told of, in the order of their codes.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        rows = queries.list_releases(session, organisation_id=organisation_id)
    return [{"code": row.code, "is_published": row.is_published, "available_at": row.available_at} for row in rows]
