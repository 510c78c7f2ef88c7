"""The codes of releases: what a school publishes together, by a name that its path can say."""

from typing import Final

from services.records.rules import source_ids

LONGEST: Final = 64


def is_release_code(text: str) -> bool:
    """Tell whether a release may be called so."""
    return len(text) <= LONGEST and source_ids.is_source_id(text) and source_ids.fits_in_path(text)
