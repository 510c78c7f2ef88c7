"""Links that the sign-in pages show to whoever needs help (ID-39)."""

import re
from typing import Final

# What a page may put into a link without asking further: nothing that runs.
_LINK: Final = re.compile(r"(?:https?://[^\s<>\"']+|mailto:[^\s<>\"'@]+@[^\s<>\"'@]+)")


def is_link(text: str) -> bool:
    """Tell whether a setting can be shown as a link; an empty one is none, and may be."""
    return not text or _LINK.fullmatch(text) is not None
