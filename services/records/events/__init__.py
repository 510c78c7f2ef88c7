"""What records tells the others: what parents see from now on, who looked at what, and who asks for help.

Identifiers, kinds, years and moments only: no mark, no amount, no text, and no id of the school's own system. Nothing is said
of an entry before parents see it.
"""

from typing import Final

from services.records.events.records import (
    RECORD_CORRECTED,
    RECORD_PUBLISHED,
    RECORD_WITHDRAWN,
    Record,
)
from services.records.events.shapes import TOPIC
from services.records.events.support import SUPPORT_REQUESTED, support_requested
from services.records.events.views import DOCUMENT_VIEWED, TILE_VIEWED, document_viewed, tile_viewed

TYPES: Final = (
    RECORD_PUBLISHED,
    RECORD_CORRECTED,
    RECORD_WITHDRAWN,
    TILE_VIEWED,
    DOCUMENT_VIEWED,
    SUPPORT_REQUESTED,
)

__all__ = [
    "DOCUMENT_VIEWED",
    "RECORD_CORRECTED",
    "RECORD_PUBLISHED",
    "RECORD_WITHDRAWN",
    "SUPPORT_REQUESTED",
    "TILE_VIEWED",
    "TOPIC",
    "TYPES",
    "Record",
    "document_viewed",
    "support_requested",
    "tile_viewed",
]
