"""The budgets that a claim spends (CHD-4, CHD-5, CHD-7)."""

from datetime import timedelta
from typing import Final

from services.enrollment.context import Context
from services.enrollment.operations.claims.attempts import Claimant
from services.enrollment.rules import addresses
from services.enrollment.rules.identifiers import Identifier
from shared import budgets
from shared.budgets import Budget

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
MONTH: Final = timedelta(days=30)


def of_claimant(ctx: Context, claimant: Claimant) -> budgets.Bill:
    """Return the budgets of the account (CHD-4) and of the address (CHD-7)."""
    limits = ctx.settings
    account = ctx.digester.digest("claiming-account", claimant.account_id)
    address = ctx.digester.digest("claiming-address", addresses.asker(claimant.address))
    if addresses.is_within(claimant.address, limits.wide_networks):
        of_address = Budget(name="claims-wide-address-hour", limit=limits.claims_per_wide_address_hour, window=HOUR)
    else:
        of_address = Budget(name="claims-address-hour", limit=limits.claims_per_address_hour, window=HOUR)
    return [
        (Budget(name="claims-account-hour", limit=limits.claims_per_account_hour, window=HOUR), account),
        (Budget(name="claims-account-day", limit=limits.claims_per_account_day, window=DAY), account),
        (Budget(name="claims-account-month", limit=limits.claims_per_account_month, window=MONTH), account),
        (of_address, address),
    ]


def of_child(ctx: Context, number: Identifier, child: str, number_subject: str) -> budgets.Bill:
    """Return the budgets of one child and of one number, over all accounts (CHD-5)."""
    limits = ctx.settings
    bill = [
        (Budget(name="claims-child-day", limit=limits.claims_per_child_day, window=DAY), child),
        (Budget(name="claims-child-month", limit=limits.claims_per_child_month, window=MONTH), child),
        (Budget(name="claims-number-day", limit=limits.claims_per_number_day, window=DAY), number_subject),
    ]
    if number.kind == "permanent_code":
        bill.append((Budget(name="permanent-codes-child", limit=limits.permanent_codes_per_child, window=None), child))
    return bill
