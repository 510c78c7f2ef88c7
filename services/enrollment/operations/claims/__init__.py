"""Proving a child, step by step: the attempt, its budgets, the comparison, the link."""

from services.enrollment.operations.claims.claiming import claim_child
from services.enrollment.operations.claims.linking import Claimed

__all__ = ["Claimed", "claim_child"]
