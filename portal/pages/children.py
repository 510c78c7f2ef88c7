"""The children that the account holds: the family at a glance, a child that has just come to it, and one that leaves it."""

from typing import Any

import flask

from portal import family, showing
from portal.family import signed_in
from portal.gateway_calls import Refused
from portal.pages.family import unanswered_campaign
from portal.showing import Address, call, go_to, show, visit
from vitrail_client.api.children import delete_child, get_child, get_claim_form


@signed_in
def children() -> Any:
    """List the children; a new account is led to its first one (ID-21)."""
    held = family.children()
    form = call(lambda client: get_claim_form.sync_detailed(client=client))
    return show(
        "children.html",
        children=held,
        campaigns={each.id: unanswered_campaign(each) for each in held},
        invitation=form.invitation,
        occasion=form.occasion,
    )


@signed_in
def linked(child_id: str) -> Any:
    """Tell that a child is linked, and what one may do next (EN-18)."""
    child = call(lambda client: get_child.sync_detailed(child_id, client=client))
    form = call(lambda client: get_claim_form.sync_detailed(client=client))
    afterwards = {each.code: each.text for each in form.afterwards}
    return show("child_linked.html", child=child, afterwards=afterwards)


@signed_in
def removal(child_id: str) -> Any:
    """Let go of a child, once what it means has been read."""
    if flask.request.method == "GET":
        return family.show_of_child("child_removal.html", child_id, current="")
    try:
        call(lambda client: delete_child.sync_detailed(child_id, client=client), key=showing.key())
    except Refused as refusal:
        # Whoever presses twice has let go of it by then.
        if refusal.status != 404:
            raise
    visit().told = "child_removed"
    return go_to("children")


ADDRESSES = (
    Address("children", "/enfants", "/en/children", children),
    Address("child_linked", "/enfants/<child_id>/associe", "/en/children/<child_id>/linked", linked),
    Address("child.removal", "/enfants/<child_id>/retirer", "/en/children/<child_id>/remove", removal, ("GET", "POST")),
)
