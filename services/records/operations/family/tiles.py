"""The tiles of a child: which it has, what each has in it, and how many messages wait to be read (RE-01)."""

from typing import Any

from services.records import queries
from services.records.context import Context
from services.records.rules import tiles


def list_tiles(ctx: Context, *, account_id: str, child_id: str, language: str) -> dict[str, Any]:
    """Return the tiles that the child has, by its level and by what its organisation offers (RE-17).

    Raises:
        NotFound: the account may not see the child (CHD-13).
    """
    with ctx.db.look() as connection:
        viewed, unread_count, has_daycare = queries.get_tiles(
            connection, account_id=account_id, child_id=child_id, at=ctx.clock.now()
        )
    root = f"/api/v1/children/{child_id}"
    return {
        "tiles": [
            {
                "code": tile.code,
                "label": tile.label(language),
                "opens_on_entry": tile.opens_on_entry,
                "unread_count": unread_count if tile.code == tiles.MESSAGES else None,
                "sections": [
                    {"code": each.code, "label": each.label(language), "href": f"{root}/{each.path}"}
                    for each in sections
                ],
            }
            for tile, sections in tiles.of_child(viewed.place, has_daycare=has_daycare)
        ]
    }
