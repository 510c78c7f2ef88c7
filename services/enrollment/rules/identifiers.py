"""« Numéro de fiche ou code permanent »: one input, told apart by its form (EN-11, domain-facts C1 and C2).

Only the form is looked at. The code is never derived from, or checked against, a name or a date: both are corrected
later while the code stays (registry.md).
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final, Literal

_FILE_NUMBER: Final = re.compile(r"[0-9]{7}")
_PERMANENT_CODE: Final = re.compile(r"[A-Z]{4}[0-9]{8}")
# Codes are printed in groups (« TREZ 7153 1101 »), and pasted with whatever stood around them.
_BETWEEN_GROUPS: Final = re.compile(r"[\s\-\u2010\u2011]+")


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """A student's number, as it is looked up."""

    kind: Literal["file_number", "permanent_code"]
    value: str = field(repr=False)


def parse(text: str) -> Identifier | None:
    """Return the identifier that was typed, or None when it has neither form."""
    compact = _BETWEEN_GROUPS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not compact.isascii():
        return None
    if _FILE_NUMBER.fullmatch(compact):
        return Identifier(kind="file_number", value=compact)
    if _PERMANENT_CODE.fullmatch(compact):
        return Identifier(kind="permanent_code", value=compact)
    return None
