"""The children that the account holds: the family at a glance, a child that has just come to it, and one that leaves it."""

import re
from typing import Any

import flask

from portal import family, showing
from portal.family import signed_in
from portal.gateway_calls import Refused
from portal.pages.family import unanswered_campaign
from portal.showing import Address, call, go_to, show, visit, words
from vitrail_client.api.children import delete_child, get_child, get_claim_form
from vitrail_client.models.child_out import ChildOut

YEARS_OF_PRIMARY = 6
_SCHOOL_YEAR = re.compile(r"([Ss]?)0?([1-9]|1[01])", re.ASCII)


@signed_in
def children() -> Any:
    """List the children; a new account is led to its first one (ID-21)."""
    held = family.children()
    form = call(lambda client: get_claim_form.sync_detailed(client=client))
    return show(
        "children.html",
        children=held,
        grades={each.id: spoken_grade(each) for each in held},
        campaigns={each.id: unanswered_campaign(each) for each in held},
        invitation=form.invitation,
        occasion=form.occasion,
    )


def spoken_grade(child: ChildOut) -> str:
    """Return the year that a child is in, as people here say it: « 5e année » of primary, « 5e secondaire »."""
    found = _SCHOOL_YEAR.fullmatch(child.grade or "")
    if found is None or child.level is None:
        return words(f"children.level_{child.level}") if child.level else ""
    year = int(found[2])
    is_of_secondary = child.level == "secondary"
    # Registries count the school's years through, 1 to 11, or write S1 to S5.
    number = year - YEARS_OF_PRIMARY if is_of_secondary and not found[1] else year
    return words(f"children.{child.level}_first" if number == 1 else f"children.{child.level}", year=number)


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
    if flask.request.method != "POST":
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
