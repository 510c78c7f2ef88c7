"""Finding whom a claim means, and comparing every field of it, in the same work whatever comes of it (CHD-3, CHD-5)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.operations.claims import bills
from services.enrollment.operations.claims.attempts import Attempt
from services.enrollment.rules import birth_dates, matching, student_keys
from shared import budgets, logs

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A claim compared with the registry: whom it means, and what differs (for the school alone)."""

    candidate: queries.Candidate | None
    differing: tuple[str, ...]


def judge(ctx: Context, session: Session, attempt: Attempt) -> Judged:
    """Find whom the claim means and compare, in as many statements for a hit as for a miss (CHD-3).

    Whoever is on the file of the child that the claim means, by its number or by its name, is spared the budgets of the
    child: a stranger who used them up does not stop the parents (CHD-6). What such a parent spends instead is counted
    by their own account and never refuses, so that the work is the same.
    """
    organisation_id, claim, number = attempt.organisation_id, attempt.claim, attempt.number
    code = student_keys.permanent_code(organisation_id, number.value)
    identity = student_keys.child_identity(
        organisation_id, family_name=claim.last_name, given_name=claim.first_name, birth_on=claim.birth_on
    )
    candidates = queries.find_candidates(
        session,
        organisation_id=organisation_id,
        identifier=number,
        code_digests=ctx.digester.digests(*code) if number.kind == "permanent_code" else [],
        identity_digests=ctx.digester.digests(*identity),
        email_key=attempt.claimant.email_key,
        on=birth_dates.today(attempt.at),
    )
    is_spared = candidates.is_email_on_record
    if is_spared:
        child = of_number = ctx.digester.digest("spared-claims", attempt.claimant.account_id)
    else:
        child = ctx.digester.digest(*identity)
        of_number = ctx.digester.digest(*student_keys.claimed_number(organisation_id, number.value))
    exhausted = budgets.spend(session, bills.of_child(ctx, number, child, of_number), at=attempt.at)
    if exhausted is not None and not is_spared:
        log.warning("child_claims_exhausted", budget=exhausted.budget.name, organisation_id=organisation_id)
        return Judged(candidate=None, differing=("attempts",))
    return _compare(claim, candidates)


def _compare(claim: matching.Claim, candidates: queries.Candidates) -> Judged:
    """Compare every field, with nobody's file when nobody has the number."""
    candidate = candidates.by_number
    differing = matching.differences(claim, candidate.record if candidate else matching.DECOY)
    if candidate is None:
        has_left = any(not each.record.is_active for each in candidates.by_identity)
        return Judged(candidate=None, differing=("status",) if has_left else ("identifier",))
    return Judged(candidate=candidate, differing=differing if candidate.rights else (*differing, "email"))
