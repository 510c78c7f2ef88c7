"""The codes of releases: what a school publishes together, by a name that its path can say."""

from typing import Final

from services.records.rules import source_ids

LONGEST: Final = 64
# The gateway takes none of these in a path, however they are spelled (GWY-3): nobody could publish such a release.
_NOT_IN_A_PATH: Final = frozenset("/\\%;")
_DOTS: Final = frozenset({".", ".."})


def is_release_code(text: str) -> bool:
    """Tell whether a release may be called so."""
    return (
        len(text) <= LONGEST and source_ids.is_source_id(text) and _NOT_IN_A_PATH.isdisjoint(text) and text not in _DOTS
    )
