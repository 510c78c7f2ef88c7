"""A school's word about one entry: that parents see it, from when, or no more."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.records.context import Context
from services.records.models import Entry
from services.records.operations.entries import desk as desks
from services.records.operations.entries.desk import Desk
from services.records.rules.publication import PUBLISH, WITHDRAW
from shared import logs
from shared.problems import NotFound

log = logs.get(__name__)


def publish_entry(
    ctx: Context,
    *,
    organisation_code: str | None,
    client_id: str | None,
    kind: str,
    source_id: str,
    available_at: datetime | None,
) -> None:
    """Publish an entry from a moment, or at once; never before its release, nor before its own time (RE-04, RE-05).

    Raises:
        NotFound: the organisation has no such entry.
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.transaction() as session:
        desk, entry = _hold(ctx, session, organisation_code, client_id, kind, source_id)
        entry.shown_from = desk.shown_from(entry, available_at)
        entry.decision = PUBLISH
        desk.settle(entry)
        desk.save()
    log.info("entry_published", organisation_id=desk.organisation_id, kind=kind, state=entry.state)


def withdraw_entry(
    ctx: Context, *, organisation_code: str | None, client_id: str | None, kind: str, source_id: str
) -> None:
    """Withdraw an entry: parents see it no more, whatever its release, until it is published by itself.

    Raises:
        NotFound: the organisation has no such entry.
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.transaction() as session:
        desk, entry = _hold(ctx, session, organisation_code, client_id, kind, source_id)
        entry.decision = WITHDRAW
        desk.settle(entry)
        desk.save()
    log.info("entry_withdrawn", organisation_id=desk.organisation_id, kind=kind)


def _hold(
    ctx: Context, session: Session, organisation_code: str | None, client_id: str | None, kind: str, source_id: str
) -> tuple[Desk, Entry]:
    desk = desks.of_system(ctx, session, organisation_code=organisation_code, client_id=client_id)
    entry = desk.hold(kind, [source_id]).get(source_id)
    if entry is None:
        raise NotFound
    return desk, entry
