"""Hearing it twice changes nothing: a cause is claimed once, in the transaction of the work that it asks for."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Executable, MetaData, Table, Text, delete, func
from sqlalchemy.orm import Session

from shared import dead_events
from shared.database import UtcDateTime, new_metadata, once_a_dialect

_metadata = new_metadata()

inbox = Table(
    "inbox",
    _metadata,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    # Only for sweeping; the database's own time, so that a claim needs no clock.
    Column("claimed_at", UtcDateTime, nullable=False, server_default=func.current_timestamp(), index=True),
)


@once_a_dialect
def _claim(insert: Any) -> Executable:
    claim = insert(inbox).on_conflict_do_nothing(index_elements=[inbox.c.consumer, inbox.c.event_id])
    # PostgreSQL's driver keeps no row count of an INSERT.
    return claim.returning(inbox.c.event_id)  # type: ignore[no-any-return]


def copy_to(metadata: MetaData) -> None:
    """Add what a consumer keeps to a service's own metadata: the tables `inbox` and `dead_events`."""
    inbox.to_metadata(metadata)
    dead_events.copy_to(metadata)


def first_time(session: Session, cause: str | None, *, consumer: str = "") -> bool:
    """Claim `cause` for the transaction of `session`; return False when it was claimed before.

    `cause` is the id of the event that asks for the work; without one there is nothing to hear twice. `consumer` keeps
    several operations apart that one event asks for. A claim that is rolled back is free again; a second caller waits
    for the end of the first one's transaction.
    """
    if cause is None:
        return True
    return bool(first_times(session, [cause], consumer=consumer))


def first_times(session: Session, causes: Collection[str], *, consumer: str = "") -> set[str]:
    """Claim several causes as `first_time` claims one, and return those that were not claimed before."""
    # In one order for everybody: two that claim the same ones in others would wait for each other.
    claims = [{"consumer": consumer, "event_id": cause} for cause in sorted(set(causes))]
    if not claims:
        return set()
    return set(session.scalars(_claim(session), claims if len(claims) > 1 else claims[0]))


def sweep(session: Session, *, claimed_before: datetime) -> int:
    """Forget the claims made before a moment, which must be older than any log's retention; return how many."""
    swept = session.execute(delete(inbox).where(inbox.c.claimed_at < claimed_before))
    return int(swept.rowcount)  # type: ignore[attr-defined]
