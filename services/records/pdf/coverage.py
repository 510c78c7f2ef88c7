"""Which characters our fonts can show."""

from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).parent / "fonts" / "coverage.txt"
# What stands for a character that no font of ours has.
REPLACEMENT: Final = "\ufffd"
# Signs that our fonts lack and people write, and what looks like them: the minus is as long as the dash of spans.
_LOOKS_LIKE: Final = str.maketrans({"\u2212": "\u2013"})


def shown(text: str) -> str:
    """Return `text` with what cannot be shown replaced, a character for a character."""
    if text.isascii() and text.isprintable():
        return text
    text = text.translate(_LOOKS_LIKE)
    return text.translate({code: REPLACEMENT for code in {ord(each) for each in text} if not has(code)})


def has(code: int) -> bool:
    """Tell whether a font has the character of this code point."""
    starts, ends = _ranges()
    position = bisect_right(starts, code) - 1
    return position >= 0 and code <= ends[position]


@cache
def _ranges() -> tuple[list[int], list[int]]:
    pairs = [line.split("-") for line in TABLE.read_text("ascii").split()]
    return [int(first, 16) for first, _ in pairs], [int(last, 16) for _, last in pairs]
