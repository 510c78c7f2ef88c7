"""Which characters are text, and their one form."""

import re
import unicodedata

# Tabs and the range 80–9F are not here: the ministry's own open data has them, left by a wrong conversion, and they break nothing.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def normal(text: str) -> str:
    """Return text in NFC."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def fault(text: str) -> str | None:
    """Return the code of what keeps characters from being text, or None."""
    # isprintable() is the quick answer for nearly everything; it also refuses NBSP and the like, which are no fault.
    if not text.isprintable() and _CONTROL.search(text):
        return "nul_byte" if "\0" in text else "control_character"
    return None
