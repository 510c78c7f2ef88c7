"""Proving a child, step by step: the attempt, its budgets, the comparison, the link; and what a refused claim waits for."""

from services.enrollment.operations.claims.cases import withdraw_of_account
from services.enrollment.operations.claims.claiming import claim_child
from services.enrollment.operations.claims.healing import Healed, judge_again, judge_due, run_judging
from services.enrollment.operations.claims.linking import Claimed
from services.enrollment.operations.claims.looking import Looker, list_cases, resolve_reference

__all__ = [
    "Claimed",
    "Healed",
    "Looker",
    "claim_child",
    "judge_again",
    "judge_due",
    "list_cases",
    "resolve_reference",
    "run_judging",
    "withdraw_of_account",
]
