"""Assignments by subject, once their teacher has made them available (RE-05)."""

from typing import Any

from portal import lists, school_years
from portal.family import show_of_child, signed_in
from portal.pages.records.results import TILE
from portal.showing import Address
from vitrail_client.api.tiles import get_child_assignments
from vitrail_client.models.assignment_list_out import AssignmentListOut


@signed_in
def assignments(child_id: str) -> Any:
    """Show the assignments of a school year, the latest first in each subject."""
    year = school_years.asked()
    listed: AssignmentListOut = lists.everything(
        lambda client, page: get_child_assignments.sync_detailed(
            child_id, client=client, school_year=year, page=page, page_size=lists.LARGEST_PAGE
        )
    )
    subjects = lists.grouped(listed.items, by=lambda each: each.subject)
    return show_of_child(
        "records/assignments.html",
        child_id,
        current=TILE,
        years=lists.years_around(year, get_child_assignments.sync_detailed, child_id),
        subjects=sorted(subjects, key=lambda group: str(group[0]).casefold()),
        reason=listed.empty_reason,
    )


ADDRESSES = (
    Address(
        "results.assignments",
        "/enfants/<child_id>/resultats/travaux",
        "/en/children/<child_id>/results/assignments",
        assignments,
    ),
)
