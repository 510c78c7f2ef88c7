"""Choosing an organisation: the list and its search (EN-04 to EN-08)."""

from services.enrollment import queries
from services.enrollment.context import Context


def list_organisations(ctx: Context, *, search: str, kind: str, offset: int, limit: int) -> queries.Page:
    """Return a page of the organisations in whose present, former or spelled-out name every searched word occurs."""
    with ctx.db.look() as connection:
        return queries.list_organisations(connection, search=search, kind=kind, offset=offset, limit=limit)
