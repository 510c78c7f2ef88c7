"""The ids that a school's own system gives to students, schools and records: opaque, and bounded."""

from typing import Final

LONGEST: Final = 255
# The gateway takes none of these in a path, however they are spelled (GWY-3).
_NOT_IN_A_PATH: Final = frozenset("/\\%;")
_DOTS: Final = frozenset({".", ".."})


def is_source_id(text: str) -> bool:
    """Tell whether this may be one: one line of some characters, without blanks at its ends."""
    return 0 < len(text) <= LONGEST and text.isprintable() and text == text.strip()


def fits_in_path(text: str) -> bool:
    """Tell whether a path can name it: what cannot be named could be sent among many, and never be asked for again."""
    return _NOT_IN_A_PATH.isdisjoint(text) and text not in _DOTS
