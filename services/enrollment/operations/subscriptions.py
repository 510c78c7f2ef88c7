"""Who takes part: an organisation subscribes with its first accepted import, or by command (EN-24, ID-33)."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.errors import OrganisationUnknown
from services.enrollment.models import Organisation
from shared import outbox
from shared.database import UtcDateTime, rows_changed

_SUBSCRIBE: Final = (
    update(Organisation)
    .where(Organisation.id == bindparam("organisation"), Organisation.subscribed_at.is_(None))
    .values(subscribed_at=bindparam("at", type_=UtcDateTime))
)
_UNSUBSCRIBE: Final = (
    update(Organisation)
    .where(Organisation.id == bindparam("organisation"), Organisation.subscribed_at.is_not(None))
    .values(subscribed_at=None)
)


def subscribe(ctx: Context, *, organisation_code: str) -> bool:
    """Let an organisation take part; return False when it did already.

    Raises:
        OrganisationUnknown: no organisation has this code.
    """
    at = ctx.clock.now()
    with ctx.db.transaction() as session:
        organisation = _get(session, organisation_code)
        return begin(session, organisation_id=organisation.id, code=organisation.code, at=at)


def unsubscribe(ctx: Context, *, organisation_code: str) -> bool:
    """Let an organisation take part no more; return False when it did not. Its registry and links stay.

    Raises:
        OrganisationUnknown: no organisation has this code.
    """
    at = ctx.clock.now()
    with ctx.db.transaction() as session:
        organisation = _get(session, organisation_code)
        if not rows_changed(session.execute(_UNSUBSCRIBE, {"organisation": organisation.id})):
            return False
        told = events.organisation_unsubscribed(organisation_id=organisation.id, code=organisation.code, at=at)
        outbox.add(session, told, at=at)
        return True


def begin(session: Session, *, organisation_id: str, code: str, at: datetime) -> bool:
    """Subscribe within a transaction, and tell it; return False when it was subscribed already."""
    if not rows_changed(session.execute(_SUBSCRIBE, {"organisation": organisation_id, "at": at})):
        return False
    outbox.add(session, events.organisation_subscribed(organisation_id=organisation_id, code=code, at=at), at=at)
    return True


def _get(session: Session, code: str) -> Organisation:
    organisation = queries.find_organisation_by_code(session, code)
    if organisation is None:
        raise OrganisationUnknown(code=code)
    return organisation
