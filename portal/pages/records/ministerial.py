"""The results of the ministry's exams, in secondary 4 and 5, once their session is out (RE-04)."""

from datetime import date
from typing import Any

from portal import lists
from portal.family import show_of_child, signed_in
from portal.pages.records.results import TILE
from portal.showing import Address
from vitrail_client.api.tiles import get_child_ministerial_results
from vitrail_client.models.ministerial_result_list_out import MinisterialResultListOut


@signed_in
def ministerial_results(child_id: str) -> Any:
    """Show the results by session, the newest first."""
    listed: MinisterialResultListOut = lists.everything(
        lambda client, page: get_child_ministerial_results.sync_detailed(
            child_id, client=client, page=page, page_size=lists.LARGEST_PAGE
        )
    )
    sessions = sorted(lists.grouped(listed.items, by=lambda each: each.session), reverse=True, key=lambda each: each[0])
    return show_of_child(
        "records/ministerial_results.html",
        child_id,
        current=TILE,
        sessions=[(date.fromisoformat(f"{session}-01"), found) for session, found in sessions],
        reason=listed.empty_reason,
    )


ADDRESSES = (
    Address(
        "results.ministerial",
        "/enfants/<child_id>/resultats/ministeriels",
        "/en/children/<child_id>/results/ministerial",
        ministerial_results,
    ),
)
