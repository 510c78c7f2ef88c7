"""Who outside may read what: an exporter's own copy of the subscriptions, kept from the events that tell them.

One service owns the subscriptions and tells them on its topic; each service that exports hears them there and keeps
this table in its own database, so that passing an event on asks nobody. Of a subscription this copy holds what export
needs, and no purpose or secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, select, update
from sqlalchemy.orm import Session

from shared.database import UtcDateTime, insert_for, new_metadata

TOPIC: Final = "vitrail.enrollment.v1"
CHANGED: Final = "ca.vitrail.enrollment.subscription-changed.v1"
ENDED: Final = "ca.vitrail.enrollment.subscription-ended.v1"

_metadata = new_metadata()

export_subscriptions = Table(
    "export_subscriptions",
    _metadata,
    Column("subscriber_id", Text, primary_key=True),
    # The part of its topics' names that is its own.
    Column("subscriber", Text, nullable=False),
    Column("organisation_id", Text, nullable=False),
    Column("organisation_code", Text, nullable=False),
    Column("root_key_id", Text, nullable=False),
    # JSON: the fields of each type.
    Column("fields_by_type", Text, nullable=False),
    # Events that happened before, or since, are not for this subscriber.
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # Of the event that told this last: what is heard again, or late, changes nothing.
    Column("version", BigInteger, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What one subscriber gets of one organisation's events: the named fields of the named types, and nothing else."""

    subscriber_id: str
    subscriber: str
    organisation_id: str
    organisation_code: str
    root_key_id: str
    fields_by_type: Mapping[str, tuple[str, ...]]
    started_at: datetime


def copy_to(metadata: MetaData) -> None:
    """Add the table to the metadata of a service that exports."""
    export_subscriptions.to_metadata(metadata)


def keep(session: Session, subscription: Subscription, *, version: int) -> None:
    """Write a subscription as it is told, unless something later is known of it."""
    fields = {name: list(each) for name, each in subscription.fields_by_type.items()}
    values = {
        "subscriber": subscription.subscriber,
        "organisation_id": subscription.organisation_id,
        "organisation_code": subscription.organisation_code,
        "root_key_id": subscription.root_key_id,
        "fields_by_type": orjson.dumps(fields).decode(),
        "started_at": subscription.started_at,
        "version": version,
    }
    insert = insert_for(session, export_subscriptions).values(subscriber_id=subscription.subscriber_id, **values)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[export_subscriptions.c.subscriber_id],
            set_={name: insert.excluded[name] for name in values},
            where=export_subscriptions.c.version < insert.excluded.version,
        )
    )


def end(session: Session, *, subscriber_id: str, at: datetime, version: int) -> None:
    """Write that a subscription has ended, unless something later is known of it."""
    session.execute(
        update(export_subscriptions)
        .where(export_subscriptions.c.subscriber_id == subscriber_id, export_subscriptions.c.version < version)
        .values(ended_at=at, version=version)
    )


def list_live(session: Session) -> list[Subscription]:
    """Return every subscription that has not ended."""
    columns = [column for column in export_subscriptions.c if column.name not in ("ended_at", "version")]
    rows = session.execute(select(*columns).where(export_subscriptions.c.ended_at.is_(None))).mappings()
    return [Subscription(**(dict(row) | {"fields_by_type": _fields(row["fields_by_type"])})) for row in rows]


def _fields(text: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(fields) for name, fields in orjson.loads(text).items()}
