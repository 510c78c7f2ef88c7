"""Pages of what a guardian may see of a child, with whether it may see the child at all: in one statement."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from services.records.queries.children import (
    Viewed,
    asks,
    entry_columns,
    get_viewed,
    held,
    require_id,
    school,
    student,
    viewed_columns,
    viewed_of,
)
from services.records.queries.tables import entries, readings
from services.records.queries.visibility import is_visible
from services.records.rules import audiences, kinds


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
_is_wanted: Final = and_(
    or_(_school_year.is_(None), entries.c.school_year == _school_year),
    or_(_first_on.is_(None), entries.c.sorts_on >= _first_on),
    or_(_last_on.is_(None), entries.c.sorts_on <= _last_on),
)
_is_read: Final = readings.c.entry_id.is_not(None).label("is_read")
# A list goes by the child's own row, found once: its entries then come out of their index in their order, without sorting rows
# with their contents, and nothing is counted beside them (a window would cost more than all the rest).
_child = (
    select(*viewed_columns, student.label("student"), school.label("school")).select_from(held).where(asks).cte("child")
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
    columns: tuple[ColumnElement[Any], ...] = entry_columns
    if audiences_of == kinds.MESSAGE:
        found = found.outerjoin(
            readings, and_(readings.c.entry_id == entries.c.id, readings.c.account_id == bindparam("account_id"))
        )
        columns = (*columns, _is_read)
    return (
        select(*columns, *(_of(column.name).label(column.name) for column in viewed_columns))
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
    require_id(child_id)
    asked: dict[str, Any] = {"account_id": account_id, "child_id": child_id, "kind": kind, "now": at}
    narrowed = {"school_year": wanted.school_year, "first_on": wanted.first_on, "last_on": wanted.last_on}
    is_narrowed = wanted != EVERYTHING
    # One more than is shown: whether there is another page is then seen, and there is mostly none.
    bounds = {"offset": offset, "limit": limit + 1, **(narrowed if is_narrowed else {})}
    rows = session.execute(_lists[_whose(kind), is_narrowed], asked | bounds).all()
    if rows:
        viewed = viewed_of(rows[0], child_id=child_id)
        is_last = len(rows) <= limit
        count = offset + len(rows) if is_last else session.execute(_count, asked | narrowed).scalar_one()
        return Page(viewed=viewed, rows=rows[:limit], item_count=count)
    viewed = get_viewed(session, account_id=account_id, child_id=child_id)
    count = session.execute(_count, asked | narrowed).scalar_one() if offset else 0
    return Page(viewed=viewed, rows=[], item_count=count)


def _whose(kind: str) -> str:
    if kind == kinds.MESSAGE:
        return kind
    return audiences.STUDENT if kinds.KINDS[kind].audiences == (audiences.STUDENT,) else audiences.ORGANISATION
