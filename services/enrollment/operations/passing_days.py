"""Telling the others what a day changes by itself: guardianships that begin, and those that have ended (CHD-12).

Reading knows what day it is. An account that does not visit, and a student whom no import changes, are found here: by the
sweep, once a day for each organisation, over the dates that have come since the last one.
"""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import bindparam, or_, select, update

from services.enrollment.context import Context
from services.enrollment.models import Link, Organisation
from services.enrollment.operations import standings
from services.enrollment.queries.tables import guardians, guardianships, links, organisations
from services.enrollment.rules import days
from shared import logs

log = logs.get(__name__)

PAGE_SIZE: Final = 1000
_DAY: Final = timedelta(days=1)

_due = (
    select(organisations.c.id, organisations.c.links_judged_on)
    .where(or_(organisations.c.links_judged_on.is_(None), organisations.c.links_judged_on < bindparam("today")))
    .order_by(organisations.c.id)
)
_touched = (
    select(links.c.id)
    .join(guardianships, guardianships.c.student_id == links.c.student_id)
    .join(guardians, guardians.c.id == guardianships.c.guardian_id)
    .where(
        guardianships.c.organisation_id == bindparam("organisation_id"),
        # Whom the link's PIN names, too: what it gives goes by that guardian's days.
        or_(guardians.c.email_key == links.c.email_key, guardians.c.source_id == links.c.guardian_source_id),
        links.c.ended_at.is_(None),
        or_(
            guardianships.c.starts_on.between(bindparam("since"), bindparam("today")),
            # The last day counts.
            guardianships.c.ends_on.between(bindparam("since"), bindparam("yesterday")),
        ),
    )
    .distinct()
    .order_by(links.c.id)
)
# In the order in which whoever takes several links takes them, so that nobody waits in a circle.
_lock = (
    select(Link.id)
    .where(Link.id.in_(bindparam("link_ids", expanding=True)), Link.ended_at.is_(None))
    .order_by(Link.id)
    .with_for_update()
)
_done = update(Organisation).where(Organisation.id == bindparam("of_id")).values(links_judged_on=bindparam("today"))


def tell(ctx: Context, *, page_size: int = PAGE_SIZE) -> int:
    """Tell of every link what the days since the last time have changed of it; return of how many.

    May be interrupted and repeated: what was told is not told again.
    """
    today = days.today(ctx.clock.now())
    with ctx.db.read() as session:
        due = session.execute(_due, {"today": today}).all()
    return sum(_tell(ctx, each.id, since=each.links_judged_on, today=today, page_size=page_size) for each in due)


def _tell(ctx: Context, organisation_id: str, *, since: date | None, today: date, page_size: int) -> int:
    # Two days more: an import that began before midnight judges by the day on which it began, and may end after us.
    span = {"since": since - 2 * _DAY if since else date.min, "today": today, "yesterday": today - _DAY}
    with ctx.db.read() as session:
        touched = session.scalars(_touched, {"organisation_id": organisation_id, **span}).all()
    told = 0
    for start in range(0, len(touched), page_size):
        with ctx.db.transaction() as session:
            live = session.scalars(_lock, {"link_ids": touched[start : start + page_size]}).all()
            told += standings.settle(session, link_ids=live, at=ctx.clock.now())
    with ctx.db.transaction() as session:
        session.execute(_done, {"of_id": organisation_id, "today": today})
    if told:
        log.info("days_told", organisation_id=organisation_id, links=told)
    return told
