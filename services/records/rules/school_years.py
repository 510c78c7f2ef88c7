"""School years: how people call them, and which a day belongs to."""

import re
from datetime import date
from typing import Final

# A school year is counted from the first of July (Loi sur l'instruction publique, a. 13: « l'année scolaire débute le
# 1er juillet d'une année et se termine le 30 juin de l'année suivante »).
_FIRST_MONTH: Final = 7
_NAME: Final = re.compile(r"([12][0-9]{3})-([12][0-9]{3})", re.ASCII)


def name(day: date) -> str:
    """Return the school year of `day` as people call it: `2026-2027`."""
    first = day.year if day.month >= _FIRST_MONTH else day.year - 1
    return f"{first}-{first + 1}"


def is_name(text: str) -> bool:
    """Tell whether `text` calls a school year: two years, the second after the first."""
    found = _NAME.fullmatch(text)
    return found is not None and int(found[2]) == int(found[1]) + 1
