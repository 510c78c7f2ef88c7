"""Telling what each account is to each child on the compacted topic, from the links as they are.

A claim and its end tell it themselves, beside their own events. This is for links that are older than the topic, and for
a topic that was lost.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, literal, select

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.models import Link
from shared import logs, outbox

log = logs.get(__name__)

# A transaction holds its links, and on SQLite everybody else, for some tens of milliseconds.
PAGE_SIZE: Final = 500

_aggregate = (
    literal(f"{events.GUARDIANSHIPS_TOPIC}/account:") + Link.account_id + literal("/student:") + Link.student_id
)
_is_told = select(outbox.aggregates.c.aggregate).where(outbox.aggregates.c.aggregate == _aggregate).exists()


def tell_guardianships(
    ctx: Context,
    *,
    tells_all: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    page_size: int = PAGE_SIZE,
) -> int:
    """Tell the state of every open link that was never told, or of all of them; return how many.

    May be interrupted and repeated: a state that is told again is the same state under a later version. Each page locks
    its links, so that a link that ends meanwhile is either not told or told before its end.
    """
    with ctx.db.read() as session:
        total = session.scalar(_links(tells_all=tells_all).with_only_columns(func.count())) or 0
    page = (
        _links(tells_all=tells_all)
        .where(Link.id > bindparam("after"))
        .order_by(Link.id)
        .limit(page_size)
        .with_for_update(of=Link)
    )
    told, after = 0, ""
    progress(told, total)
    while True:
        with ctx.db.transaction() as session:
            links = session.execute(page, {"after": after}).all()
            placements = queries.list_placements(session, student_ids=[link.student_id for link in links])
            states = [
                events.guardianship_changed(
                    student_id=link.student_id,
                    account_id=link.account_id,
                    organisation_id=link.organisation_id,
                    student_source_id=placements[link.student_id].student_source_id,
                    school_source_id=placements[link.student_id].school_source_id,
                    level=placements[link.student_id].level,
                    grade=placements[link.student_id].grade,
                    rights=link.rights,
                    linked_at=link.linked_at,
                )
                for link in links
            ]
            outbox.add_all(session, states, at=ctx.clock.now())
        if not links:
            log.info("guardianships_told", links=told)
            return told
        told, after = told + len(links), links[-1].id
        progress(told, max(told, total))


def _links(*, tells_all: bool) -> Select[Any]:
    columns = (Link.id, Link.student_id, Link.account_id, Link.organisation_id, Link.rights, Link.linked_at)
    live = select(*columns).where(Link.ended_at.is_(None), Link.suspension.is_(None))
    return live if tells_all else live.where(~_is_told)
