"""Entries: what schools send, when it is seen, and what it said before."""

from services.records.operations.entries.publishing import publish_entry, withdraw_entry
from services.records.operations.entries.showing import list_revisions, show_entry
from services.records.operations.entries.writing import (
    BATCH_SIZE,
    CORRECTED,
    RECORDED,
    RESULTS,
    UNCHANGED,
    Written,
    write_entries,
    write_entry,
)

__all__ = [
    "BATCH_SIZE",
    "CORRECTED",
    "RECORDED",
    "RESULTS",
    "UNCHANGED",
    "Written",
    "list_revisions",
    "publish_entry",
    "show_entry",
    "withdraw_entry",
    "write_entries",
    "write_entry",
]
