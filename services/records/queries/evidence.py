"""What tells whether a signature or a document is genuine: the keys that have signed, and the entries as they stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Select, String, and_, bindparam, select, union_all
from sqlalchemy.orm import Session

from services.records.models import MadeDocument, SigningKey
from services.records.queries.tables import entries, organisations, revisions
from shared import signing

_keys: Final = SigningKey.__table__
_made: Final = MadeDocument.__table__

_list_keys = select(_keys.c.kid, _keys.c.public_key).where(_keys.c.revoked_at.is_(None)).order_by(_keys.c.first_used_at)
_list_revoked = select(_keys.c.kid).where(_keys.c.revoked_at.is_not(None))
_standing: Final = (
    entries.c.id,
    entries.c.kind,
    entries.c.organisation_id,
    organisations.c.code.label("organisation_code"),
    entries.c.revision,
    entries.c.state,
    entries.c.available_at,
    entries.c.first_told_at,
    entries.c.changed_at,
    entries.c.salt,
    entries.c.content,
    entries.c.document_digest,
    entries.c.signature,
)
_with_organisation: Final = entries.join(organisations, organisations.c.id == entries.c.organisation_id)
_find_entry = select(*_standing).select_from(_with_organisation).where(entries.c.id == bindparam("entry_id"))

_asked: Final = bindparam("digest", type_=String())
_named: Final = union_all(
    select(entries.c.id.label("entry_id"), entries.c.revision.label("of_revision")).where(
        entries.c.document_digest == _asked
    ),
    select(revisions.c.entry_id, revisions.c.revision).where(revisions.c.document_digest == _asked),
    select(_made.c.entry_id, _made.c.revision).where(_made.c.digest == _asked),
).subquery()
# The same form for a whole class may be in thousands of entries: some of them tell as much as all.
_MOST_ENTRIES: Final = 200
_list_named: Select[Any] = (
    select(*_standing, _named.c.of_revision, revisions.c.replaced_at)
    .select_from(
        _with_organisation.join(_named, _named.c.entry_id == entries.c.id).outerjoin(
            revisions, and_(revisions.c.entry_id == _named.c.entry_id, revisions.c.revision == _named.c.of_revision)
        )
    )
    .order_by(_named.c.of_revision.desc(), entries.c.id.desc())
    .limit(_MOST_ENTRIES)
)
_find_replaced_at = select(revisions.c.replaced_at).where(
    revisions.c.entry_id == bindparam("entry_id"), revisions.c.revision == bindparam("of_revision", type_=Integer())
)
_find_made = select(_made.c.digest, _made.c.size, _made.c.template).where(
    _made.c.entry_id == bindparam("entry_id"),
    _made.c.revision == bindparam("of_revision", type_=Integer()),
    _made.c.language == bindparam("language"),
)


def list_keys(session: Session) -> Sequence[Any]:
    """Return every key that has signed, oldest first, the revoked ones too."""
    return session.execute(select(_keys).order_by(_keys.c.first_used_at, _keys.c.kid)).all()


def list_entries_signed_by(session: Session, *, kid: str, after: str, limit: int) -> Sequence[Any]:
    """Return the entries that bear a signature of a key, in the order of their ids, after one."""
    begins = entries.c.signature.startswith(signing.opening(kid), autoescape=True)
    wanted = select(*_standing).select_from(_with_organisation).where(begins, entries.c.id > after)
    return session.execute(wanted.order_by(entries.c.id).limit(limit)).all()


def list_made_of(session: Session, *, entry_ids: Sequence[str]) -> Sequence[Any]:
    """Return the documents that were made of entries, of whichever revision."""
    return session.execute(select(_made).where(_made.c.entry_id.in_(entry_ids))).all()


def find_public_keys(session: Session) -> dict[str, str]:
    """Return the public halves of the keys that have signed and were not revoked, by their ids, oldest first."""
    return {row.kid: row.public_key for row in session.execute(_list_keys)}


def list_revoked_keys(session: Session) -> list[str]:
    """Return the ids of the keys whose signatures are worth nothing any more."""
    return list(session.execute(_list_revoked).scalars())


def find_signed_entry(session: Session, *, entry_id: str) -> Any | None:
    """Return an entry as it stands, whether or not parents see it."""
    return session.execute(_find_entry, {"entry_id": entry_id}).first()


def find_replaced_at(session: Session, *, entry_id: str, revision: int) -> datetime | None:
    """Return when a revision of an entry was replaced by the next; None of the one that stands."""
    return session.execute(_find_replaced_at, {"entry_id": entry_id, "of_revision": revision}).scalar()


def list_entries_with_document(session: Session, *, digest: str) -> Sequence[Any]:
    """Return the entries that have, or had, a document of this content, as they stand.

    `of_revision` is the one that had it, `replaced_at` when the next took its place.
    """
    return session.execute(_list_named, {"digest": digest}).all()


def find_made_document(session: Session, *, entry_id: str, revision: int, language: str) -> Any | None:
    """Return the document that was made of a revision in a language."""
    asked = {"entry_id": entry_id, "of_revision": revision, "language": language}
    return session.execute(_find_made, asked).first()
