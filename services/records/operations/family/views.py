"""Telling that somebody has looked at a tile of a child, for its access journal: once a day and account."""

from datetime import datetime
from typing import Any

from sqlalchemy import Executable

from services.records import events
from services.records.context import Context
from services.records.models import View
from services.records.queries import Viewed
from services.records.rules import local_time
from shared import outbox
from shared.database import once_a_dialect


def note(ctx: Context, viewed: Viewed, *, account_id: str, tile: str, at: datetime) -> None:
    """Tell of the first look of the day; later ones, which this process remembers, cost nothing.

    Written before the answer goes out: what is not in the journal was not seen.
    """
    day = local_time.day_of(at)
    look = (account_id, viewed.child_id, tile, day)
    if ctx.looks.are_known(*look):
        return
    row = dict(zip(("account_id", "child_id", "tile", "on"), look, strict=True))
    with ctx.db.transaction() as session:
        if session.execute(_insert(session), row).first() is not None:
            told = events.tile_viewed(
                child_id=viewed.child_id,
                organisation_id=viewed.organisation_id,
                account_id=account_id,
                tile=tile,
                at=at,
            )
            outbox.add(session, told, at=at)
    ctx.looks.remember(*look)


@once_a_dialect
def _insert(insert: Any) -> Executable:
    claim: Executable = insert(View).on_conflict_do_nothing().returning(View.tile)
    return claim
