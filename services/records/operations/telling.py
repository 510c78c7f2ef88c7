"""Telling what time has done: what was embargoed is there, what was taken back is gone.

Whoever changes one entry tells of it at once. What is published by the thousand is told here, afterwards and in pages, from what
stands in the rows: whatever breaks off, the next sweep finds the rest, and nothing is told that parents do not see.
"""

from typing import Final

from services.records import queries
from services.records.context import Context
from services.records.operations.entries.desk import Desk

# Of one transaction, which on SQLite holds everybody else up.
PAGE_SIZE: Final = 200
# So many pages take half a second; a term's results take hundreds.
_PAGES_AT_A_STRETCH: Final = 5


def tell_changes(
    ctx: Context, *, organisation_id: str | None = None, page_size: int = PAGE_SIZE, most_pages: int | None = None
) -> int:
    """Tell which entries parents see, or see no more, since it was last told; return of how many.

    Of one organisation, or of all; so many pages at most, or all there are. May be interrupted and repeated, and run beside
    itself.
    """
    told, pages = 0, 0
    while most_pages is None or pages < most_pages:
        with ctx.db.transaction() as session:
            whose = organisation_id or queries.find_owing_organisation(session, at=ctx.clock.now())
            if whose is None:
                break
            queries.hold_organisation_by_id(session, organisation_id=whose)
            with Desk(ctx, session, organisation_id=whose) as desk:
                owing = queries.hold_owing(session, organisation_id=whose, at=desk.at, limit=page_size)
                for each in owing:
                    desk.take(each)
        told, pages = told + len(owing), pages + 1
        if not owing:
            break
        if pages % _PAGES_AT_A_STRETCH == 0:
            ctx.db.give_way()
    return told
