"""One claim on its way: who makes it, and what it says of whom."""

from dataclasses import dataclass, field
from datetime import datetime

from services.enrollment.rules import matching
from services.enrollment.rules.identifiers import Identifier


@dataclass(frozen=True, kw_only=True)
class Claimant:
    """Who claims, as far as the budgets and the registry ask."""

    account_id: str
    email_key: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One claim, well formed."""

    organisation_id: str
    claimant: Claimant
    claim: matching.Claim
    number: Identifier
    # As it is digested (`rules/pins.py`).
    pin: str | None = field(default=None, repr=False)
    at: datetime
