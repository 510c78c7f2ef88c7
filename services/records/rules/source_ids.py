"""The ids that a school's own system gives to students, schools and entries: opaque, and bounded."""

from typing import Final

LONGEST: Final = 255


def is_source_id(text: str) -> bool:
    """Tell whether this may be one: one line of some characters, without blanks at its ends."""
    return 0 < len(text) <= LONGEST and text.isprintable() and text == text.strip()
