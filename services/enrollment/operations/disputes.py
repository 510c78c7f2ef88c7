"""« Ce n’est pas moi »: a newer link to a child is disputed, and the school decides (CHD-11).

A guardian who holds the child disputes it; for somebody who was told of it by letter (`announcements.py`), the school does.

live ──dispute──▶ suspended ──lift────▶ what the registry grants
                             ──uphold──▶ ended
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import DisputeUnknown, LinkNotDisputable, ReferenceUnknown
from services.enrollment.models import Dispute, Link, Organisation
from services.enrollment.operations import children, journal, standings
from services.enrollment.queries.tables import HELD_SINCE
from services.enrollment.rules import suspensions
from shared import ids, logs, outbox, spoken_references
from shared.database import insert_for
from shared.problems import NotFound

log = logs.get(__name__)

LIFTED: Final = "lifted"
UPHELD: Final = "upheld"
# Who disputes for somebody that called the operator.
OPERATOR: Final = "operator"
# A command lists what a person can read.
MOST_LISTED: Final = 1000

_lock_link = (
    select(
        Link.id,
        Link.student_id,
        Link.account_id,
        Link.organisation_id,
        HELD_SINCE.label("held_since"),
        Link.suspension,
        Link.email_key,
    )
    .where(Link.id == bindparam("link_id"), Link.ended_at.is_(None))
    .with_for_update(of=Link)
)
_suspend = update(Link).where(Link.id == bindparam("of_link_id")).values(suspension=bindparam("why"), rights=[])
_end = (
    update(Link)
    .where(Link.id == bindparam("of_link_id"), Link.ended_at.is_(None))
    .values(ended_at=bindparam("now"), end_reason=events.UNLINKED_BY_SCHOOL, email_key=None)
)
_find_open = select(Dispute.id).where(Dispute.link_id == bindparam("of_link_id"), Dispute.settled_at.is_(None))
_find_disputed_link = (
    select(Dispute.link_id)
    .join(Organisation, Organisation.id == Dispute.organisation_id)
    .where(
        Dispute.id == bindparam("of_dispute_id"),
        Organisation.code == func.coalesce(bindparam("code", type_=Text), Organisation.code),
    )
)
# The mailbox is kept for as long as the school has not decided.
_settle = (
    update(Dispute)
    .where(Dispute.id == bindparam("dispute_id"), Dispute.settled_at.is_(None))
    .values(settled_at=bindparam("now"), outcome=bindparam("decision"), email_key=None)
    .returning(Dispute.link_id, Dispute.student_id)
)


def list_other_guardians(ctx: Context, *, account_id: str, email: str, child_id: str) -> list[dict[str, Any]]:
    """Return the other accounts that hold a child: since when, whether suspended, and whether this one can dispute it.

    Nothing says whose they are (PRV-1).

    Raises:
        NotFound: the account may not see the child.
    """
    children.get_child(ctx, account_id=account_id, email=email, child_id=child_id)
    now = ctx.clock.now()
    with ctx.db.look() as connection:
        since = queries.find_held_since(connection, student_id=child_id, account_id=account_id)
        others = queries.list_other_guardians(connection, student_id=child_id, account_id=account_id)
    return [
        {
            "link_id": other.link_id,
            "linked_at": other.held_since,
            "status": queries.ACTIVE if other.suspension is None and not other.is_to_confirm else queries.SUSPENDED,
            "is_disputable": other.suspension != suspensions.DISPUTED and _is_disputable(ctx, other, since, now),
        }
        for other in others
    ]


def dispute_link(ctx: Context, *, account_id: str, email: str, child_id: str, link_id: str) -> None:
    """Suspend another account's newer link to a child at once; it stays so until the school decides.

    Disputing it again changes nothing.

    Raises:
        NotFound: the account may not see the child, or no other account has this link to it (any more).
        LinkNotDisputable: the other account held the child first, or has held it for longer than disputes may take.
    """
    children.get_child(ctx, account_id=account_id, email=email, child_id=child_id)
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        other = session.execute(_lock_link, {"link_id": link_id}).one_or_none() if ids.is_id(link_id) else None
        if other is None or other.student_id != child_id or other.account_id == account_id:
            raise NotFound
        since = queries.find_held_since(session, student_id=child_id, account_id=account_id)
        if not _is_disputable(ctx, other, since, now):
            raise LinkNotDisputable
        if _suspend_disputed(session, other, disputed_by=account_id, at=now) is None:
            return
        journal.write(session, student_id=child_id, account_id=account_id, action=journal.LINK_DISPUTED, at=now)
    # The school hears of it by event, and finds it among its disputes.
    log.warning("link_disputed", organisation_id=other.organisation_id)


def dispute_announced_link(
    ctx: Context, *, organisation_code: str, reference: str, disputed_by: str = OPERATOR
) -> dict[str, Any]:
    """Suspend at once the link that a letter told of, for whoever has read its reference to the school; return the dispute.

    Disputing it again changes nothing. `disputed_by` is the client of the organisation's own system.

    Raises:
        ReferenceUnknown: the organisation announced no such link lately, or it has ended.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        link_id = queries.find_announced_link(
            session,
            reference=spoken_references.typed(reference),
            organisation_code=organisation_code,
            since=now - ctx.settings.dispute_window,
        )
        link = session.execute(_lock_link, {"link_id": link_id}).one_or_none() if link_id is not None else None
        if link is None:
            raise ReferenceUnknown
        dispute_id = _suspend_disputed(session, link, disputed_by=disputed_by, at=now)
        if dispute_id is not None:
            journal.write_of_school(session, student_id=link.student_id, action=journal.LINK_DISPUTED, at=now)
            log.warning("link_disputed", organisation_id=link.organisation_id)
        else:
            dispute_id = session.scalar(_find_open, {"of_link_id": link.id})
        dispute = queries.find_dispute(session, organisation_code=organisation_code, dispute_id=dispute_id or "")
    if dispute is None:
        raise ReferenceUnknown
    return dispute


