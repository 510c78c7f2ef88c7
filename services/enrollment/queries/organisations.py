"""Organisations: by name, and by code."""

from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.orm import Session

from services.enrollment.models import Organisation
from services.enrollment.queries.tables import Page, organisations
from services.enrollment.rules import organisation_names

# As many words as a search may have.
_MOST_WORDS: Final = 10
_ORGANISATION: Final = (
    organisations.c.id,
    organisations.c.code,
    organisations.c.name,
    organisations.c.former_name,
    organisations.c.kind,
    organisations.c.network,
    organisations.c.subscribed_at.is_not(None).label("is_subscribed"),
)
_ORGANISATION_NAMES: Final = tuple(column.key for column in _ORGANISATION)


def _is_found(word_count: int) -> Any:
    words = (organisations.c.search_key.like(bindparam(f"word_{number}")) for number in range(word_count))
    return and_(organisations.c.kind == bindparam("kind"), *words)


@cache
def _list_organisations(word_count: int) -> Any:
    return (
        select(*_ORGANISATION, func.count().over().label("item_count"))
        .where(_is_found(word_count))
        .order_by(organisations.c.sort_key, organisations.c.id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )


@cache
def _count_organisations(word_count: int) -> Any:
    return select(func.count()).select_from(organisations).where(_is_found(word_count))


def list_organisations(session: Connection | Session, *, search: str, kind: str, offset: int, limit: int) -> Page:
    """Return the organisations in whose names every word of `search` occurs, in the order of EN-06."""
    words = organisation_names.search_words(search)[:_MOST_WORDS]
    asked = {"kind": kind, **{f"word_{number}": f"%{word}%" for number, word in enumerate(words)}}
    rows = session.execute(_list_organisations(len(words)), asked | {"offset": offset, "limit": limit}).all()
    # Beyond the last page the window has no row to speak in.
    item_count = rows[0].item_count if rows else session.scalar(_count_organisations(len(words)), asked)
    # The last column is the count of them all.
    items = [dict(zip(_ORGANISATION_NAMES, row, strict=False)) for row in rows]
    return Page(items=items, item_count=item_count or 0)


_find_organisation_by_code = select(Organisation).where(Organisation.code == bindparam("code"))


def find_organisation_by_code(session: Session, code: str) -> Organisation | None:
    """Return the organisation with the ministry's six-digit code."""
    return session.scalar(_find_organisation_by_code, {"code": code})
