"""What the database says of a subscriber, and what is told of it in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import OrganisationUnknown, SubscriberNameTaken, SubscriberUnknown
from services.enrollment.models import Subscriber
from services.enrollment.queries import SubscriberRow
from services.enrollment.rules import grants
from services.enrollment.rules.grants import Grant
from shared import ids, outbox, topics
from shared.database import UtcDateTime, insert_for, rows_changed
from shared.messages import Event

# Exporters look for news of subscriptions every two seconds (`shared/exporting`), and a relay may be a little behind:
# when it begins, everybody has heard of it, and from then on nothing is missed.
LEAD: Final = timedelta(seconds=5)

_START: Final = (
    update(Subscriber)
    .where(Subscriber.id == bindparam("subscriber"), Subscriber.started_at.is_(None), Subscriber.ended_at.is_(None))
    .values(started_at=bindparam("at", type_=UtcDateTime))
)
# Nobody ever read anything under this name: it may be given again.
_FORGET: Final = delete(Subscriber).where(Subscriber.id == bindparam("subscriber"), Subscriber.started_at.is_(None))
_END: Final = (
    update(Subscriber)
    .where(Subscriber.id == bindparam("subscriber"), Subscriber.started_at.is_not(None), Subscriber.ended_at.is_(None))
    .values(ended_at=bindparam("at", type_=UtcDateTime))
)
_CHANGE: Final = (
    update(Subscriber)
    .where(Subscriber.id == bindparam("subscriber"))
    .values(
        purpose=bindparam("new_purpose"),
        fields_by_type=bindparam("granted"),
        granted_at=bindparam("at", type_=UtcDateTime),
        earlier_grants=bindparam("earlier"),
    )
)


def note(
    ctx: Context, name: str, organisation_code: str, fields_by_type: Mapping[str, Sequence[str]], purpose: str
) -> SubscriberRow:
    """Write down who is about to come, unless it is written already; return the row.

    Raises:
        OrganisationUnknown, SubscriberNameTaken: see `add_subscriber`.
    """
    granted = as_granted(fields_by_type)
    with ctx.db.transaction() as session:
        organisation = queries.find_organisation_by_code(session, organisation_code)
        if organisation is None:
            raise OrganisationUnknown(code=organisation_code)
        session.execute(
            insert_for(session, Subscriber)
            .values(
                id=ids.new(),
                name=name,
                organisation_id=organisation.id,
                purpose=purpose,
                fields_by_type=granted,
                root_key_id=ctx.root_keys.newest_id,
                created_at=ctx.clock.now(),
            )
            .on_conflict_do_nothing(index_elements=["name"])
        )
        row = queries.find_subscriber(session, name=name)
    assert row is not None
    asked = (organisation_code, granted, purpose)
    if row.ended_at is not None or (row.organisation_code, row.fields_by_type, row.purpose) != asked:
        raise SubscriberNameTaken(name=name)
    return row


def start(ctx: Context, row: SubscriberRow) -> bool:
    """Settle when the subscription begins, and tell it; return False when that was settled before."""
    at = ctx.clock.now()
    with ctx.db.transaction() as session:
        if not rows_changed(session.execute(_START, {"subscriber": row.id, "at": at + LEAD})):
            return False
        outbox.add(session, _changed(replace(row, started_at=at + LEAD)), at=at)
    return True


def change(ctx: Context, name: str, *, granted: dict[str, list[str]], purpose: str | None) -> None:
    """Write down what is granted from now on, and tell it; nothing when that is what it was.

    Raises:
        SubscriberUnknown: it was taken off board meanwhile.
    """
    with ctx.db.transaction() as session:
        # Locked, so that two changes are told in the order in which they are written, and neither forgets the other.
        row = get_active(session, name, locks=True)
        write_grant(session, row, granted=granted, purpose=purpose, at=ctx.clock.now())


def write_grant(
    session: Session, row: SubscriberRow, *, granted: dict[str, list[str]], purpose: str | None, at: datetime
) -> SubscriberRow:
    """Write down and tell what a subscriber, whose row is locked, is granted; return the row as it is then."""
    changed = replace(
        row,
        fields_by_type=granted,
        purpose=row.purpose if purpose is None else purpose.strip(),
        granted_at=at + LEAD,
        earlier_grants=[*row.earlier_grants, _earlier(row)],
    )
    if (changed.purpose, changed.fields_by_type) == (row.purpose, row.fields_by_type):
        return row
    values = {"new_purpose": changed.purpose, "granted": granted, "earlier": changed.earlier_grants}
    session.execute(_CHANGE, {"subscriber": row.id, "at": changed.granted_at, **values})
    if changed.fields_by_type != row.fields_by_type:
        outbox.add(session, _changed(changed), at=at)
    return changed


def _earlier(row: SubscriberRow) -> dict[str, Any]:
    started_at = row.granted_at or row.started_at
    assert started_at is not None
    return {"purpose": row.purpose, "fields_by_type": row.fields_by_type, "started_at": started_at.isoformat()}


def end(ctx: Context, row: SubscriberRow) -> None:
    at = ctx.clock.now()
    with ctx.db.transaction() as session:
        if rows_changed(session.execute(_FORGET, {"subscriber": row.id})):
            return
        if rows_changed(session.execute(_END, {"subscriber": row.id, "at": at})):
            told = events.subscription_ended(subscriber_id=row.id, organisation_id=row.organisation_id)
            outbox.add(session, told, at=at)


def _changed(row: SubscriberRow) -> Event:
    assert row.started_at is not None
    earlier = [Grant(each["fields_by_type"], datetime.fromisoformat(each["started_at"])) for each in row.earlier_grants]
    return events.subscription_changed(
        subscriber_id=row.id,
        subscriber=row.name,
        organisation_id=row.organisation_id,
        organisation_code=row.organisation_code,
        root_key_id=row.root_key_id,
        fields_by_type=grants.since([*earlier, Grant(row.fields_by_type, row.granted_at or row.started_at)]),
        started_at=row.started_at,
    )


def get_active(session: Session, name: str, *, locks: bool = False) -> SubscriberRow:
    row = queries.find_subscriber(session, name=name, locks=locks)
    if row is None or row.state != queries.ACTIVE:
        raise SubscriberUnknown(name=name)
    return row


def as_granted(fields_by_type: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    return {type_: list(fields) for type_, fields in (fields_by_type or {}).items()}


def topics_of(row: SubscriberRow, types: Iterable[str]) -> list[str]:
    domains = dict.fromkeys(domain_of(type_) for type_ in types)
    return [topics.outside_name(code=row.organisation_code, domain=domain, subscriber=row.name) for domain in domains]


def domain_of(type_: str) -> str:
    return type_.split(".")[2]


def topics_ever(row: SubscriberRow) -> list[str]:
    earlier = [type_ for grant in row.earlier_grants for type_ in grant["fields_by_type"]]
    return topics_of(row, [*row.fields_by_type, *earlier])
