"""Social insurance numbers, so that none is kept: a tax slip's own may not stand in what a school sends."""

import re
from collections.abc import Iterator
from typing import Final

_NINE_DIGITS: Final = re.compile(
    r"(?<![0-9])([0-9]{3})[\s.\u2010-]?([0-9]{3})[\s.\u2010-]?([0-9]{3})(?![0-9])", re.ASCII
)
_TWICE: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def holds_number(text: str) -> bool:
    """Tell whether nine digits of `text` could be a social insurance number: their check digit agrees (Luhn)."""
    return any(_agrees("".join(found.groups())) for found in _candidates(text))


def _candidates(text: str) -> Iterator[re.Match[str]]:
    return _NINE_DIGITS.finditer(text.replace("\u00a0", " ").replace("\u202f", " ").replace("-", "\u2010"))


def _agrees(digits: str) -> bool:
    return sum(int(each) if place % 2 == 0 else _TWICE[int(each)] for place, each in enumerate(digits)) % 10 == 0
