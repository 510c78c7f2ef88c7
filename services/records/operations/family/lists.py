"""Lists of what a school has published of a child, each of which says why it is empty (RE-02 to RE-15)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from services.records import queries
from services.records.context import Context
from services.records.operations.family import documents, views
from services.records.queries import Viewed, Wanted
from services.records.rules import emptiness, kinds, local_time, school_years, tiles

_NOTHING = orjson.Fragment(b"[]")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One page as it is answered, and how much there is in all."""

    answer: dict[str, Any]
    item_count: int


def list_items(
    ctx: Context,
    *,
    kind: str,
    account_id: str,
    child_id: str,
    school_year: str | None,
    first_on: date | None,
    last_on: date | None,
    language: str,
    offset: int,
    limit: int,
) -> Listed:
    """Return what the school has published of a kind to a child's guardians, newest day first.

    Raises:
        NotFound: the account may not see the child (CHD-13).
    """
    now = ctx.clock.now()
    with ctx.db.look() as connection:
        page = queries.list_items(
            connection,
            account_id=account_id,
            child_id=child_id,
            kind=kind,
            wanted=Wanted(school_year=school_year, first_on=first_on, last_on=last_on),
            at=now,
            offset=offset,
            limit=limit,
        )
    views.note(ctx, page.viewed, account_id=account_id, tile=tiles.OF_KIND[kind], at=now)
    if page.item_count and tiles.may_have(kind, page.viewed.place):
        items = documents.listed(page.rows, kind=kind, child_id=child_id, language=language)
        answer = {"items": items, "empty_reason": None}
        if kind == kinds.REPORT_CARD:
            answer["contact"] = None
        return Listed(answer=answer, item_count=page.item_count)
    is_of_this_year = school_year in (None, school_years.name(local_time.day_of(now)))
    answer = _empty(ctx, page.viewed, kind=kind, account_id=account_id, is_of_this_year=is_of_this_year, at=now)
    if kind == kinds.REPORT_CARD:
        # « Si vous ne retrouvez pas le bulletin de votre jeune, contactez la secrétaire de l'école » (RE-07).
        answer["contact"] = _contact(ctx, account_id=account_id, child_id=child_id, language=language, at=now)
    return Listed(answer=answer, item_count=0)


def read_file(ctx: Context, *, account_id: str, child_id: str, language: str) -> dict[str, Any]:
    """Return the child's file, or why there is none (RE-12).

    Raises:
        NotFound: as for `list_items`.
    """
    now = ctx.clock.now()
    with ctx.db.look() as connection:
        viewed, row = queries.get_one(connection, account_id=account_id, child_id=child_id, kind=kinds.FILE, at=now)
    views.note(ctx, viewed, account_id=account_id, tile=tiles.FILE, at=now)
    if row is None or not tiles.may_have(kinds.FILE, viewed.place):
        reason = emptiness.reason(kinds.FILE, viewed.place, has_daycare=False, is_of_this_year=True)
        return {"file": None, "empty_reason": reason}
    shown = documents.item(row, kind=kinds.FILE, child_id=child_id, language=language)
    return {"file": shown, "empty_reason": None}


def read_contact(ctx: Context, *, account_id: str, child_id: str, language: str) -> dict[str, Any]:
    """Return how the child's school is reached, or why nobody has said it (RE-16).

    Raises:
        NotFound: as for `list_items`.
    """
    contact = _contact(ctx, account_id=account_id, child_id=child_id, language=language, at=ctx.clock.now())
    return {"contact": contact, "empty_reason": emptiness.NONE if contact is None else None}


def _empty(
    ctx: Context, viewed: Viewed, *, kind: str, account_id: str, is_of_this_year: bool, at: datetime
) -> dict[str, Any]:
    has_daycare = False
    if kind == kinds.TAX_SLIP:
        with ctx.db.look() as connection:
            _, _, has_daycare = queries.get_tiles(connection, account_id=account_id, child_id=viewed.child_id, at=at)
    reason = emptiness.reason(kind, viewed.place, has_daycare=has_daycare, is_of_this_year=is_of_this_year)
    return {"items": _NOTHING, "empty_reason": reason}


def _contact(ctx: Context, *, account_id: str, child_id: str, language: str, at: datetime) -> orjson.Fragment | None:
    with ctx.db.look() as connection:
        _, row = queries.get_one(connection, account_id=account_id, child_id=child_id, kind=kinds.CONTACT, at=at)
    if row is None:
        return None
    return documents.item(row, kind=kinds.CONTACT, child_id=child_id, language=language)
