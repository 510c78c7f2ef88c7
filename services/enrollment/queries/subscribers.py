"""Subscribers outside, those who left among them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import ACTIVE, ENDED, PREPARING, organisations, subscribers


@dataclass(frozen=True, kw_only=True)
class SubscriberRow:
    """A subscriber, and the public code of the organisation whose events it reads."""

    id: str
    name: str
    organisation_id: str
    organisation_code: str
    purpose: str
    fields_by_type: dict[str, list[str]]
    granted_at: datetime | None
    earlier_grants: list[dict[str, Any]]
    root_key_id: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def state(self) -> str:
        """Return `preparing` (its topics and rights are not known to be there), `active` or `ended`."""
        if self.ended_at is not None:
            return ENDED
        return PREPARING if self.started_at is None else ACTIVE


_list_subscribers = (
    select(*subscribers.c, organisations.c.code.label("organisation_code"))
    .join(organisations, organisations.c.id == subscribers.c.organisation_id)
    .order_by(subscribers.c.name)
)
_list_subscribers_of = _list_subscribers.where(organisations.c.code == bindparam("organisation_code"))
_find_subscriber = _list_subscribers.where(subscribers.c.name == bindparam("name"))
_lock_subscriber = _find_subscriber.with_for_update(of=subscribers)


def find_subscriber(session: Session, *, name: str, locks: bool = False) -> SubscriberRow | None:
    """Return the subscriber that has, or had, this name; with `locks`, as it stays until the transaction ends."""
    row = session.execute(_lock_subscriber if locks else _find_subscriber, {"name": name}).mappings().first()
    return SubscriberRow(**row) if row else None


def list_subscribers(session: Session) -> list[SubscriberRow]:
    """Return every subscriber there is or was, by name."""
    return [SubscriberRow(**row) for row in session.execute(_list_subscribers).mappings()]


def list_subscribers_of(session: Session, *, organisation_code: str) -> list[SubscriberRow]:
    """Return every subscriber there is or was of an organisation, by name."""
    rows = session.execute(_list_subscribers_of, {"organisation_code": organisation_code}).mappings()
    return [SubscriberRow(**row) for row in rows]
