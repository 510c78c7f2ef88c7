"""Having old links proven again: since which day, told to the others, and the claim that does it (ID-32, CHD-16).

    proven before the organisation's day ──claim──▶ proven now: what the registry grants
    (listed, and can be let go of; opens nothing)

The day is a moment in the organisation's row, and reading compares each link with it: from its commit on, no older link
opens anything. The others are told by pages of links, each in a transaction of its own; what an interrupted command has
left, the sweep tells.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, false, func, or_, select, update
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import OrganisationUnknown
from services.enrollment.models import Link, Organisation
from services.enrollment.operations import journal, standings
from services.enrollment.queries.tables import IS_TO_CONFIRM, links, organisations
from services.enrollment.rules import days, suspensions
from shared import logs, outbox
from shared.database import UtcDateTime
from shared.problems import ValidationFailed

log = logs.get(__name__)

# A transaction holds its links, and on SQLite everybody else, for some tenths of a second.
PAGE_SIZE: Final = 1000

_NOT_YET: Final = (
    "Ce jour n’est pas encore venu : personne ne pourrait plus confirmer un enfant."
    " | This day has not come yet: nobody could confirm a child any more."
)

_confirm = (
    update(Link)
    .where(
        Link.account_id == bindparam("of_account_id"),
        Link.student_id == bindparam("of_student_id"),
        Link.ended_at.is_(None),
        func.coalesce(Link.confirmed_at, Link.linked_at)
        < select(Organisation.confirm_links_before).where(Organisation.id == Link.organisation_id).scalar_subquery(),
    )
    .values(confirmed_at=bindparam("at"), email_key=bindparam("shown_email_key"))
    .returning(Link.id, Link.organisation_id)
)
_require = (
    update(Organisation)
    .where(Organisation.code.in_(bindparam("codes", expanding=True)))
    .values(confirm_links_before=bindparam("before", type_=UtcDateTime))
    .returning(Organisation.code)
)
_is_to_confirm = func.coalesce(IS_TO_CONFIRM, false())
# Told open and inert, or told inert for this reason and no longer so.
_is_astray = or_(
    links.c.suspension.is_(None) & _is_to_confirm,
    (links.c.suspension == suspensions.TO_CONFIRM) & links.c.email_key.is_not(None) & ~_is_to_confirm,
)
_astray = (
    select(links.c.id)
    .join(organisations, organisations.c.id == links.c.organisation_id)
    .where(links.c.ended_at.is_(None), _is_astray)
)
_page = (
    _astray.where(links.c.id > bindparam("after"))
    .order_by(links.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=links)
)


def confirm(session: Session, *, account_id: str, student_id: str, email_key: str, at: datetime) -> None:
    """Take a right claim as the new proof of a link that the account holds already and that needs one; else do nothing.

    The link stays the same: since when the account holds the child does not change.
    """
    confirmed = session.execute(
        _confirm,
        {"of_account_id": account_id, "of_student_id": student_id, "at": at, "shown_email_key": email_key},
    ).one_or_none()
    if confirmed is None:
        return
    told = events.link_confirmed(
        link_id=confirmed.id,
        student_id=student_id,
        account_id=account_id,
        organisation_id=confirmed.organisation_id,
        at=at,
    )
    outbox.add(session, told, at=at)
    standings.settle(session, link_ids=[confirmed.id], at=at)
    journal.write(session, student_id=student_id, account_id=account_id, action=journal.CHILD_CONFIRMED, at=at)


def require_confirmation(ctx: Context, *, organisation_codes: Sequence[str], before: date | None) -> None:
    """Have every link of these organisations that was proven before a day proven again; None: have none.

    Reading knows it from here on; the others are told by `tell`.

    Raises:
        OrganisationUnknown: an organisation is not in the directory; none of them is changed.
        ValidationFailed: the day has not begun yet.
    """
    moment = days.begins_at(before) if before is not None else None
    if moment is not None and moment > ctx.clock.now():
        raise ValidationFailed(errors=[{"parameter": "before", "detail": _NOT_YET}])
    with ctx.db.transaction() as session:
        known = session.scalars(_require, {"codes": list(organisation_codes), "before": moment}).all()
        for code in organisation_codes:
            if code not in known:
                raise OrganisationUnknown(code=code)
    log.info("confirmation_required", organisations=len(known))


def tell(
    ctx: Context, *, progress: Callable[[int, int], None] = lambda _done, _total: None, page_size: int = PAGE_SIZE
) -> int:
    """Tell the others of every link that is inert for want of a new proof, or no longer so; return of how many."""
    with ctx.db.read() as session:
        total = session.scalar(select(func.count()).select_from(_astray.subquery())) or 0
    told, looked_at, after = 0, 0, ""
    progress(0, total)
    while True:
        with ctx.db.transaction() as session:
            link_ids = session.scalars(_page, {"after": after, "most": page_size}).all()
            told += standings.settle(session, link_ids=link_ids, at=ctx.clock.now())
        if not link_ids:
            return told
        looked_at, after = looked_at + len(link_ids), link_ids[-1]
        progress(looked_at, max(looked_at, total))


def list_requirements(ctx: Context) -> list[Any]:
    """Return the organisations that want links proven since a day: the moment, and how many links still wait."""
    with ctx.db.read() as session:
        return queries.list_requirements(session)
