"""Social insurance numbers, so that none is kept: a tax slip's own may not stand in what a school sends."""

import re
from typing import Final

# Whatever stands between the groups, and from each of them on: a number may follow upon another one.
_NINE_DIGITS: Final = re.compile(r"(?<!\d)(?=(\d{3})[\W_]{0,3}(\d{3})[\W_]{0,3}(\d{3})(?!\d))")
_TWICE: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def holds_number(text: str) -> bool:
    """Tell whether nine digits of `text` could be a social insurance number: their check digit agrees (Luhn)."""
    return any(_agrees("".join(found.groups())) for found in _NINE_DIGITS.finditer(text))


def _agrees(digits: str) -> bool:
    return sum(int(each) if place % 2 == 0 else _TWICE[int(each)] for place, each in enumerate(digits)) % 10 == 0
