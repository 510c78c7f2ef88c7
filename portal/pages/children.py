"""The children that the account holds."""

from typing import Any

from portal.showing import Address, call, call_for_page, go_to, show, visit
from vitrail_client.api.children import get_child, get_claim_form, list_children

MOST_CHILDREN = 100


def children() -> Any:
    """List the children; a new account is led to its first one (ID-21)."""
    if not visit().is_signed_in:
        return go_to("sign_in")
    held, _ = call_for_page(lambda client: list_children.sync_detailed(client=client, page_size=MOST_CHILDREN))
    form = call(lambda client: get_claim_form.sync_detailed(client=client))
    return show("children.html", children=held, invitation=form.invitation, occasion=form.occasion)


def linked(child_id: str) -> Any:
    """Tell that a child is linked, and what one may do next (EN-18)."""
    if not visit().is_signed_in:
        return go_to("sign_in")
    child = call(lambda client: get_child.sync_detailed(child_id, client=client))
    form = call(lambda client: get_claim_form.sync_detailed(client=client))
    afterwards = {each.code: each.text for each in form.afterwards}
    return show("child_linked.html", child=child, afterwards=afterwards)


ADDRESSES = (
    Address("children", "/enfants", "/en/children", children),
    Address("child_linked", "/enfants/<child_id>/associe", "/en/children/<child_id>/linked", linked),
)
