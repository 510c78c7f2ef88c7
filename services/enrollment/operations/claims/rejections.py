"""What is kept of a refused claim for the school's secretary (W10)."""

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.enrollment.models import RejectedClaim
from services.enrollment.operations.claims.attempts import Attempt
from services.enrollment.operations.claims.judging import Judged
from services.enrollment.rules import support_references


def write(session: Session, attempt: Attempt, judged: Judged) -> str:
    """Keep what the school's secretary needs, and return the reference under which it is found (W10)."""
    reference = support_references.new()
    session.execute(
        insert(RejectedClaim),
        {
            "reference": reference,
            "organisation_id": attempt.organisation_id,
            "account_id": attempt.claimant.account_id,
            "student_id": judged.candidate.student_id if judged.candidate else None,
            "differing": list(judged.differing),
            "at": attempt.at,
        },
    )
    return reference
