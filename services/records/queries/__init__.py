"""How things are found: one statement each, built once, with answers as plain values (performance.md)."""

from services.records.queries.children import Viewed, get_viewed
from services.records.queries.entries import (
    find_entry,
    find_owing_organisation,
    hold_entries,
    hold_owing,
    list_revisions,
)
from services.records.queries.guardianships import Guardianship, child_ids, get_to_see
from services.records.queries.items import get_message, get_one, get_tiles
from services.records.queries.lists import Page, Wanted, list_items
from services.records.queries.schools import (
    find_releases,
    find_session_days,
    find_tiles,
    get_organisation_id,
    hold_organisation,
    hold_organisation_by_id,
    list_releases,
)
from services.records.queries.support import (
    SupportRow,
    find_support_email,
    find_support_request,
    find_support_request_by_reference,
    list_places,
    list_support_requests_of_operator,
    list_support_requests_since,
)
from services.records.queries.visibility import is_row_visible, is_visible

__all__ = [
    "Guardianship",
    "Page",
    "SupportRow",
    "Viewed",
    "Wanted",
    "child_ids",
    "find_entry",
    "find_owing_organisation",
    "find_releases",
    "find_session_days",
    "find_support_email",
    "find_support_request",
    "find_support_request_by_reference",
    "find_tiles",
    "get_message",
    "get_one",
    "get_organisation_id",
    "get_tiles",
    "get_to_see",
    "get_viewed",
    "hold_entries",
    "hold_organisation",
    "hold_organisation_by_id",
    "hold_owing",
    "is_row_visible",
    "is_visible",
    "list_items",
    "list_places",
    "list_releases",
    "list_revisions",
    "list_support_requests_of_operator",
    "list_support_requests_since",
]
