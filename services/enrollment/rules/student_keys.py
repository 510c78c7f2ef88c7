"""What a student is found by, and what goes into each keyed digest: `digester.digest(*student_keys.permanent_code(…))`.

The purpose comes first, so that a digest made for one thing never answers for another. Everything belongs to one
organisation: the same number at two boards is two numbers (domain-facts C2).
"""

from datetime import date

from services.enrollment.rules import matching


def permanent_code(organisation_id: str, code: str) -> tuple[str, ...]:
    """Return the parts of `students.permanent_code_digest`; the code is in capitals (registry.md)."""
    return ("permanent-code", organisation_id, code)


def child_identity(organisation_id: str, *, family_name: str, given_name: str, birth_on: date) -> tuple[str, ...]:
    """Return the parts of `students.identity_digest`, and of the budgets of one child (CHD-5)."""
    return (
        "child-identity",
        organisation_id,
        matching.bare(family_name),
        matching.bare(given_name),
        birth_on.isoformat(),
    )


def claimed_number(organisation_id: str, number: str) -> tuple[str, ...]:
    """Return the parts of the budget of one number, a file number or a permanent code (CHD-5)."""
    return ("claimed-number", organisation_id, number)
