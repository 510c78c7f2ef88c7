"""A child as whoever may see it is shown it: who asks, where the child is at school, and what is meant for it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Text, and_, bindparam, cast, func, literal, select
from sqlalchemy.orm import Session

from services.records.queries.tables import entries, guardianships, is_live, tile_choices
from services.records.rules import audiences, rights
from services.records.rules.tiles import Place
from shared import ids
from shared.database import moment_text
from shared.problems import NotFound


@dataclass(frozen=True, kw_only=True)
class Viewed:
    """A child as whoever may see it is shown it."""

    child_id: str
    organisation_id: str
    place: Place


held: Final = guardianships.outerjoin(tile_choices, tile_choices.c.organisation_id == guardianships.c.organisation_id)
asks: Final = and_(
    is_live, guardianships.c.account_id == bindparam("account_id"), guardianships.c.child_id == bindparam("child_id")
)
# Rights and tiles as text: parsed once an answer, and not once a row.
viewed_columns: Final = (
    guardianships.c.organisation_id,
    guardianships.c.level,
    guardianships.c.grade,
    cast(guardianships.c.rights, Text).label("rights"),
    cast(tile_choices.c.tiles, Text).label("tiles"),
)
# The audiences that the child belongs to; no school's is the empty one of a child whose school nobody has told.
student: Final = literal(f"{audiences.STUDENT}:") + guardianships.c.student_source_id
school: Final = literal(f"{audiences.SCHOOL}:") + func.coalesce(guardianships.c.school_source_id, "")
# What goes out of an entry, in this order: whoever writes it takes a row apart by place.
entry_columns: Final = (
    entries.c.id,
    entries.c.content,
    moment_text(entries.c.available_at).label("published_at"),
    moment_text(entries.c.corrected_at).label("corrected_at"),
    entries.c.signature,
    entries.c.document_digest,
)
_get_child = select(*viewed_columns).select_from(held).where(asks)


def get_viewed(session: Session | Connection, *, account_id: str, child_id: str) -> Viewed:
    """Return a child that a guardian may see.

    Raises:
        NotFound: as for `list_items`.
    """
    require_id(child_id)
    return viewed_of(
        session.execute(_get_child, {"account_id": account_id, "child_id": child_id}).first(), child_id=child_id
    )


def viewed_of(row: Any, *, child_id: str) -> Viewed:
    """Return the child of a row.

    Raises:
        NotFound: there is no row, or the account has no right to see.
    """
    if row is None or not rights.may_see(_words(row.rights)):
        raise NotFound
    offered = None if row.tiles is None else _words(row.tiles)
    return Viewed(
        child_id=child_id,
        organisation_id=row.organisation_id,
        place=Place(level=row.level, grade=row.grade, offered=offered),
    )


@lru_cache(maxsize=256)
def _words(document: str) -> tuple[str, ...]:
    found: Collection[str] = orjson.loads(document)
    return tuple(found)


def require_id(text: str) -> None:
    """Refuse what is no id, so that nonsense never reaches a query.

    Raises:
        NotFound: it is none.
    """
    if not ids.is_id(text):
        raise NotFound
