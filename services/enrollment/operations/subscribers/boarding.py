"""Onboarding, new passwords and off-boarding of subscribers (EVT-3; `events.md`, Outside).

The database is written first and last, the event log between: a subscriber is noted, its topics and rights are made,
and only then does it begin and is told to the exporters, who therefore never meet a subscription without a topic. What
breaks off in between is completed by the same command again. Off-boarding takes the rights away before anything else.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import (
    EventLogAway,
    EventLogRefuses,
    FieldNotExportable,
    OrganisationUnknown,
    PurposeMissing,
    SubscriberNameMalformed,
    SubscriberNameTaken,
    SubscriberUnknown,
    TypeNotExportable,
)
from services.enrollment.models import Subscriber
from services.enrollment.queries import SubscriberRow
from services.enrollment.rules import subscriber_names
from shared import ids, outbox, topics
from shared.access import Access, AccessRefused
from shared.broker import Broker, BrokerUnavailable, UnsuitableBroker
from shared.database import UtcDateTime, insert_for, rows_changed
from shared.exporting.exportable import Exportable
from shared.messages import Event

# What is shown while it goes on: the step, how much of it is done, how much there is.
Progress = Callable[[str, int, int], None]
STEPS: Final = ("topics", "rights", "exporters")

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


@dataclass(frozen=True, kw_only=True)
class Boarding:
    """What came of an onboarding or a new password; `password` is told this once and kept nowhere."""

    subscriber_id: str
    name: str
    organisation_code: str
    root_key_id: str
    topics: Sequence[str]
    principal: str
    group_prefix: str
    fields_by_type: Mapping[str, Sequence[str]]
    # False: it was on board already, and its password stays.
    is_new: bool
    # False: the event log asks nobody who they are, so there is no password either.
    is_enforced: bool
    password: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What one type is subscribed for; no fields: all that may leave."""

    type: str
    fields: Sequence[str] = ()


def choose(
    exportable: Mapping[str, Exportable], *, domains: Collection[str], wishes: Sequence[Wish]
) -> dict[str, list[str]]:
    """Return the fields of each type that is asked for: the wishes, and every type of a domain without any.

    Raises:
        TypeNotExportable: a type, or a whole domain, may not leave.
        FieldNotExportable: a field of a type may not leave.
    """
    chosen: dict[str, list[str]] = {}
    for wish in wishes:
        name = wish.type if wish.type in exportable else f"ca.vitrail.{wish.type}"
        if name not in exportable:
            raise TypeNotExportable(asked=wish.type, known=", ".join(exportable))
        may_leave = list(exportable[name].outside)
        if refused := sorted(set(wish.fields) - set(may_leave)):
            raise FieldNotExportable(type=name, fields=", ".join(refused), known=", ".join(may_leave))
        chosen[name] = [field for field in may_leave if field in wish.fields or not wish.fields]
    for domain in domains:
        of_domain = [each for each in exportable.values() if each.domain == domain]
        if not of_domain:
            raise TypeNotExportable(
                asked=domain, known=", ".join(sorted({each.domain for each in exportable.values()}))
            )
        if not any(each.type in chosen for each in of_domain):
            chosen |= {each.type: list(each.outside) for each in of_domain}
    if not chosen:
        raise TypeNotExportable(asked="", known=", ".join(exportable))
    return {name: chosen[name] for name in sorted(chosen)}


def add_subscriber(
    ctx: Context,
    *,
    name: str,
    organisation_code: str,
    fields_by_type: Mapping[str, Sequence[str]],
    purpose: str,
    broker: Broker,
    access: Access,
    progress: Progress,
) -> Boarding:
    """Take a subscriber on board: topics, rights, password, and the event from which exporters serve it.

    Repeated with the same facts it completes what broke off; for one that is on board it mends topics and rights.

    Raises:
        SubscriberNameMalformed: a topic cannot be named so.
        PurposeMissing: nobody said what for.
        OrganisationUnknown: no organisation has this code.
        SubscriberNameTaken: another one is, or was, called so, or this one was granted something else.
        SubscriberUnknown: it was taken off board meanwhile.
        EventLogAway: what is done stays, and a repeat completes it.
        EventLogRefuses: our own credentials may not do this.
    """
    if not subscriber_names.is_well_formed(name):
        raise SubscriberNameMalformed(name=name)
    if not purpose.strip():
        raise PurposeMissing
    row = _note(ctx, name, organisation_code, fields_by_type, purpose.strip())
    boarding = _boarding(row, is_new=row.started_at is None)
    with event_log_troubles():
        _make_topics(broker, boarding.topics, progress)
        progress("rights", 0, 1)
        access.grant(principal=boarding.principal, topics=boarding.topics, group_prefix=boarding.group_prefix)
        password = access.renew_password(principal=boarding.principal) if boarding.is_new else None
        is_enforced = access.is_enforced
        progress("rights", 1, 1)
    progress("exporters", 0, 1)
    is_first = _start(ctx, row)
    if not is_first:
        with ctx.db.read() as session:
            # Not the one that another command has just taken off board.
            _get_active(session, name)
    progress("exporters", 1, 1)
    # Whoever lost a race against the same command has no password that works for sure: it is renewed by `rotate`.
    is_new = boarding.is_new and is_first
    return _boarding(row, is_new=is_new, is_enforced=is_enforced, password=password if is_new else None)


