"""What a child's guardian may see: entries with who asks and what for, in one statement.

Whether the account may see the child is answered by the same rows as what it then sees: nothing can change in between, and the
database is asked once (performance.md).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    ScalarSelect,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from services.records.queries.tables import entries, guardianships, is_live, readings, tile_choices
from services.records.queries.visibility import is_visible
from services.records.rules import audiences, kinds, rights
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


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries of a kind to list; None: all of them."""

    school_year: str | None = None
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of what is there of a kind, and how much there is in all."""

    viewed: Viewed
    rows: list[Any]
    item_count: int


EVERYTHING: Final = Wanted()

_school_year: Final = bindparam("school_year", type_=String())
_first_on: Final = bindparam("first_on", type_=Date())
_last_on: Final = bindparam("last_on", type_=Date())
# Whatever audience the child belongs to; no school's is the empty one of a child whose school nobody has told.
_student: Final = literal(f"{audiences.STUDENT}:") + guardianships.c.student_source_id
_school: Final = literal(f"{audiences.SCHOOL}:") + func.coalesce(guardianships.c.school_source_id, "")
_is_for_the_child: Final = and_(
    entries.c.organisation_id == guardianships.c.organisation_id,
    entries.c.audience.in_([_student, _school, literal(audiences.ORGANISATION)]),
)
# Rights and tiles as text: parsed once an answer, and not once a row.
_viewed_columns: Final = (
    guardianships.c.organisation_id,
    guardianships.c.level,
    guardianships.c.grade,
    cast(guardianships.c.rights, Text).label("rights"),
    cast(tile_choices.c.tiles, Text).label("tiles"),
)
_asks: Final = and_(
    is_live, guardianships.c.account_id == bindparam("account_id"), guardianships.c.child_id == bindparam("child_id")
)
# In this order: whoever writes a list out takes a row apart by place.
_entry_columns: Final = (
    entries.c.id,
    entries.c.content,
    moment_text(entries.c.available_at).label("published_at"),
    moment_text(entries.c.corrected_at).label("corrected_at"),
    entries.c.signature,
    entries.c.document_digest,
)
_is_wanted: Final = and_(
    or_(_school_year.is_(None), entries.c.school_year == _school_year),
    or_(_first_on.is_(None), entries.c.sorts_on >= _first_on),
    or_(_last_on.is_(None), entries.c.sorts_on <= _last_on),
)
_is_read: Final = readings.c.entry_id.is_not(None).label("is_read")
_holds_daycare: Final = '%"uses_daycare":true%'


def _of_child(*columns: ColumnElement[Any], wanted: ColumnElement[bool], has_readings: bool = False) -> Select[Any]:
    """Return the statement of a child and, beside it, what is wanted of its entries: one row at least, if it is held."""
    found = (
        guardianships.outerjoin(tile_choices, tile_choices.c.organisation_id == guardianships.c.organisation_id)
    ).outerjoin(entries, and_(_is_for_the_child, wanted))
    if has_readings:
        found = found.outerjoin(
            readings, and_(readings.c.entry_id == entries.c.id, readings.c.account_id == guardianships.c.account_id)
        )
    return select(*columns, *_viewed_columns).select_from(found).where(_asks)


_get_child = (
    select(*_viewed_columns)
    .select_from(
        guardianships.outerjoin(tile_choices, tile_choices.c.organisation_id == guardianships.c.organisation_id)
    )
    .where(_asks)
)
# A list goes by the child's own row, found once: its entries then come out of their index in their order, without sorting rows
# with their contents, and nothing is counted beside them (a window would cost more than all the rest).
_child = (
    select(*_viewed_columns, _student.label("student"), _school.label("school"))
    .select_from(
        guardianships.outerjoin(tile_choices, tile_choices.c.organisation_id == guardianships.c.organisation_id)
    )
    .where(_asks)
    .cte("child")
)


def _of(name: str) -> ScalarSelect[Any]:
    return select(_child.c[name]).scalar_subquery()


def _of_kind(audiences_of: str) -> ColumnElement[bool]:
    own = entries.c.audience == _of("student")
    shared = entries.c.audience.in_([_of("student"), _of("school"), literal(audiences.ORGANISATION)])
    return and_(
        entries.c.organisation_id == _of("organisation_id"),
        entries.c.kind == bindparam("kind"),
        own if audiences_of == audiences.STUDENT else shared,
        is_visible,
    )


def _list(audiences_of: str, *wanted: ColumnElement[bool]) -> Select[Any]:
    found = entries
    columns: tuple[ColumnElement[Any], ...] = _entry_columns
    if audiences_of == kinds.MESSAGE:
        found = found.outerjoin(
            readings, and_(readings.c.entry_id == entries.c.id, readings.c.account_id == bindparam("account_id"))
        )
        columns = (*columns, _is_read)
    return (
        select(*columns, *(_of(column.name).label(column.name) for column in _viewed_columns))
        .select_from(found)
        .where(_of_kind(audiences_of), *wanted)
        .order_by(entries.c.sorts_on.desc(), entries.c.id.desc())
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )


# Of one student alone, of everybody, and messages, which tell what is read; and whether all of them are wanted.
_lists: Final = {
    (whose, is_narrowed): _list(whose, *([_is_wanted] if is_narrowed else []))
    for whose in (audiences.STUDENT, audiences.ORGANISATION, kinds.MESSAGE)
    for is_narrowed in (False, True)
}
_count = select(func.count()).select_from(entries).where(_of_kind(audiences.ORGANISATION), _is_wanted)
_find_message = _of_child(
    *_entry_columns,
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
    _of_child(*_entry_columns, wanted=and_(entries.c.kind == bindparam("kind"), is_visible))
    .order_by(
        case((entries.c.audience == audiences.ORGANISATION, 1), else_=0),
        entries.c.available_at.desc(),
        entries.c.id.desc(),
    )
    .limit(1)
)


def _of_the_child(what: ColumnElement[Any], *, kind: str, more: ColumnElement[bool] | None = None) -> Select[Any]:
    wanted = [_is_for_the_child, entries.c.kind == kind, is_visible, *([] if more is None else [more])]
    return select(what).where(*wanted).correlate(guardianships)


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
_get_tiles = (
    select(*_viewed_columns, _unread.label("unread"), _has_daycare)
    .select_from(
        guardianships.outerjoin(tile_choices, tile_choices.c.organisation_id == guardianships.c.organisation_id)
    )
    .where(_asks)
)


def list_items(
    session: Session | Connection,
    *,
    account_id: str,
    child_id: str,
    kind: str,
    wanted: Wanted,
    at: datetime,
    offset: int,
    limit: int,
) -> Page:
    """Return one page of what a guardian may see of a kind, newest day first.

    Raises:
        NotFound: the account may not see the child, or there is none: the two answer alike (CHD-13).
    """
    _require_id(child_id)
    asked: dict[str, Any] = {"account_id": account_id, "child_id": child_id, "kind": kind, "now": at}
    narrowed = {"school_year": wanted.school_year, "first_on": wanted.first_on, "last_on": wanted.last_on}
    is_narrowed = wanted != EVERYTHING
    # One more than is shown: whether there is another page is then seen, and there is mostly none.
    bounds = {"offset": offset, "limit": limit + 1, **(narrowed if is_narrowed else {})}
    rows = session.execute(_lists[_whose(kind), is_narrowed], asked | bounds).all()
    if rows:
        viewed = _viewed(rows[0], child_id=child_id)
        is_last = len(rows) <= limit
        count = offset + len(rows) if is_last else session.execute(_count, asked | narrowed).scalar_one()
        return Page(viewed=viewed, rows=rows[:limit], item_count=count)
    viewed = get_viewed(session, account_id=account_id, child_id=child_id)
    count = session.execute(_count, asked | narrowed).scalar_one() if offset else 0
    return Page(viewed=viewed, rows=[], item_count=count)


def get_one(
    session: Session | Connection, *, account_id: str, child_id: str, kind: str, at: datetime
) -> tuple[Viewed, Row[Any] | None]:
    """Return what stands of a kind that is one a child, or None where nothing does.

    Raises:
        NotFound: as for `list_items`.
    """
    _require_id(child_id)
    row = session.execute(_find_one, {"account_id": account_id, "child_id": child_id, "kind": kind, "now": at}).first()
    viewed = _viewed(row, child_id=child_id)
    assert row is not None
    return viewed, row if row.id is not None else None


def get_message(
    session: Session | Connection, *, account_id: str, child_id: str, message_id: str, at: datetime
) -> tuple[Viewed, Row[Any]]:
    """Return a message that a guardian may see.

    Raises:
        NotFound: as for `list_items`, or there is no such message for that child.
    """
    _require_id(child_id)
    _require_id(message_id)
    asked = {"account_id": account_id, "child_id": child_id, "entry_id": message_id, "now": at}
    row = session.execute(_find_message, asked).first()
    viewed = _viewed(row, child_id=child_id)
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
    _require_id(child_id)
    _require_id(entry_id)
    asked = {"account_id": account_id, "child_id": child_id, "kind": kind, "entry_id": entry_id, "now": at}
    row = session.execute(_find_entry, asked).first()
    viewed = _viewed(row, child_id=child_id)
    if row is None or row.id is None:
        raise NotFound
    return viewed, row


def get_viewed(session: Session | Connection, *, account_id: str, child_id: str) -> Viewed:
    """Return a child that a guardian may see.

    Raises:
        NotFound: as for `list_items`.
    """
    _require_id(child_id)
    return _viewed(
        session.execute(_get_child, {"account_id": account_id, "child_id": child_id}).first(), child_id=child_id
    )


def get_tiles(
    session: Session | Connection, *, account_id: str, child_id: str, at: datetime
) -> tuple[Viewed, int, bool]:
    """Return a child, how many messages the account has not read, and whether the child is in the school daycare.

    Raises:
        NotFound: as for `list_items`.
    """
    _require_id(child_id)
    row = session.execute(_get_tiles, {"account_id": account_id, "child_id": child_id, "now": at}).first()
    viewed = _viewed(row, child_id=child_id)
    assert row is not None
    return viewed, row.unread, bool(row.has_daycare)


def _whose(kind: str) -> str:
    if kind == kinds.MESSAGE:
        return kind
    return audiences.STUDENT if kinds.KINDS[kind].audiences == (audiences.STUDENT,) else audiences.ORGANISATION


def _viewed(row: Any, *, child_id: str) -> Viewed:
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


def _require_id(text: str) -> None:
    if not ids.is_id(text):
        raise NotFound
