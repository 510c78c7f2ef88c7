"""Which files of the store were claimed long ago, and whether anybody names them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, String, and_, bindparam, false, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from services.records.models import MadeDocument, StoredObject, SupportRequest
from services.records.queries.tables import entries, revisions
from shared.database import UtcDateTime

_objects: Final = StoredObject.__table__
_made: Final = MadeDocument.__table__
_requests: Final = SupportRequest.__table__

# Whose files no organisation's are: the pictures that come with requests for help.
SUPPORT: Final = "support"


@dataclass(frozen=True, kw_only=True)
class Named:
    """A file that a row names."""

    organisation_id: str
    digest: str


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
_NAMING: Final[dict[str, tuple[Column[str | None], ColumnElement[Any]]]] = {
    "entries": (entries.c.document_digest, entries.c.organisation_id),
    "revisions": (revisions.c.document_digest, revisions.c.organisation_id),
    "made_documents": (_made.c.digest, _made.c.organisation_id),
    "support_requests": (_requests.c.screenshot_digest, literal(SUPPORT)),
}
SOURCES: Final = tuple(_NAMING)
_list_named = {
    source: select(whose.label("organisation_id"), digest.label("digest"))
    .where(
        digest.is_not(None),
        tuple_(digest, whose) > tuple_(bindparam("digest", type_=String()), bindparam("whose", type_=String())),
    )
    .distinct()
    .order_by(digest, whose)
    .limit(bindparam("limit"))
    for source, (digest, whose) in _NAMING.items()
}
_find_named = [
    select(whose.label("organisation_id"), digest.label("digest")).where(
        digest.in_(bindparam("digests", expanding=True))
    )
    for digest, whose in _NAMING.values()
]
_find_claims = select(_objects.c.organisation_id, _objects.c.digest).where(
    _objects.c.digest.in_(bindparam("digests", expanding=True))
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


def list_named(session: Session, *, source: str, after: Named, limit: int) -> list[Named]:
    """Return files that the rows of one of `SOURCES` name, each once, in the order of their digests."""
    asked = {"digest": after.digest, "whose": after.organisation_id, "limit": limit}
    return [_named(row) for row in session.execute(_list_named[source], asked)]


def list_unnamed(session: Session, *, files: Collection[Named]) -> list[Named]:
    """Return those of these files that no row names, and that nobody has claimed either."""
    asked = {"digests": sorted({each.digest for each in files})}
    known = {_named(row) for statement in (*_find_named, _find_claims) for row in session.execute(statement, asked)}
    return [each for each in files if each not in known]


def _named(row: Any) -> Named:
    return Named(organisation_id=row.organisation_id, digest=row.digest)
