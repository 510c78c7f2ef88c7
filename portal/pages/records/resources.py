"""Links that the school gives, by subject (RE-15)."""

from typing import Any

from portal import lists
from portal.family import show_of_child, signed_in
from portal.showing import Address
from vitrail_client.api.tiles import get_child_resources
from vitrail_client.models.resource_list_out import ResourceListOut

TILE = "resources"


@signed_in
def resources(child_id: str) -> Any:
    """Show the links by their titles."""
    listed: ResourceListOut = lists.everything(
        lambda client, page: get_child_resources.sync_detailed(
            child_id, client=client, page=page, page_size=lists.LARGEST_PAGE
        )
    )
    found = sorted(listed.items, key=lambda each: each.title.casefold())
    return show_of_child("records/resources.html", child_id, current=TILE, resources=found, reason=listed.empty_reason)


ADDRESSES = (Address("resources", "/enfants/<child_id>/ressources", "/en/children/<child_id>/resources", resources),)
