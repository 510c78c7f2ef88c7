"""Bringing a request to whoever answers it: a place in the organisation's feed, an event, and a letter that tells nothing."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Executable, bindparam
from sqlalchemy.orm import Session

from services.records import events, letters, queries
from services.records.context import Context
from services.records.models import Feed
from services.records.rules.destinations import Destination
from shared import letters as waiting_letters, logs, outbox
from shared.database import once_a_dialect
from shared.texts import DEFAULT_LANGUAGE

log = logs.get(__name__)

_feeds: Final = Feed.__table__


@once_a_dialect
def _take_position(insert: Any) -> Executable:
    first = insert(_feeds).values(organisation_id=bindparam("organisation_id"), position=1)
    counted = {"position": _feeds.c.position + 1}
    upsert = first.on_conflict_do_update(index_elements=[_feeds.c.organisation_id], set_=counted)
    return upsert.returning(_feeds.c.position)  # type: ignore[no-any-return]


def position(session: Session, destination: Destination) -> int | None:
    """Return the next place in the feed of the organisation that answers; the operator has no feed.

    Taken as late as may be and held until the commit, so that a cursor passes over nothing.
    """
    if destination.organisation_id is None:
        return None
    taken = session.execute(_take_position(session), {"organisation_id": destination.organisation_id})
    return int(taken.scalar_one())


def tell(
    ctx: Context, session: Session, destination: Destination, *, request_id: str, reference: str, at: datetime
) -> None:
    """Tell the organisation that answers: by event, and by a letter to the address that it wants such requests at."""
    if destination.organisation_id is None:
        return
    told = events.support_requested(support_request_id=request_id, organisation_id=destination.organisation_id, at=at)
    outbox.add(session, told, at=at)
    address = queries.find_support_email(
        session,
        organisation_id=destination.organisation_id,
        school_source_id=destination.school_source_id,
        at=at,
    )
    if address is None:
        log.info("support_address_missing", organisation_id=destination.organisation_id)
        return
    letter = letters.write(
        letters.SUPPORT_REQUESTED,
        to=address,
        language=DEFAULT_LANGUAGE,
        portal_name=ctx.settings.portal_name,
        public_url=ctx.settings.public_url,
        code=reference,
    )
    waiting_letters.post(
        session,
        letter,
        kind=letters.SUPPORT_REQUESTED,
        seal=ctx.seal,
        at=at,
        expires_at=at + waiting_letters.NEWS_LIFETIME,
    )
