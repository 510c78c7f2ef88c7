"""The budgets that a claim spends (CHD-4, CHD-5, CHD-7).

Claims with a PIN are counted apart, by the same limits: whoever has used up the others is sent to the school for one, and
a made-up one opens no way around them, for nothing is granted to a claim that brings a wrong PIN.
"""

from datetime import timedelta
from typing import Final

from services.enrollment.context import Context
from services.enrollment.rules import addresses
from services.enrollment.rules.identifiers import Identifier
from shared import budgets
from shared.budgets import Budget

TEN_MINUTES: Final = timedelta(minutes=10)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)

# Counted, and never refused.
_NO_LIMIT: Final = 1_000_000_000
FAILURES_OF_TEN_MINUTES: Final = Budget(name="claims-organisation-ten-minutes", limit=_NO_LIMIT, window=TEN_MINUTES)
FAILURES_OF_WEEK: Final = Budget(name="claims-organisation-week", limit=_NO_LIMIT, window=WEEK)
# Whatever is wrong while a surge lasts: the first of them tells it.
FAILURES_OF_SURGE: Final = Budget(name="claims-organisation-surge", limit=_NO_LIMIT, window=TEN_MINUTES)


def of_account(ctx: Context, account_id: str, *, with_pin: bool = False) -> budgets.Bill:
    """Return the budgets of an account (CHD-4)."""
    limits, prefix = ctx.settings, _prefix(with_pin=with_pin)
    account = ctx.digester.digest("claiming-account", account_id)
    return [
        (Budget(name=f"{prefix}-account-hour", limit=limits.claims_per_account_hour, window=HOUR), account),
        (Budget(name=f"{prefix}-account-day", limit=limits.claims_per_account_day, window=DAY), account),
        (Budget(name=f"{prefix}-account-month", limit=limits.claims_per_account_month, window=MONTH), account),
    ]


def of_address(ctx: Context, address: str, *, with_pin: bool, spared: str | None) -> budgets.Bill:
    """Return the budgets of a network address and of those around it, over all accounts (CHD-7).

    `spared` is counted instead of them, for whoever they do not stop.
    """
    limits, prefix = ctx.settings, _prefix(with_pin=with_pin)
    subject = spared or ctx.digester.digest("claiming-address", addresses.asker(address))
    if addresses.is_within(address, limits.wide_networks):
        wide = Budget(name=f"{prefix}-wide-address-hour", limit=limits.claims_per_wide_address_hour, window=HOUR)
        return [(wide, subject)]
    around = spared or ctx.digester.digest("claiming-range", addresses.around(address))
    return [
        (Budget(name=f"{prefix}-address-hour", limit=limits.claims_per_address_hour, window=HOUR), subject),
        (Budget(name=f"{prefix}-range-hour", limit=limits.claims_per_range_hour, window=HOUR), around),
    ]


def of_child(ctx: Context, number: Identifier, *, child: str, of_number: str) -> budgets.Bill:
    """Return the budgets of one child and of one number, over all accounts (CHD-5)."""
    limits = ctx.settings
    bill = [
        (Budget(name="claims-child-day", limit=limits.claims_per_child_day, window=DAY), child),
        (Budget(name="claims-child-month", limit=limits.claims_per_child_month, window=MONTH), child),
        (Budget(name="claims-number-day", limit=limits.claims_per_number_day, window=DAY), of_number),
    ]
    if number.kind == "permanent_code":
        bill.append((Budget(name="permanent-codes-child", limit=limits.permanent_codes_per_child, window=None), child))
    return bill


def of_organisation(ctx: Context, organisation_id: str, *, spared: str | None) -> budgets.Bill:
    """Return the budget of an organisation's failures over all accounts, and the counts by which a surge is known (CHD-7)."""
    subject = spared or ctx.digester.digest("claimed-organisation", organisation_id)
    hour = Budget(name="claims-organisation-hour", limit=ctx.settings.claims_per_organisation_hour, window=HOUR)
    return [(hour, subject), (FAILURES_OF_TEN_MINUTES, subject), (FAILURES_OF_WEEK, subject)]


def of_surge(ctx: Context, organisation_id: str, *, spared: str | None) -> budgets.Bill:
    """Return the count of what is wrong while an organisation's failures surge."""
    return [(FAILURES_OF_SURGE, spared or ctx.digester.digest("claimed-organisation", organisation_id))]


def _prefix(*, with_pin: bool) -> str:
    return "pin-claims" if with_pin else "claims"
