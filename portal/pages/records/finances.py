"""Statements of account of each ledger, how their balance is paid at one's bank, and tax slips (RE-08 to RE-11)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from werkzeug.exceptions import NotFound

from portal import documents, lists, school_years
from portal.family import show_of_child, signed_in
from portal.showing import Address
from vitrail_client.api.tiles import get_child_statements, get_child_tax_slips
from vitrail_client.models.statement_list_out import StatementListOut
from vitrail_client.models.statement_out import StatementOut
from vitrail_client.models.tax_slip_list_out import TaxSlipListOut

TILE = "finances"
# « Les états de compte de l'école, de l'Intersport et du service de garde. »
_ORDER = {"school": 0, "sports": 1, "daycare": 2}


@dataclass(frozen=True)
class Account:
    """A ledger as it stands: what the newest statement says is what counts, the others are what it was."""

    newest: StatementOut
    earlier: list[StatementOut]

    @property
    def standing(self) -> str:
        """Return how it stands: something is `due`, or `overdue`, the family has `credit`, or it is `settled`."""
        return standing(self.newest)


def standing(statement: StatementOut) -> str:
    """Return how an account stood by a statement: `due`, `overdue`, `credit` or `settled`."""
    balance = Decimal(statement.balance)
    if balance > 0:
        is_late = statement.due_on is not None and statement.due_on < school_years.today()
        return "overdue" if is_late else "due"
    return "credit" if balance < 0 else "settled"


@signed_in
def statements(child_id: str) -> Any:
    """Show how each ledger stands, and its earlier statements."""
    listed = _all(child_id)
    groups = lists.grouped(listed.items, by=lambda each: each.ledger)
    accounts = [Account(found[0], found[1:]) for _, found in sorted(groups, key=lambda group: _ORDER.get(group[0], 9))]
    return show_of_child("records/finances.html", child_id, current=TILE, accounts=accounts, reason=listed.empty_reason)


@signed_in
def statement(child_id: str, entry_id: str) -> Any:
    """Show a statement of account with its lines (RE-11)."""
    listed = _all(child_id).items
    chosen = next((each for each in listed if each.id == entry_id), None)
    if chosen is None:
        raise NotFound
    newest = next(each for each in listed if each.ledger == chosen.ledger)
    return show_of_child(
        "records/statement.html",
        child_id,
        current=TILE,
        statement=chosen,
        newest=newest,
        standing=standing(chosen),
    )


@signed_in
def statement_document(child_id: str, entry_id: str) -> Any:
    """Give the PDF of a statement."""
    return documents.give(child_id, "statements", entry_id)


@signed_in
def tax_slips(child_id: str) -> Any:
    """Show the tax slips of the school daycare, the newest year first (RE-10)."""
    listed: TaxSlipListOut = lists.everything(
        lambda client, page: get_child_tax_slips.sync_detailed(
            child_id, client=client, page=page, page_size=lists.LARGEST_PAGE
        )
    )
    slips = sorted(listed.items, key=lambda each: each.year, reverse=True)
    return show_of_child("records/tax_slips.html", child_id, current=TILE, slips=slips, reason=listed.empty_reason)


@signed_in
def tax_slip_document(child_id: str, entry_id: str) -> Any:
    """Give the PDF of a tax slip."""
    return documents.give(child_id, "tax-slips", entry_id)


def _all(child_id: str) -> StatementListOut:
    listed: StatementListOut = lists.everything(
        lambda client, page: get_child_statements.sync_detailed(
            child_id, client=client, page=page, page_size=lists.LARGEST_PAGE
        )
    )
    return listed


ADDRESSES = (
    Address("finances", "/enfants/<child_id>/finances", "/en/children/<child_id>/finances", statements),
    Address(
        "finances.tax_slips",
        "/enfants/<child_id>/finances/releves-fiscaux",
        "/en/children/<child_id>/finances/tax-slips",
        tax_slips,
    ),
    Address(
        "tax_slip.document",
        "/enfants/<child_id>/finances/releves-fiscaux/<entry_id>/document",
        "/en/children/<child_id>/finances/tax-slips/<entry_id>/document",
        tax_slip_document,
    ),
    Address(
        "statement",
        "/enfants/<child_id>/finances/<entry_id>",
        "/en/children/<child_id>/finances/<entry_id>",
        statement,
    ),
    Address(
        "statement.document",
        "/enfants/<child_id>/finances/<entry_id>/document",
        "/en/children/<child_id>/finances/<entry_id>/document",
        statement_document,
    ),
)
