"""Documents: what is taken for a PDF, and what one is called when it is saved."""

import re
from collections.abc import Mapping
from typing import Any, Final

from services.records.rules import kinds, paying

LARGEST: Final = 10 * 1024 * 1024
# How much of its beginning and of its end tells a whole PDF.
TELLING: Final = 1024
LONGEST_NAME: Final = 150

_SUFFIX: Final = ".pdf"
_BEGINNING: Final = re.compile(rb"%PDF-[12]\.\d")
_END: Final = b"%%EOF"
# What one system or another does not allow in the name of a file, and what leads out of its folder.
_NOT_IN_NAMES: Final = re.compile(r'[/\\:*?"<>|]')
_FIRST_COMMUNICATION: Final = "first_communication"
_RL_24: Final = "rl_24"


def is_whole_pdf(beginning: bytes, end: bytes) -> bool:
    """Tell whether a file begins and ends as a PDF does (ISO 32000-2 §7.5.2 and §7.5.5): one that was cut off does not."""
    return _BEGINNING.match(beginning) is not None and _END in end[-TELLING:]


def may_be_name(text: str) -> bool:
    """Tell whether a document may be called so by its school."""
    return bool(text.strip(". ")) and _NOT_IN_NAMES.search(text) is None


def name(kind: str, content: Mapping[str, Any], *, school_year: str | None, language: str, given: str | None) -> str:
    """Return what a document is saved as: as its school called it, or after what it is."""
    called = given or _called(kind, content, school_year=school_year or "", is_english=language == "en")
    return called if called.lower().endswith(_SUFFIX) else called + _SUFFIX


def _called(kind: str, content: Mapping[str, Any], *, school_year: str, is_english: bool) -> str:
    if kind == kinds.REPORT_CARD:
        if content["type"] == _FIRST_COMMUNICATION:
            return f"First communication {school_year}" if is_english else f"Première communication {school_year}"
        term = content["term"]
        return f"Report card {school_year}, term {term}" if is_english else f"Bulletin {school_year}, étape {term}"
    if kind == kinds.STATEMENT:
        ledger = paying.ledger_label(content["ledger"], language="en" if is_english else "fr").lower()
        words = f"Statement of account, {ledger}" if is_english else f"État de compte, {ledger}"
        return f"{words}, {content['issued_on']}"
    if content["type"] == _RL_24:
        return f"RL-24 slip {content['year']}" if is_english else f"Relevé 24 {content['year']}"
    return f"Daycare receipt {content['year']}" if is_english else f"Reçu de frais de garde {content['year']}"
