"""One thing that a guardian may see of a child, with whether it may see the child at all: in one statement."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import Session

from services.records.queries.children import (
    Viewed,
    asks,
    entry_columns,
    held,
    require_id,
    school,
    student,
    viewed_columns,
    viewed_of,
)
from services.records.queries.tables import entries, guardianships, readings
from services.records.queries.visibility import is_visible
from services.records.rules import audiences, kinds
from shared.problems import NotFound

_is_for_the_child: Final = and_(
    entries.c.organisation_id == guardianships.c.organisation_id,
    entries.c.audience.in_([student, school, literal(audiences.ORGANISATION)]),
)
_is_read: Final = readings.c.entry_id.is_not(None).label("is_read")
_holds_daycare: Final = '%"uses_daycare":true%'


def _of_child(*columns: ColumnElement[Any], wanted: ColumnElement[bool], has_readings: bool = False) -> Select[Any]:
    """Return the statement of a child and, beside it, what is wanted of its entries: one row at least, if it is held."""
    found = held.outerjoin(entries, and_(_is_for_the_child, wanted))
    if has_readings:
        found = found.outerjoin(
            readings, and_(readings.c.entry_id == entries.c.id, readings.c.account_id == guardianships.c.account_id)
        )
    return select(*columns, *viewed_columns).select_from(found).where(asks)


_find_message = _of_child(
    *entry_columns,
    _is_read,
    wanted=and_(entries.c.kind == kinds.MESSAGE, is_visible, entries.c.id == bindparam("entry_id")),
    has_readings=True,
)
_find_entry = _of_child(
    entries.c.id,
    entries.c.kind,
    entries.c.revision,
    entries.c.content,
    entries.c.signature,
    entries.c.available_at,
    entries.c.school_year,
    entries.c.document_digest,
    entries.c.document_size,
    entries.c.document_name,
    wanted=and_(entries.c.kind == bindparam("kind"), is_visible, entries.c.id == bindparam("entry_id")),
)
# Of several files the newest; of several contacts the school's own before the organisation's.
_find_one = (
    _of_child(*entry_columns, wanted=and_(entries.c.kind == bindparam("kind"), is_visible))
    .order_by(
        case((entries.c.audience == audiences.ORGANISATION, 1), else_=0),
        entries.c.available_at.desc(),
        entries.c.id.desc(),
    )
    .limit(1)
)


def _of_the_child(what: ColumnElement[Any], *, kind: str) -> Select[Any]:
    return select(what).where(_is_for_the_child, entries.c.kind == kind, is_visible).correlate(guardianships)


_unread = (
    select(func.count(entries.c.id))
    .select_from(
        entries.outerjoin(
            readings, and_(readings.c.entry_id == entries.c.id, readings.c.account_id == bindparam("account_id"))
        )
    )
    .where(_is_for_the_child, entries.c.kind == kinds.MESSAGE, is_visible, readings.c.entry_id.is_(None))
    .correlate(guardianships)
    .scalar_subquery()
)
_newest_file_says_daycare = (
    _of_the_child(entries.c.content.like(_holds_daycare), kind=kinds.FILE)
    .order_by(entries.c.available_at.desc(), entries.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_has_slips = _of_the_child(entries.c.id, kind=kinds.TAX_SLIP).exists()
_has_daycare: Final = or_(func.coalesce(_newest_file_says_daycare, literal(False)), _has_slips).label("has_daycare")
_get_tiles = select(*viewed_columns, _unread.label("unread"), _has_daycare).select_from(held).where(asks)


def get_one(
    session: Session | Connection, *, account_id: str, child_id: str, kind: str, at: datetime
) -> tuple[Viewed, Row[Any] | None]:
    """Return what stands of a kind that is one a child, or None where nothing does.

    Raises:
        NotFound: as for `list_items`.
    """
    require_id(child_id)
    row = session.execute(_find_one, {"account_id": account_id, "child_id": child_id, "kind": kind, "now": at}).first()
    viewed = viewed_of(row, child_id=child_id)
    assert row is not None
    return viewed, row if row.id is not None else None


def get_message(
    session: Session | Connection, *, account_id: str, child_id: str, message_id: str, at: datetime
) -> tuple[Viewed, Row[Any]]:
    """Return a message that a guardian may see.

    Raises:
        NotFound: as for `list_items`, or there is no such message for that child.
    """
    require_id(child_id)
    require_id(message_id)
    asked = {"account_id": account_id, "child_id": child_id, "entry_id": message_id, "now": at}
    row = session.execute(_find_message, asked).first()
    viewed = viewed_of(row, child_id=child_id)
    if row is None or row.id is None:
        raise NotFound
    return viewed, row


def get_entry(
    session: Session | Connection, *, account_id: str, child_id: str, kind: str, entry_id: str, at: datetime
) -> tuple[Viewed, Row[Any]]:
    """Return an entry that a guardian may see, with what its document is made of.

    Raises:
        NotFound: as for `list_items`, or there is no such entry of that kind for that child.
    """
    require_id(child_id)
    require_id(entry_id)
    asked = {"account_id": account_id, "child_id": child_id, "kind": kind, "entry_id": entry_id, "now": at}
    row = session.execute(_find_entry, asked).first()
    viewed = viewed_of(row, child_id=child_id)
    if row is None or row.id is None:
        raise NotFound
    return viewed, row


def get_tiles(
    session: Session | Connection, *, account_id: str, child_id: str, at: datetime
) -> tuple[Viewed, int, bool]:
    """Return a child, how many messages the account has not read, and whether the child is in the school daycare.

    Raises:
        NotFound: as for `list_items`.
    """
    require_id(child_id)
    row = session.execute(_get_tiles, {"account_id": account_id, "child_id": child_id, "now": at}).first()
    viewed = viewed_of(row, child_id=child_id)
    assert row is not None
    return viewed, row.unread, bool(row.has_daycare)
