"""A school's word about one entry: that parents see it, from when, or no more."""

from datetime import datetime

from services.records.context import Context
from services.records.operations.entries import desk as desks
from services.records.rules.publication import PUBLISH, WITHDRAW
from shared import logs

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
    with (
        ctx.db.transaction() as session,
        desks.of_system(ctx, session, organisation_code=organisation_code, client_id=client_id) as desk,
    ):
        entry = desk.get(kind, source_id)
        entry.shown_from = desk.shown_from(entry, available_at)
        entry.decision = PUBLISH
        desk.settle(entry)
    log.info("entry_published", organisation_id=desk.organisation_id, kind=kind, state=entry.state)


def withdraw_entry(
    ctx: Context, *, organisation_code: str | None, client_id: str | None, kind: str, source_id: str
) -> None:
    """Withdraw an entry: parents see it no more, whatever its release, until it is published by itself.

    Raises:
        NotFound: the organisation has no such entry.
        OrganisationNotSubscribed: see the class.
    """
    with (
        ctx.db.transaction() as session,
        desks.of_system(ctx, session, organisation_code=organisation_code, client_id=client_id) as desk,
    ):
        entry = desk.get(kind, source_id)
        entry.decision = WITHDRAW
        desk.settle(entry)
    log.info("entry_withdrawn", organisation_id=desk.organisation_id, kind=kind)