def rotate_password(ctx: Context, *, name: str, access: Access) -> Boarding:
    """Give a subscriber a new password; the old one opens no new connection.

    Raises:
        SubscriberUnknown: nobody who is on board is called so.
        EventLogAway, EventLogRefuses: see `add_subscriber`.
    """
    with ctx.db.read() as session:
        row = _get_active(session, name)
    with event_log_troubles():
        password = access.renew_password(principal=subscriber_names.principal(name))
        return _boarding(row, is_new=False, is_enforced=access.is_enforced, password=password)


def remove_subscriber(
    ctx: Context, *, name: str, keeps_topics: bool, broker: Broker, access: Access, progress: Progress
) -> Boarding:
    """Take a subscriber off board: rights and password first, then the end is told, then its topics go.

    Repeated, it completes what broke off, also for one that has ended. One that never began is forgotten.

    Raises:
        SubscriberUnknown: nobody is or was called so.
        EventLogAway, EventLogRefuses: see `add_subscriber`.
    """
    with ctx.db.read() as session:
        row = queries.find_subscriber(session, name=name)
    if row is None:
        raise SubscriberUnknown(name=name)
    boarding = _boarding(row, is_new=False)
    with event_log_troubles():
        progress("rights", 0, 1)
        access.revoke(principal=boarding.principal)
        progress("rights", 1, 1)
    _end(ctx, row)
    progress("exporters", 1, 1)
    with event_log_troubles():
        if not keeps_topics:
            broker.delete_topics(boarding.topics)
        progress("topics", len(boarding.topics), len(boarding.topics))
    return boarding


def list_subscribers(ctx: Context) -> list[SubscriberRow]:
    """Return every subscriber there is or was, by name."""
    with ctx.db.read() as session:
        return queries.list_subscribers(session)


def _note(
    ctx: Context, name: str, organisation_code: str, fields_by_type: Mapping[str, Sequence[str]], purpose: str
) -> SubscriberRow:
    """Write down who is about to come, unless it is written already; return the row.

    Raises:
        OrganisationUnknown, SubscriberNameTaken: see `add_subscriber`.
    """
    granted = {type_: list(fields) for type_, fields in fields_by_type.items()}
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


def _start(ctx: Context, row: SubscriberRow) -> bool:
    """Settle when the subscription begins, and tell it; return False when that was settled before."""
    at = ctx.clock.now()
    with ctx.db.transaction() as session:
        if not rows_changed(session.execute(_START, {"subscriber": row.id, "at": at + LEAD})):
            return False
        outbox.add(session, _changed(row, started_at=at + LEAD), at=at)
    return True


def _end(ctx: Context, row: SubscriberRow) -> None:
    at = ctx.clock.now()
    with ctx.db.transaction() as session:
        if rows_changed(session.execute(_FORGET, {"subscriber": row.id})):
            return
        if rows_changed(session.execute(_END, {"subscriber": row.id, "at": at})):
            told = events.subscription_ended(subscriber_id=row.id, organisation_id=row.organisation_id)
            outbox.add(session, told, at=at)


def _changed(row: SubscriberRow, *, started_at: datetime) -> Event:
    return events.subscription_changed(
        subscriber_id=row.id,
        subscriber=row.name,
        organisation_id=row.organisation_id,
        organisation_code=row.organisation_code,
        root_key_id=row.root_key_id,
        fields_by_type=row.fields_by_type,
        started_at=started_at,
    )


def _get_active(session: Session, name: str) -> SubscriberRow:
    row = queries.find_subscriber(session, name=name)
    if row is None or row.state != queries.ACTIVE:
        raise SubscriberUnknown(name=name)
    return row


def _boarding(row: SubscriberRow, **outcome: Any) -> Boarding:
    domains = dict.fromkeys(type_.split(".")[2] for type_ in row.fields_by_type)
    return Boarding(
        subscriber_id=row.id,
        name=row.name,
        organisation_code=row.organisation_code,
        root_key_id=row.root_key_id,
        topics=[
            topics.outside_name(code=row.organisation_code, domain=domain, subscriber=row.name) for domain in domains
        ],
        principal=subscriber_names.principal(row.name),
        group_prefix=subscriber_names.group_prefix(row.name),
        fields_by_type=row.fields_by_type,
        **({"is_enforced": False} | outcome),
    )


def _make_topics(broker: Broker, names: Sequence[str], progress: Progress) -> None:
    for done, name in enumerate(names):
        progress("topics", done, len(names))
        broker.make_topics([name])
    progress("topics", len(names), len(names))


@contextmanager
def event_log_troubles() -> Iterator[None]:
    """Turn what the doors of the event log say into refusals for the person at the command."""
    try:
        yield
    except BrokerUnavailable as away:
        raise EventLogAway from away
    except (AccessRefused, UnsuitableBroker) as refused:
        raise EventLogRefuses from refused
