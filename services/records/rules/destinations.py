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
    # Nobody of an organisation that takes part no more can read what is asked.
    takes_part: bool


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Who answers: an organisation, one school of it where that is known, and of which student; nobody: the operator."""

    organisation_id: str | None = None
    school_source_id: str | None = None
    student_source_id: str | None = None
    child_id: str | None = None


OPERATOR: Final = Destination()


def choose(places: Collection[Place], *, child_id: str | None) -> Destination:
    """Return who answers a holder of these children who names one of them, or none.

    Raises:
        LookupError: the child that is named is none of them.
    """
    if child_id is not None:
        named = next((place for place in places if place.child_id == child_id), None)
        if named is None:
            raise LookupError("this child is none of theirs")
        return _of_child(named) if named.takes_part else OPERATOR
    answering = [place for place in places if place.takes_part]
    organisations = {place.organisation_id for place in answering}
    if len(organisations) != 1:
        return OPERATOR
    schools = {place.school_source_id for place in answering}
    return Destination(
        organisation_id=organisations.pop(), school_source_id=schools.pop() if len(schools) == 1 else None
    )


def _of_child(place: Place) -> Destination:
    return Destination(
        organisation_id=place.organisation_id,
        school_source_id=place.school_source_id,
        student_source_id=place.student_source_id,
        child_id=place.child_id,
    )
