"""Where a request for help goes: to the school of the child that it names, else to the one that all the children have (XC-02)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a child that the account holds is at school."""

    child_id: str
    organisation_id: str
    school_source_id: str | None
    student_source_id: str


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Who answers: an organisation, one school of it where that is known, and of which student; nobody: the operator."""

    organisation_id: str | None = None
    school_source_id: str | None = None
    student_source_id: str | None = None
    child_id: str | None = None


OPERATOR: Final = Destination()


def choose(places: Collection[Place], *, child_id: str | None) -> Destination:
    """Return who answers a holder of these children who names one of them, or none, or one of nobody's.

    Whoever names a child that they do not hold is helped all the same, as if they had named none: a link that was suspended is
    a reason to ask.
    """
    named = next((place for place in places if place.child_id == child_id), None)
    if named is not None:
        return Destination(
            organisation_id=named.organisation_id,
            school_source_id=named.school_source_id,
            student_source_id=named.student_source_id,
            child_id=named.child_id,
        )
    organisations = {place.organisation_id for place in places}
    if len(organisations) != 1:
        return OPERATOR
    schools = {place.school_source_id for place in places}
    return Destination(
        organisation_id=organisations.pop(), school_source_id=schools.pop() if len(schools) == 1 else None
    )
