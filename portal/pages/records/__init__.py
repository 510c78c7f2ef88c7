"""What the school publishes of a child: a module for each tile, or for a tab of one that has much to it (RE-01 to RE-17)."""

from portal.pages.records import (
    agenda,
    assignments,
    contact,
    file,
    finances,
    messages,
    ministerial,
    report_cards,
    resources,
    results,
)

ADDRESSES = (
    *results.ADDRESSES,
    *ministerial.ADDRESSES,
    *assignments.ADDRESSES,
    *report_cards.ADDRESSES,
    *finances.ADDRESSES,
    *file.ADDRESSES,
    *agenda.ADDRESSES,
    *messages.ADDRESSES,
    *resources.ADDRESSES,
    *contact.ADDRESSES,
)
