"""Finding whom a claim means, and comparing every field of it, in the same work whatever comes of it (CHD-3)."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from services.enrollment import queries
from services.enrollment.context import Context
from services.enrollment.operations.claims.attempts import Attempt
from services.enrollment.rules import days, matching, student_keys

# What is said to differ, for the school alone, beside the fields of `matching.differences`.
IDENTIFIER: Final = "identifier"
EMAIL: Final = "email"
PIN: Final = "pin"
ATTEMPTS: Final = "attempts"
DISPUTED: Final = "disputed"
STATUS: Final = "status"


@dataclass(frozen=True, kw_only=True)
class RightPin:
    """The PIN that a claim brings and that is right; one that the account has used already is not used again."""

    pin_id: str
    guardian_source_id: str | None
    is_used: bool


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A claim compared with the registry: whom it means, and what differs (for the school alone)."""

    candidate: queries.Candidate | None
    differing: tuple[str, ...]
    right_pin: RightPin | None = None
    # The file does not know the account's mailbox: what it may do follows from the PIN.
    stands_by_pin: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the claim is right."""
        return self.candidate is not None and not self.differing


def look_up(ctx: Context, session: Session, attempt: Attempt) -> queries.Candidates:
    """Return whom a claim may mean, in as many statements for a hit as for a miss."""
    organisation_id, claim, number = attempt.organisation_id, attempt.claim, attempt.number
    identity = student_keys.child_identity(
        organisation_id, family_name=claim.last_name, given_name=claim.first_name, birth_on=claim.birth_on
    )
    code = student_keys.permanent_code(organisation_id, number.value)
    return queries.find_candidates(
        session,
        organisation_id=organisation_id,
        identifier=number,
        code_digests=ctx.digester.digests(*code) if number.kind == "permanent_code" else [],
        identity_digests=ctx.digester.digests(*identity),
        email_key=attempt.claimant.email_key,
        on=days.today(attempt.at),
    )


def compare(claim: matching.Claim, candidates: queries.Candidates) -> Judged:
    """Compare every field, with nobody's file when nobody has the number."""
    candidate = candidates.by_number
    differing = matching.differences(claim, candidate.record if candidate else matching.DECOY)
    if candidate is None:
        has_left = any(not each.record.is_active for each in candidates.by_identity)
        return Judged(candidate=None, differing=(STATUS,) if has_left else (IDENTIFIER,))
    return Judged(candidate=candidate, differing=differing if candidate.rights else (*differing, EMAIL))
