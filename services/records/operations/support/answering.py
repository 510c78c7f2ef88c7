"""What a school's system does with requests for help: reading them, looking at their screenshots, and saying that they are dealt with."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.records import queries
from services.records.context import Context
from services.records.models import SupportRequest
from services.records.operations.support import documents, pictures, routing
from services.records.operations.support.pictures import Picture
from services.records.rules.destinations import Destination
from shared import ids, logs
from shared.database import rows_changed
from shared.problems import NotFound

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Fed:
    """A part of an organisation's feed, and the cursor to ask for the next with."""

    items: list[dict[str, Any]]
    next: int


def list_requests(ctx: Context, *, organisation_code: str | None, since: int, limit: int) -> Fed:
    """Return the requests that came or were dealt with after a cursor, in that order; nothing is passed over.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        rows = queries.list_support_requests_since(session, organisation_id=organisation_id, since=since, limit=limit)
    items = [documents.of_school(ctx, row) for row in rows]
    return Fed(items=items, next=documents.place(rows[-1]) if rows else since)


def read_screenshot(ctx: Context, *, organisation_code: str | None, request_id: str) -> Picture:
    """Return the picture of the screen that came with a request.

    Raises:
        OrganisationNotSubscribed: see the class.
        NotFound: the organisation has no such request, or none came with it.
        Unavailable: the store does not give it now.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        found = _find(session, organisation_id, request_id)
    picture = pictures.read(ctx, found)
    log.info("support_screenshot_read", organisation_id=organisation_id)
    return picture


def handle_request(ctx: Context, *, organisation_code: str | None, request_id: str, client_id: str | None) -> None:
    """Note that the school has dealt with a request; a second time changes nothing.

    Raises:
        OrganisationNotSubscribed: see the class.
        NotFound: the organisation has no such request.
    """
    with ctx.db.transaction() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        found = _find(session, organisation_id, request_id)
        now = ctx.clock.now()
        handled = (
            update(SupportRequest)
            .where(SupportRequest.id == found.id, SupportRequest.handled_at.is_(None))
            .values(handled_at=now, handled_by=client_id)
        )
        if not rows_changed(session.execute(handled)):
            return
        position = routing.position(session, Destination(organisation_id=organisation_id))
        session.execute(update(SupportRequest).where(SupportRequest.id == found.id).values(position=position))
    log.info("support_request_handled", organisation_id=organisation_id)


def _find(session: Session, organisation_id: str, request_id: str) -> queries.SupportRow:
    found = None
    if ids.is_id(request_id):
        found = queries.find_support_request(session, organisation_id=organisation_id, request_id=request_id)
    if found is None:
        raise NotFound
    return found