def settle_dispute(ctx: Context, *, dispute_id: str, is_upheld: bool, organisation_code: str | None = None) -> None:
    """Decide for the school: end the disputed link, or give it back as far as the registry grants it.

    With an `organisation_code`, for that organisation's students alone.

    Raises:
        DisputeUnknown: no such dispute waits for a decision.
    """
    now = ctx.clock.now()
    with ctx.db.transaction() as session:
        decision = UPHELD if is_upheld else LIFTED
        # The link first, as everybody who takes both.
        link_id = session.scalar(_find_disputed_link, {"of_dispute_id": dispute_id, "code": organisation_code})
        if link_id is None:
            raise DisputeUnknown
        link = session.execute(_lock_link, {"link_id": link_id}).one_or_none()
        settled = session.execute(_settle, {"dispute_id": dispute_id, "now": now, "decision": decision}).one_or_none()
        if settled is None:
            raise DisputeUnknown
        action = journal.DISPUTE_UPHELD if is_upheld else journal.DISPUTE_LIFTED
        journal.write_of_school(session, student_id=settled.student_id, action=action, at=now)
        if link is not None:
            _decide(session, link, is_upheld=is_upheld, at=now)
    log.info("dispute_settled", outcome=decision)


def list_disputes(
    ctx: Context, *, organisation_code: str, status: str | None = None, offset: int = 0, limit: int = MOST_LISTED
) -> queries.Page:
    """Return what is disputed of the links to an organisation's students, oldest first: of a status, or all of it."""
    with ctx.db.read() as session:
        return queries.list_disputes(
            session, organisation_code=organisation_code, status=status, offset=offset, limit=limit
        )


def delete_settled(session: Session, *, before: datetime) -> Any:
    """Forget what was decided before a moment."""
    return session.execute(delete(Dispute).where(Dispute.settled_at < before))


def _is_disputable(ctx: Context, other: Any, since: datetime | None, now: datetime) -> bool:
    is_newer = since is not None and other.held_since >= since
    return is_newer and now - other.held_since <= ctx.settings.dispute_window


def _suspend_disputed(session: Session, link: Any, *, disputed_by: str, at: datetime) -> str | None:
    """Suspend a locked link until the school decides; return the new dispute's id, or None when there is one already."""
    dispute_id = _insert(session, link, disputed_by=disputed_by, at=at)
    if dispute_id is not None:
        session.execute(_suspend, {"of_link_id": link.id, "why": suspensions.DISPUTED})
        # Told even of a link that was suspended already: what ends the suspension is another now.
        outbox.add_all(session, standings.suspended(link, link.id, suspensions.DISPUTED, at), at=at)
    return dispute_id


def _insert(session: Session, link: Any, *, disputed_by: str, at: datetime) -> str | None:
    new = (
        insert_for(session, Dispute)
        .values(
            id=ids.new(),
            link_id=link.id,
            student_id=link.student_id,
            organisation_id=link.organisation_id,
            account_id=link.account_id,
            email_key=link.email_key,
            disputed_by=disputed_by,
            at=at,
        )
        .on_conflict_do_nothing(index_elements=["link_id"], index_where=Dispute.settled_at.is_(None))
        .returning(Dispute.id)
    )
    dispute_id: str | None = session.scalar(new)
    return dispute_id


def _decide(session: Session, link: Any, *, is_upheld: bool, at: datetime) -> None:
    if is_upheld:
        session.execute(_end, {"of_link_id": link.id, "now": at})
        ended = events.child_unlinked(
            link_id=link.id,
            student_id=link.student_id,
            account_id=link.account_id,
            organisation_id=link.organisation_id,
            reason=events.UNLINKED_BY_SCHOOL,
            at=at,
        )
        outbox.add(session, ended, at=at)
        return
    # From here on it is for the registry to say.
    session.execute(_suspend, {"of_link_id": link.id, "why": suspensions.REGISTRY})
    standings.settle(session, link_ids=[link.id], at=at)
