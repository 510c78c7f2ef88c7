"""A child's first page, and the way from one child's page to the same page of another (EN-20)."""

from collections.abc import Callable
from typing import Any, TypeVar

from portal.family import HOME, PAGES_OF_EVERY_CHILD, RE_REGISTER, REPORT_ABSENCES, frame_of, signed_in, tiles_of
from portal.gateway_calls import Refused, Unreachable
from portal.showing import Address, address, call, call_for_page, go_to, show, visit
from vitrail_client.api.absences import list_child_absences
from vitrail_client.api.children import get_child
from vitrail_client.api.re_registration import get_child_re_registration
from vitrail_client.api.tiles import get_child_messages
from vitrail_client.models.child_out import ChildOut
from vitrail_client.models.open_campaign_out import OpenCampaignOut
from vitrail_client.models.records_message_out import RecordsMessageOut
from vitrail_client.models.tile_out import TileOut

MOST_MESSAGES = 3
# The pages of the tabs that are no tile's first, by the API's name of the tab.
PAGES_OF_SECTIONS = {
    "ministerial_results": "results.ministerial",
    "assignments": "results.assignments",
    "report_cards": "report_cards",
    "tax_slips": "finances.tax_slips",
}
Found = TypeVar("Found")


@signed_in
def child(child_id: str) -> Any:
    """Show what there is of a child: what waits for the parent first, then a card a tile."""
    frame = frame_of(child_id, current="")
    chosen, tiles = frame["child"], frame["tiles"]
    codes = {each.code for each in tiles}
    may_report = "absences" in codes and REPORT_ABSENCES in chosen.rights
    return show(
        "child.html",
        **frame,
        tabs={each.code: _tabs(chosen, each) for each in tiles},
        to_motivate=_if_told(lambda: _absences_to_motivate(child_id)) if may_report else None,
        messages=[
            (each, address("message", child_id=child_id, message_id=each.id))
            for tile in tiles
            for each in _messages_on_entry(child_id, tile)
        ],
        campaign=unanswered_campaign(chosen),
        announce=address("absences.announce", child=child_id) if may_report else "",
    )


@signed_in
def beside(child_id: str, page: str) -> Any:
    """Lead to the same page of another child, or to the child's first page when it has no such tile."""
    chosen = call(lambda client: get_child.sync_detailed(child_id, client=client))
    if page in PAGES_OF_EVERY_CHILD or page in {each.code for each in tiles_of(chosen)}:
        return go_to(page, child_id=child_id)
    visit().told = "no_such_tile"
    return go_to(HOME, child_id=child_id)


def unanswered_campaign(chosen: ChildOut) -> OpenCampaignOut | None:
    """Return the re-registration that waits for this account's answer, if one does (RR-02)."""
    if RE_REGISTER not in chosen.rights:
        return None
    asked = _if_told(lambda: call(lambda client: get_child_re_registration.sync_detailed(chosen.id, client=client)))
    return asked.campaign if asked is not None and asked.may_answer and asked.answer is None else None


def _absences_to_motivate(child_id: str) -> int:
    _, page = call_for_page(
        lambda client: list_child_absences.sync_detailed(child_id, client=client, status="to_motivate", page_size=1)
    )
    return page.total


def _messages_on_entry(child_id: str, tile: TileOut) -> list[RecordsMessageOut]:
    """Return the newest unread messages of a tile that shows by itself when the portal is entered (RE-14)."""
    if not tile.opens_on_entry or not tile.unread_count:
        return []
    found = _if_told(lambda: call(lambda client: get_child_messages.sync_detailed(child_id, client=client)))
    return [each for each in found.items if not each.is_read][:MOST_MESSAGES] if found is not None else []


def _tabs(chosen: ChildOut, tile: TileOut) -> list[tuple[str, str]]:
    """Return the tabs of a tile that have a page beside the tile's own: what each is called, and where it is."""
    return [
        (each.label, address(PAGES_OF_SECTIONS[each.code], child_id=chosen.id))
        for each in tile.sections
        if each.code in PAGES_OF_SECTIONS
    ]


def _if_told(ask: Callable[[], Found]) -> Found | None:
    """Return what was asked; nothing when the part of the system that knows it is away, or will not say.

    A child's first page is of many parts: it is worth having without one of them.
    """
    try:
        return ask()
    except Unreachable:
        return None
    except Refused as refusal:
        if refusal.code == "not_signed_in":
            raise
        return None


ADDRESSES = (
    Address("child", "/enfants/<child_id>", "/en/children/<child_id>", child),
    Address("child.beside", "/enfants/<child_id>/aussi/<page>", "/en/children/<child_id>/also/<page>", beside),
)
