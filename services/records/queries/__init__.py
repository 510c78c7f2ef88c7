"""How things are found: one statement each, built once, with answers as plain values (performance.md)."""

from services.records.queries.guardianships import Guardianship, child_ids, get_to_see
from services.records.queries.schools import (
    find_releases,
    find_session_days,
    get_organisation_id,
    hold_organisation,
    list_releases,
)
from services.records.queries.visibility import is_row_visible, is_visible

__all__ = [
    "Guardianship",
    "child_ids",
    "find_releases",
    "find_session_days",
    "get_organisation_id",
    "get_to_see",
    "hold_organisation",
    "is_row_visible",
    "is_visible",
    "list_releases",
]
