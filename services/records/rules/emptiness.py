"""Why there is nothing to see (api.md, Records): said to the parent, and never by what the school holds back.

What is a draft, under an embargo or withdrawn does not exist for whoever asks: the reason is of the kind, the child and the day
alone, so that nobody reads out of an empty list that something is on its way.
"""

from typing import Final

from services.records.rules import kinds, levels, tiles
from services.records.rules.tiles import Place

NOT_IN_PRIMARY: Final = "not_in_primary"
NOT_PUBLISHED_YET: Final = "not_published_yet"
NOT_APPLICABLE: Final = "not_applicable"
NONE: Final = "none"
REASONS: Final = (NOT_IN_PRIMARY, NOT_PUBLISHED_YET, NOT_APPLICABLE, NONE)

# What every school year brings sooner or later.
_EXPECTED: Final = frozenset(
    {kinds.RESULT, kinds.MINISTERIAL_RESULT, kinds.ASSIGNMENT, kinds.REPORT_CARD, kinds.TAX_SLIP}
)


def reason(kind: str, place: Place, *, has_daycare: bool, is_of_this_year: bool) -> str:
    """Return why a list of a kind is empty; `is_of_this_year`: this school year's were asked for, or any year's."""
    if not tiles.is_offered(kind, place.offered):
        return NOT_APPLICABLE
    if kind == kinds.AGENDA_ENTRY and place.level == levels.PRIMARY:
        return NOT_IN_PRIMARY
    if not tiles.may_have(kind, place) or (kind == kinds.TAX_SLIP and not has_daycare):
        return NOT_APPLICABLE
    return NOT_PUBLISHED_YET if kind in _EXPECTED and is_of_this_year else NONE
