"""Primary and secondary, and which year of secondary a grade is."""

import re
from typing import Final

PRIMARY: Final = "primary"
SECONDARY: Final = "secondary"
LEVELS: Final = (PRIMARY, SECONDARY)

# CEDS counts the school's years through: 07 to 11 are « secondaire » 1 to 5. Registries here write S1 to S5 as well.
_COUNTED_THROUGH: Final = re.compile(r"0?([789])|(10|11)", re.ASCII)
_OF_SECONDARY: Final = re.compile(r"S([1-5])", re.ASCII)
_YEARS_OF_PRIMARY: Final = 6


def secondary_year(grade: str | None) -> int | None:
    """Return which year of secondary a grade is, 1 to 5; None of anything else, and of what nobody has told."""
    if grade is None:
        return None
    if found := _OF_SECONDARY.fullmatch(grade.upper()):
        return int(found[1])
    if found := _COUNTED_THROUGH.fullmatch(grade):
        return int(found[1] or found[2]) - _YEARS_OF_PRIMARY
    return None
