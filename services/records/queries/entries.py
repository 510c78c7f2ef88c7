"""How entries are found by those who write them, and read by their school."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session, defer

from services.records.models import Entry
from services.records.queries.tables import entries, revisions
from shared.database import UtcDateTime

# Word for word the conditions of the indexes: neither database uses a partial index for a parameter.
_IS_UNTOLD: Final = text("entries.state = 'published' AND entries.told_at IS NULL")
_IS_TAKEN_BACK: Final = text(
    "entries.told_at IS NOT NULL AND (entries.state <> 'published' OR entries.available_at > entries.told_at)"
)
_has_come: Final = entries.c.available_at <= bindparam("now", type_=UtcDateTime())
_of_organisation: Final = entries.c.organisation_id == bindparam("organisation_id")
# The same, of no index: SQLite would go through all that an organisation has for the few that are owed.
_owed_by_organisation: Final = func.coalesce(entries.c.organisation_id, "") == bindparam("organisation_id")

_hold = (
    select(Entry)
    .where(
        _of_organisation,
        entries.c.kind == bindparam("kind"),
        entries.c.source_id.in_(bindparam("source_ids", expanding=True)),
    )
    # In one order for everybody; a parent may mark a message as read meanwhile.
    .order_by(entries.c.source_id)
    .with_for_update(key_share=True)
)
_find = select(entries).where(
    _of_organisation, entries.c.kind == bindparam("kind"), entries.c.source_id == bindparam("source_id")
)
_list_revisions = (
    select(
        revisions.c.revision,
        revisions.c.content,
        revisions.c.changed_at,
        revisions.c.client_id,
        revisions.c.replaced_at,
        revisions.c.document_digest,
    )
    .where(revisions.c.entry_id == bindparam("entry_id"))
    .order_by(revisions.c.revision)
)
_whose_is_untold = (
    select(entries.c.organisation_id).where(_IS_UNTOLD, _has_come).order_by(entries.c.available_at).limit(1)
)
_whose_is_taken_back = select(entries.c.organisation_id).where(_IS_TAKEN_BACK).order_by(entries.c.changed_at).limit(1)
_hold_untold = (
    select(Entry)
    .options(defer(Entry.content))
    .where(_owed_by_organisation, _IS_UNTOLD, _has_come)
    .order_by(entries.c.available_at)
    .limit(bindparam("limit"))
    .with_for_update(key_share=True)
)
_hold_taken_back = (
    select(Entry)
    .options(defer(Entry.content))
    .where(_owed_by_organisation, _IS_TAKEN_BACK)
    .order_by(entries.c.changed_at)
    .limit(bindparam("limit"))
    .with_for_update(key_share=True)
)


def hold_entries(session: Session, *, organisation_id: str, kind: str, source_ids: Collection[str]) -> list[Entry]:
    """Return those of these entries that there are, and hold them until the commit."""
    asked = {"organisation_id": organisation_id, "kind": kind, "source_ids": sorted(set(source_ids))}
    return list(session.scalars(_hold, asked))


def find_entry(session: Session, *, organisation_id: str, kind: str, source_id: str) -> Any | None:
    """Return an entry as its school reads it."""
    return session.execute(
        _find, {"organisation_id": organisation_id, "kind": kind, "source_id": source_id}
    ).one_or_none()


def list_revisions(session: Session, *, entry_id: str) -> list[Any]:
    """Return what an entry said before, the first first."""
    return list(session.execute(_list_revisions, {"entry_id": entry_id}))


def find_owing_organisation(session: Session, *, at: datetime) -> str | None:
    """Return an organisation of whose entries something is to be told."""
    found: str | None = session.scalar(_whose_is_untold, {"now": at}) or session.scalar(_whose_is_taken_back)
    return found


def hold_owing(session: Session, *, organisation_id: str, at: datetime, limit: int) -> list[Entry]:
    """Return some entries of which something is to be told, and hold them until the commit."""
    asked = {"organisation_id": organisation_id, "limit": limit}
    gone = list(session.scalars(_hold_taken_back, asked))
    come = session.scalars(_hold_untold, asked | {"limit": limit - len(gone), "now": at}) if len(gone) < limit else ()
    return [*gone, *come]
