"""Documents that the portal makes of what a school has sent, where the school sent no PDF of its own.

content ── report_cards, statements ──▶ sheet (words of one language) ── typesetting ──▶ PDF
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from services.records.pdf import report_cards, statements, typesetting, wording
from services.records.rules import kinds

# Goes up when a page would look otherwise, and is kept beside each that was made.
VERSION: Final = 2
MADE: Final[Mapping[str, Any]] = MappingProxyType({kinds.REPORT_CARD: report_cards, kinds.STATEMENT: statements})


def make(*, kind: str, content: Mapping[str, Any], language: str, url: str) -> bytes:
    """Return the PDF of a content; `url` is where whoever holds it finds whether it is genuine."""
    made = MADE[kind]
    return typesetting.set_pdf(made.TEMPLATE, made.sheet(content, wording.of(language), url=url))
