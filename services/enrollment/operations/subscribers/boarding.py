"""Onboarding, changes, new passwords and off-boarding of subscribers (EVT-3; `events.md`, Outside).

The database is written first and last, the event log between: a subscriber is noted, its topics and rights are made,
and only then does it begin and is told to the exporters, who therefore never meet a subscription without a topic. What
breaks off in between is completed by the same command again. Off-boarding takes the rights away before anything else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.errors import (
    EventLogAway,
    EventLogRefuses,
    PurposeMissing,
    SubscriberNameMalformed,
    SubscriberUnknown,
)
from services.enrollment.operations.subscribers import states
from services.enrollment.queries import SubscriberRow
from services.enrollment.rules import subscriber_names
from shared.access import Access, AccessRefused
from shared.broker import Broker, BrokerUnavailable, UnsuitableBroker

# What is shown while it goes on: the step, how much of it is done, how much there is.
Progress = Callable[[str, int, int], None]
STEPS: Final = ("topics", "rights", "exporters")


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
    row = states.note(ctx, name, organisation_code, fields_by_type, purpose.strip())
    boarding = _boarding(row, is_new=row.started_at is None)
    with event_log_troubles():
        _make_topics(broker, boarding.topics, progress)
        progress("rights", 0, 1)
        access.grant(principal=boarding.principal, topics=boarding.topics, group_prefix=boarding.group_prefix)
        password = access.renew_password(principal=boarding.principal) if boarding.is_new else None
        is_enforced = access.is_enforced
        progress("rights", 1, 1)
    progress("exporters", 0, 1)
    is_first = states.start(ctx, row)
    if not is_first:
        _require_active(ctx, name, access)
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
        row = states.get_active(session, name)
    with event_log_troubles():
        password = access.renew_password(principal=subscriber_names.principal(name))
        is_enforced = access.is_enforced
    _require_active(ctx, name, access)
    return _boarding(row, is_new=False, is_enforced=is_enforced, password=password)


def change_subscriber(
    ctx: Context,
    *,
    name: str,
    fields_by_type: Mapping[str, Sequence[str]] | None,
    purpose: str | None,
    broker: Broker,
    access: Access,
    progress: Progress,
) -> Boarding:
    """Let a subscriber read these fields of these types from now on, under the names that it knows; None: as before.

    What is added begins like a subscription: nothing that happened before is read. What is no longer granted is read no
    more as soon as exporters have heard of it, and the topic of a domain without any type is closed at once. Repeated
    with the same facts it completes what broke off, and tells nothing anew.

    Raises:
        SubscriberUnknown: nobody who is on board is called so.
        PurposeMissing: the new purpose is empty.
        EventLogAway, EventLogRefuses: see `add_subscriber`.
    """
    if purpose is not None and not purpose.strip():
        raise PurposeMissing
    with ctx.db.read() as session:
        row = states.get_active(session, name)
    row = replace(row, fields_by_type=states.as_granted(fields_by_type) or row.fields_by_type)
    boarding = _boarding(row, is_new=False)
    with event_log_troubles():
        _make_topics(broker, boarding.topics, progress)
        progress("rights", 0, 1)
        access.grant(principal=boarding.principal, topics=boarding.topics, group_prefix=boarding.group_prefix)
        progress("rights", 1, 1)
    progress("exporters", 0, 1)
    _require_active(ctx, name, access)
    states.change(ctx, name, granted=row.fields_by_type, purpose=purpose)
    progress("exporters", 1, 1)
    return boarding


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
        if row.state == queries.PREPARING:
            # While we still know of it: nobody exports there, and a repeat could not find what is left.
            broker.delete_topics(boarding.topics)
    states.end(ctx, row)
    progress("exporters", 1, 1)
    with event_log_troubles():
        if not keeps_topics:
            broker.delete_topics(states.topics_ever(row))
        progress("topics", len(boarding.topics), len(boarding.topics))
    return boarding


def list_subscribers(ctx: Context) -> list[SubscriberRow]:
    """Return every subscriber there is or was, by name."""
    with ctx.db.read() as session:
        return queries.list_subscribers(session)


def _require_active(ctx: Context, name: str, access: Access) -> None:
    """Make sure that rights were not given to one whom another command has taken off board meanwhile.

    Raises:
        SubscriberUnknown: they were, and are taken away again.
    """
    with ctx.db.read() as session:
        row = queries.find_subscriber(session, name=name)
    if row is None or row.state == queries.ENDED:
        with event_log_troubles():
            access.revoke(principal=subscriber_names.principal(name))
        raise SubscriberUnknown(name=name)


def _boarding(row: SubscriberRow, **outcome: Any) -> Boarding:
    return Boarding(
        subscriber_id=row.id,
        name=row.name,
        organisation_code=row.organisation_code,
        root_key_id=row.root_key_id,
        topics=states.topics_of(row, row.fields_by_type),
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
