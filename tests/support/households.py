"""Households for journeys: who stands in which registry, so that a test knows what its parent may type."""

from dataclasses import dataclass
from datetime import date, timedelta

from registry_generator import PlacedStudent

PHARES, AFFLUENTS = "712000", "841000"


@dataclass(frozen=True)
class Household:
    """A guardian's e-mail, and the children whose files hold it in two boards."""

    email: str
    child: PlacedStudent
    sibling: PlacedStudent


def household(number: int) -> Household:
    email = f"parent{number}@example.org"
    born_on = date(2012, 1, 1) + timedelta(days=number)
    common = {"family_name": "D'Amours-Lévesque", "birth_on": born_on, "guardian_emails": (email,)}
    child = PlacedStudent(
        given_name="Éloïse",
        is_female=True,
        file_number=f"{2_500_000 + number}",
        permanent_code=f"DAME7153{number:04}",
        **common,
    )
    sibling = PlacedStudent(given_name="Jo", file_number=f"{3_500_000 + number}", **common)
    return Household(email, child, sibling)
