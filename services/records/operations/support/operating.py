"""What the operator does with the requests that are no school's: looking, sending them to one, and dealing with them."""

from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.records import queries
from services.records.context import Context
from services.records.models import SupportRequest
from services.records.operations.support import documents, pictures, routing
from services.records.operations.support.pictures import Picture
from services.records.rules.destinations import Destination
from shared import logs, spoken_references
from shared.database import rows_changed
from shared.problems import NotFound

log = logs.get(__name__)

# Of one listing; whoever has more of them open does not read them one by one.
MOST_LISTED: Final = 1000


def list_for_operator(ctx: Context, *, with_handled: bool = False) -> list[dict[str, Any]]:
    """Return the requests that are no school's, oldest first; what was written in them is not shown."""
    with ctx.db.read() as session:
        rows = queries.list_support_requests_of_operator(session, with_handled=with_handled, limit=MOST_LISTED)
    return [
        {
            "reference": row.reference,
            "submitted_at": row.submitted_at,
            "handled_at": row.handled_at,
            "section": row.section,
            "language": row.language,
            "has_screenshot": row.screenshot_digest is not None,
        }
        for row in rows
    ]


def show_to_operator(ctx: Context, *, reference: str) -> dict[str, Any]:
    """Return what a request that is no school's says. That somebody looked is logged.

    Raises:
        NotFound: there is none of this reference, or a school answers it.
    """
    with ctx.db.read() as session:
        row = _find(session, reference)
    log.info("support_request_shown", support_request_id=row.id)
    return {"reference": row.reference, **documents.words(ctx, row), "submitted_at": row.submitted_at}


def read_screenshot_for_operator(ctx: Context, *, reference: str) -> Picture:
    """Return the picture of the screen that came with a request that is no school's.

    Raises:
        NotFound: there is none of this reference, a school answers it, or none came with it.
        Unavailable: the store does not give it now.
    """
    with ctx.db.read() as session:
        row = _find(session, reference)
    log.info("support_screenshot_read", support_request_id=row.id)
    return pictures.read(ctx, row)


def send_to_school(ctx: Context, *, reference: str, organisation_code: str, school_source_id: str | None) -> None:
    """Let a school answer a request that was nobody's, and tell it as if the request had just come.

    Raises:
        OrganisationNotSubscribed: see the class.
        NotFound: there is no such request, or a school answers it already.
    """
    with ctx.db.transaction() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        row = _find(session, reference)
        destination = Destination(organisation_id=organisation_id, school_source_id=school_source_id)
        sent = (
            update(SupportRequest)
            .where(SupportRequest.id == row.id, SupportRequest.organisation_id.is_(None))
            .values(
                organisation_id=organisation_id,
                school_source_id=school_source_id,
                position=routing.position(session, destination),
            )
        )
        if not rows_changed(session.execute(sent)):
            raise NotFound
        routing.tell(ctx, session, destination, request_id=row.id, reference=row.reference, at=ctx.clock.now())
    log.info("support_request_sent_to_school", organisation_id=organisation_id)


def handle_for_operator(ctx: Context, *, reference: str) -> None:
    """Note that a request that is no school's has been dealt with; a second time changes nothing.

    Raises:
        NotFound: there is none of this reference, or a school answers it.
    """
    with ctx.db.transaction() as session:
        row = _find(session, reference)
        session.execute(
            update(SupportRequest)
            .where(
                SupportRequest.id == row.id,
                SupportRequest.organisation_id.is_(None),
                SupportRequest.handled_at.is_(None),
            )
            .values(handled_at=ctx.clock.now())
        )
    log.info("support_request_handled", support_request_id=row.id)


def _find(session: Session, reference: str) -> queries.SupportRow:
    found = queries.find_support_request_by_reference(session, spoken_references.typed(reference))
    if found is None or found.organisation_id is not None:
        raise NotFound
    return found
