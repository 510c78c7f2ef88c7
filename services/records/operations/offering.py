"""Which tiles an organisation offers to its parents (RE-17)."""

from typing import Any

from sqlalchemy import Executable

from services.records import queries
from services.records.context import Context
from services.records.models import TileChoice
from services.records.rules import tiles
from shared import logs
from shared.database import once_a_dialect

log = logs.get(__name__)


def read_tiles(ctx: Context, *, organisation_code: str | None) -> dict[str, Any]:
    """Return the tiles that the organisation offers, in its own order; all of them until it has chosen.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.read() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        chosen = queries.find_tiles(session, organisation_id=organisation_id)
    return {"tiles": list(tiles.CODES) if chosen is None else chosen}


def replace_tiles(ctx: Context, *, organisation_code: str | None, tiles: list[str]) -> dict[str, Any]:
    """Offer these tiles and no others, in this order, from now on.

    Raises:
        OrganisationNotSubscribed: see the class.
    """
    with ctx.db.transaction() as session:
        organisation_id = queries.get_organisation_id(session, organisation_code)
        row = {"organisation_id": organisation_id, "tiles": tiles, "changed_at": ctx.clock.now()}
        session.execute(_upsert(session), row)
    log.info("tiles_chosen", organisation_id=organisation_id, count=len(tiles))
    return {"tiles": tiles}


@once_a_dialect
def _upsert(insert: Any) -> Executable:
    chosen = insert(TileChoice)
    replaced: Executable = chosen.on_conflict_do_update(
        index_elements=[TileChoice.organisation_id],
        set_={name: chosen.excluded[name] for name in ("tiles", "changed_at")},
    )
    return replaced
