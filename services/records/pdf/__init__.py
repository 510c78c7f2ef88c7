"""Documents that the portal makes of what a school has sent, where the school sent no PDF of its own.

content ── report_cards, statements ──▶ sheet (words of one language) ── typesetting ──▶ PDF
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from services.records.pdf import report_cards, statements, wording
from services.records.pdf.typesetting import Typesetter
from services.records.rules import kinds

# Goes up when a page would look otherwise: what was made before is then made anew.
VERSION: Final = 1
_MADE: Final[Mapping[str, Any]] = MappingProxyType({kinds.REPORT_CARD: report_cards, kinds.STATEMENT: statements})


def is_made(kind: str, content: Mapping[str, Any]) -> bool:
    """Tell whether a document can be made of a content of this kind."""
    return kind in _MADE and bool(_MADE[kind].is_worth_a_page(content))


def make(typesetter: Typesetter, *, kind: str, content: Mapping[str, Any], language: str, url: str) -> bytes:
    """Return the PDF of a content; `url` is where whoever holds it finds whether it is genuine.

    Raises:
        Busy: too many are being made.
    """
    made = _MADE[kind]
    return typesetter.set_pdf(made.TEMPLATE, made.sheet(content, wording.of(language), url=url))
