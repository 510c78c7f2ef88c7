"""How a balance is paid: at one's bank or caisse, and nowhere here (RE-09)."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

SCHOOL: Final = "school"
SPORTS: Final = "sports"
DAYCARE: Final = "daycare"

# « Les états de compte de l'école, de l'Intersport et du service de garde » (RE-08).
_LEDGERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {SCHOOL: ("École", "School"), SPORTS: ("Intersport", "Intersport"), DAYCARE: ("Service de garde", "School daycare")}
)
_AT_THE_BANK: Final = (
    "Payez auprès de votre banque ou de votre caisse : ajoutez le fournisseur « {name} » et donnez le numéro {reference}.",
    "Pay at your bank or caisse: add the payee “{name}” and give the number {reference}.",
)
_ASK_THE_SCHOOL: Final = (
    "Payez auprès de votre banque ou de votre caisse ; l’école vous dira sous quel nom et quel numéro.",
    "Pay at your bank or caisse; the school will tell you under which name and number.",
)


def ledger_label(ledger: str, *, language: str) -> str:
    """Return what a ledger is called."""
    return _said(_LEDGERS[ledger], language)


def is_due(balance: str) -> bool:
    """Tell whether the family owes something; a negative balance is owed to it."""
    return Decimal(balance) > 0


def how_to_pay(balance: str, payee: Mapping[str, str] | None, *, language: str) -> str | None:
    """Return how a balance is paid; None where nothing is owed."""
    if not is_due(balance):
        return None
    if payee is None:
        return _said(_ASK_THE_SCHOOL, language)
    return _said(_AT_THE_BANK, language).format(name=payee["name"], reference=payee["reference"])


def _said(words: tuple[str, str], language: str) -> str:
    french, english = words
    return english if language == "en" else french
