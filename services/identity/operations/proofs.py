"""The proof of a mailbox: found behind a ticket, spent once, turned to another use, ended with the others."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, update
from sqlalchemy.orm import Session

from services.identity import queries
from services.identity.context import Context
from services.identity.errors import NotVerified
from services.identity.models import challenges
from services.identity.rules import codes
from shared.database import rows_changed

_is_good_for = (
    challenges.c.id == bindparam("of_id"),
    challenges.c.ticket_purpose == bindparam("of_purpose"),
    challenges.c.ticket_expires_at > bindparam("now"),
)
_spend = update(challenges).where(*_is_good_for).values(ticket_expires_at=None)
_turn = update(challenges).where(*_is_good_for).values(ticket_purpose=bindparam("new_purpose"))
_end_all = (
    update(challenges)
    .where(challenges.c.email_key == bindparam("of_key"))
    .values(closed_as=func.coalesce(challenges.c.closed_as, codes.SUPERSEDED), code_digest=None, ticket_expires_at=None)
)


def get_proof(ctx: Context, session: Session, *, ticket: str, purpose: str) -> Row[Any]:
    """Return the proof of a mailbox behind `ticket`, still to be spent on `purpose`.

    Raises:
        NotVerified: the ticket proves nothing, is for something else, was spent, or is too old.
    """
    opened = ctx.tickets.open(ticket)
    if opened is None:
        raise NotVerified
    proof = queries.find_proof(session, challenge_id=opened.challenge_id, now=ctx.clock.now())
    if proof is None or proof.purpose != opened.purpose or proof.ticket_purpose != purpose:
        raise NotVerified
    return proof


def spend(session: Session, challenge_id: str, *, purpose: str, now: datetime) -> None:
    """Spend a proof, in the transaction of what it is spent on.

    Raises:
        NotVerified: somebody was faster, or its time is over.
    """
    spent = session.execute(_spend, {"of_id": challenge_id, "of_purpose": purpose, "now": now})
    if rows_changed(spent) == 0:
        raise NotVerified


def turn(session: Session, challenge_id: str, *, purpose: str, to: str, now: datetime) -> bool:
    """Make a proof good for something else than it was asked for; tell whether it still was to be had."""
    facts = {"of_id": challenge_id, "of_purpose": purpose, "new_purpose": to, "now": now}
    return rows_changed(session.execute(_turn, facts)) > 0


def end_all(session: Session, *, email_key: str) -> None:
    """End every code and proof of a mailbox: what it could be used for has just changed (ACC-10)."""
    session.execute(_end_all, {"of_key": email_key})
