"""Which files of the store were claimed long ago, and whether anybody names them."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, false, or_, select
from sqlalchemy.orm import Session

from services.records.models import MadeDocument, StoredObject, SupportRequest
from services.records.queries.tables import entries, revisions
from shared.database import UtcDateTime

_objects: Final = StoredObject.__table__
_made: Final = MadeDocument.__table__
_requests: Final = SupportRequest.__table__

# Every column that names a file: one that is forgotten here loses its files a day after they came.
is_named: Final[ColumnElement[bool]] = or_(
    *(
        select(column)
        .where(column == _objects.c.digest, column.table.c.organisation_id == _objects.c.organisation_id)
        .correlate(_objects)
        .exists()
        for column in (entries.c.document_digest, revisions.c.document_digest, _made.c.digest)
    ),
    # Sealed, so no two are alike; and a request may have changed hands since its picture was kept.
    select(_requests.c.id).where(_requests.c.screenshot_digest == _objects.c.digest).correlate(_objects).exists(),
)
is_old: Final[ColumnElement[bool]] = and_(
    _objects.c.is_leaving == false(), _objects.c.claimed_at < bindparam("before", type_=UtcDateTime())
)
_list_old = (
    select(_objects.c.key).where(is_old).order_by(_objects.c.claimed_at, _objects.c.key).limit(bindparam("limit"))
)
_list_taken = (
    select(_objects.c.key)
    .where(_objects.c.is_leaving, _objects.c.claimed_at < bindparam("before", type_=UtcDateTime()))
    .order_by(_objects.c.claimed_at, _objects.c.key)
    .limit(bindparam("limit"))
)


def list_old_claims(session: Session, *, before: datetime, limit: int) -> list[str]:
    """Return the keys of files that were claimed before `before`, oldest first."""
    return list(session.execute(_list_old, {"before": before, "limit": limit}).scalars())


def list_taken_claims(session: Session, *, before: datetime, limit: int) -> list[str]:
    """Return the keys of files that a sweep has taken to delete before `before`, and has not."""
    return list(session.execute(_list_taken, {"before": before, "limit": limit}).scalars())
