"""A child's first page, and the way from one child's page to the same page of another (EN-20)."""

from typing import Any

from portal.family import HOME, PAGES_OF_EVERY_CHILD, show_of_child, signed_in, tiles_of
from portal.showing import Address, call, go_to, has_page, visit
from vitrail_client.api.children import get_child


@signed_in
def child(child_id: str) -> Any:
    """Show what there is of a child: a card a tile."""
    return show_of_child("child.html", child_id, current="")


@signed_in
def beside(child_id: str, page: str) -> Any:
    """Lead to the same page of another child, or to the child's first page when it has no such tile."""
    chosen = call(lambda client: get_child.sync_detailed(child_id, client=client))
    has_tile = page in {each.code for each in tiles_of(chosen)}
    if has_page(page) and (page in PAGES_OF_EVERY_CHILD or has_tile):
        return go_to(page, child_id=child_id)
    visit().told = "no_such_tile"
    return go_to(HOME, child_id=child_id)


ADDRESSES = (
    Address("child", "/enfants/<child_id>", "/en/children/<child_id>", child),
    Address("child.beside", "/enfants/<child_id>/aussi/<page>", "/en/children/<child_id>/also/<page>", beside),
)
