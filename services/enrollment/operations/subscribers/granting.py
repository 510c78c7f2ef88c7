"""What an organisation's own system changes of its subscribers: what they are granted, and what for.

No event log is asked: the web's process has no right to give rights there, and needs none. Exporters apply what the
database tells them, so that types and fields can change within the domains that a subscriber reads; for a domain with
a topic and rights still to be made, for who comes and who leaves, there is the operator's command.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.errors import DomainNotOnBoard
from services.enrollment.operations.subscribers import choosing, states
from services.enrollment.operations.subscribers.choosing import Wish
from services.enrollment.queries import SubscriberRow
from shared import logs
from shared.exporting.exportable import Exportable
from shared.problems import NotFound

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a subscriber is to read from now on, instead of what it reads, and what for."""

    name: str
    purpose: str
    wishes: Sequence[Wish]


def list_subscriptions(ctx: Context, *, organisation_code: str) -> list[dict[str, Any]]:
    """Return who reads, or read, what of an organisation's events, by name."""
    with ctx.db.read() as session:
        rows = queries.list_subscribers_of(session, organisation_code=organisation_code)
    return [_told(row) for row in rows]


def change_subscriptions(
    ctx: Context,
    *,
    organisation_code: str,
    client_id: str,
    grants: Sequence[Grant],
    exportable: Mapping[str, Exportable],
) -> list[dict[str, Any]]:
    """Grant subscribers of an organisation what is asked for, all of it or nothing; return what each is granted then.

    What is added begins a few seconds later, and nothing that happened before is read; what is taken away is passed on
    no more as soon as exporters have heard of it. What a subscriber has read already it keeps.

    Raises:
        NotFound: the organisation has no subscriber of this name that is on board; another's is none of its.
        TypeNotExportable, FieldNotExportable: it may not leave.
        DomainNotOnBoard: the subscriber has no topic for what it would read.
    """
    chosen = {each.name: choosing.choose(exportable, domains=(), wishes=each.wishes) for each in grants}
    purposes = {each.name: each.purpose for each in grants}
    granted, changed = [], []
    with ctx.db.transaction() as session:
        # In one order, so that two calls that name the same subscribers do not wait for each other.
        for name in sorted(chosen):
            row = queries.find_subscriber(session, name=name, locks=True)
            if row is None or row.state != queries.ACTIVE or row.organisation_code != organisation_code:
                raise NotFound
            on_board = {states.domain_of(type_) for type_ in row.fields_by_type}
            if missing := sorted({states.domain_of(type_) for type_ in chosen[name]} - on_board):
                raise DomainNotOnBoard(subscriber=name, domains=", ".join(missing), known=", ".join(sorted(on_board)))
            now = states.write_grant(session, row, granted=chosen[name], purpose=purposes[name], at=ctx.clock.now())
            granted.append(now)
            if now is not row:
                changed.append(now)
    for row in changed:
        log.info("subscription_granted", client_id=client_id, subscriber_id=row.id, types=sorted(row.fields_by_type))
    return [_told(row) for row in granted]


def _told(row: SubscriberRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "state": row.state,
        "purpose": row.purpose,
        "types": [{"type": type_, "fields": fields} for type_, fields in row.fields_by_type.items()],
        "topics": states.topics_of(row, row.fields_by_type),
        "started_at": row.started_at,
        "granted_at": row.granted_at or row.started_at,
        "ended_at": row.ended_at,
    }
