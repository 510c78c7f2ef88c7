"""The guessing guard: what is counted of a claim before it is compared, over all accounts and processes (CHD-4 to CHD-7).

                      the account    its address    the child, the number    the organisation
whoever is on file    counted        spared         spared                   spared
with a PIN            apart          apart          spared                   counted, never refuses
anybody else          429            429            refused uncompared       refused uncompared

Whoever is on the file of the child that the claim means, by its number or by its name, is stopped by nothing that others
have done (CHD-6): what such a parent would have spent is counted by the parent's own account and never refuses, so that
the work is the same. The budgets' rows are locked, in one order for everybody, until the transaction ends: of sixteen
claims that race no more are compared than the budget has.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from services.enrollment.context import Context
from services.enrollment.operations.claims import bills
from services.enrollment.operations.claims.attempts import Attempt
from services.enrollment.rules import student_keys, surges
from shared import budgets, logs
from shared.budgets import Budget

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Whether a claim is compared, and what is given back when it turns out to be right."""

    # Of the account's address: the asker may try again then (429).
    retry_after: timedelta | None = None
    # The budget of the child, the number or the organisation that is used up: refused, and never said (CHD-2).
    exhausted: Budget | None = None
    refundable: budgets.Bill = ()
    # How many claims were wrong within ten minutes, where that is news (CHD-7).
    surge: int | None = None


class AccountBudget:
    """The locked budgets of the account that claims (CHD-4).

    Those without a PIN are locked for a claim with one as well: claims of one account go one after the other, so that a
    right one on its way never uses up the attempts of the next, and no two take the last place among its children.
    """

    def __init__(self, ctx: Context, session: Session, attempt: Attempt) -> None:
        account_id, has_pin = attempt.claimant.account_id, attempt.pin is not None
        self.bill = bills.of_account(ctx, account_id, with_pin=has_pin)
        ordinary = bills.of_account(ctx, account_id) if has_pin else []
        self._held = budgets.Hold(session, [*self.bill, *ordinary], at=attempt.at)
        exhausted = self._held.exhausted_of(self.bill)
        self.retry_after = exhausted.retry_after if exhausted is not None else None

    def spend(self) -> None:
        self._held.spend(self.bill)

    def leave(self) -> None:
        self._held.leave()


def admit(ctx: Context, session: Session, attempt: Attempt, *, is_on_file: bool) -> Admission:
    """Count a claim for its address, its child, its number and its organisation; return whether it may be compared."""
    organisation_id, has_pin = attempt.organisation_id, attempt.pin is not None
    own = ctx.digester.digest("spared-claims", attempt.claimant.account_id)
    spared = own if is_on_file else None
    of_address = bills.of_address(ctx, attempt.claimant.address, with_pin=has_pin, spared=spared)
    # A PIN has attempts of its own (`trying`), and strangers' noise must not fill the child's.
    of_child = _child_bill(ctx, attempt, spared=own if is_on_file or has_pin else None)
    of_organisation = bills.of_organisation(ctx, organisation_id, spared=spared)
    of_surge = bills.of_surge(ctx, organisation_id, spared=spared)
    held = budgets.Hold(session, [*of_address, *of_child, *of_organisation, *of_surge], at=attempt.at)

    late = held.exhausted_of(of_address)
    if late is not None and not is_on_file:
        held.leave()
        return Admission(retry_after=late.retry_after)
    exhausted = None
    if not is_on_file and not has_pin:
        exhausted = held.exhausted_of(of_child) or held.exhausted_of(of_organisation)
    is_surge = not is_on_file and surges.is_surge(
        recent=held.count(bills.FAILURES_OF_TEN_MINUTES) + 1,
        of_week=held.count(bills.FAILURES_OF_WEEK) + 1,
        least=ctx.settings.claims_surge_least,
        factor=ctx.settings.claims_surge_factor,
    )
    spent = [*of_address, *([] if exhausted else of_child), *of_organisation, *(of_surge if is_surge else [])]
    held.spend(spent)
    if exhausted is not None:
        log.warning("claims_exhausted", budget=exhausted.budget.name, organisation_id=organisation_id)
    is_news = is_surge and held.count(bills.FAILURES_OF_SURGE) == 1
    return Admission(
        exhausted=exhausted.budget if exhausted is not None else None,
        refundable=[*of_address, *of_organisation],
        surge=held.count(bills.FAILURES_OF_TEN_MINUTES) if is_news else None,
    )


def _child_bill(ctx: Context, attempt: Attempt, *, spared: str | None) -> budgets.Bill:
    organisation_id, claim, number = attempt.organisation_id, attempt.claim, attempt.number
    child = student_keys.child_identity(
        organisation_id, family_name=claim.last_name, given_name=claim.first_name, birth_on=claim.birth_on
    )
    return bills.of_child(
        ctx,
        number,
        child=spared or ctx.digester.digest(*child),
        of_number=spared or ctx.digester.digest(*student_keys.claimed_number(organisation_id, number.value)),
    )
