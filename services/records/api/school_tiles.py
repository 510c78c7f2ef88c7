"""What school systems decide of the tiles that parents have (RE-17)."""

from typing import Any

from flask.views import MethodView

from services.records.api import requests
from services.records.api.school import READ, WRITE, school_records
from services.records.operations import offering
from services.records.schemas.family import TileChoiceIn, TileChoiceOut
from shared import auth


@school_records.route("/tiles")
class OfferedTiles(MethodView):
    @auth.scope(READ)
    @school_records.response(200, TileChoiceOut)
    def get(self) -> dict[str, Any]:
        """Show which tiles the organisation offers to parents, in their order."""
        return offering.read_tiles(requests.context(), organisation_code=requests.organisation_code())

    @auth.scope(WRITE)
    @school_records.arguments(TileChoiceIn)
    @school_records.response(200, TileChoiceOut)
    def put(self, chosen: dict[str, list[str]]) -> dict[str, Any]:
        """Offer these tiles and no others, in this order: what the others show is seen by nobody."""
        return offering.replace_tiles(requests.context(), organisation_code=requests.organisation_code(), **chosen)
