"""What every page of a child stands in: « Famille », which leads from one child to another, and the menu of the child's tiles.

The page of a tile bears the name that the API gives the tile.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import flask

from portal.gateway_calls import Refused, Unreachable
from portal.showing import address, call, call_for_page, go_to, show, visit, words
from vitrail_client.api.children import get_child, list_children
from vitrail_client.api.tiles import get_child_tiles
from vitrail_client.models.child_out import ChildOut
from vitrail_client.models.tile_out import TileOut

MOST_CHILDREN = 100
HOME = "child"
# What the API calls the rights that lead somewhere here.
REPORT_ABSENCES, RE_REGISTER = "report_absences", "re_register"
# What a child has whatever its school offers: « Famille » leads from one child's to another's.
PAGES_OF_EVERY_CHILD = ("contact", "child.re_registration", "child.guardians", "child.journal")
Given = ParamSpec("Given")


def signed_in(view: Callable[Given, Any]) -> Callable[Given, Any]:
    """Return a view for those who are signed in: anybody else signs in first, and comes back to the page."""

    @wraps(view)
    def guarded(*given: Given.args, **named: Given.kwargs) -> Any:
        if visit().is_signed_in:
            return view(*given, **named)
        # What a form would have done is not done by coming back.
        back = flask.request.full_path.rstrip("?") if flask.request.method != "POST" else ""
        return go_to("sign_in", **({"back": back} if back else {}))

    return guarded


def children() -> Sequence[ChildOut]:
    """Return the children that the account holds; raises as `call`."""
    held, _ = call_for_page(lambda client: list_children.sync_detailed(client=client, page_size=MOST_CHILDREN))
    return held


def name_of(child: ChildOut) -> str:
    """Return how a family calls a child; one that is not confirmed yet has no name here."""
    return child.first_name or words("children.unnamed")


def full_name_of(child: ChildOut) -> str:
    """Return a child's first and last name."""
    return f"{child.first_name} {child.last_name}" if child.first_name else words("children.unnamed")


def place_of(child: ChildOut) -> str:
    """Return where a child goes to school, as precisely as it is known."""
    return child.school.name if child.school else child.organisation.name


def tiles_of(child: ChildOut) -> Sequence[TileOut]:
    """Return the tiles of a child; none while its access is closed, nor in the moment before its file has come."""
    if child.status != "active":
        return []
    try:
        return call(lambda client: get_child_tiles.sync_detailed(child.id, client=client)).tiles
    except Refused as refusal:
        if refusal.status != 404:
            raise
        return []


def show_of_child(template: str, child_id: str, *, current: str, status: int = 200, **facts: Any) -> flask.Response:
    """Return a page of a child, in its frame.

    The template extends `of_child.html`, and is given `facts` and what `frame_of` returns; raises as `frame_of`.
    """
    return show(template, status=status, **frame_of(child_id, current=current), **facts)


def frame_of(child_id: str, *, current: str) -> dict[str, Any]:
    """Return what `of_child.html` is filled with: `child`, `family` (every child), `tiles` (the child's), and the links.

    Where the part of the system that tells the tiles is away, there are none (`are_tiles_away`): what others know of the
    child is shown all the same.

    `current` is the tile that the page belongs to, by the API's code; another page of every child by its name; "" for the
    child's first page.

    Raises:
        Refused: the child is not one of the account's, or no session is open.
        Unreachable: the API does not answer.
    """
    family = children()
    child = next((each for each in family if each.id == child_id), None)
    if child is None:
        child = call(lambda client: get_child.sync_detailed(child_id, client=client))
    tiles: Sequence[TileOut] = ()
    are_tiles_away = False
    try:
        tiles = tiles_of(child)
    except Unreachable:
        are_tiles_away = True
    return {
        "child": child,
        "family": family,
        "beside": {each.id: _beside(each, current) for each in family},
        "tiles": tiles,
        "are_tiles_away": are_tiles_away,
        "ways": {each.code: address(each.code, child_id=child.id) for each in tiles},
        "others": [(page, address(page, child_id=child.id)) for page in _others(child)],
        "current": current,
    }


def _beside(child: ChildOut, current: str) -> str:
    """Return the address that leads to the same page of this child."""
    if not current or child.status != "active":
        return address(HOME, child_id=child.id)
    return address("child.beside", child_id=child.id, page=current)


def _others(child: ChildOut) -> Sequence[str]:
    """Return the pages that a child has beside its tiles: none while its access is closed."""
    return PAGES_OF_EVERY_CHILD if child.status == "active" else ()
