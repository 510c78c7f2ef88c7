"""Households for journeys: who stands in which registry, so that a test knows what its parent may type."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from one_machine import demonstration
from registry_generator import PlacedStudent, generate
from tests.support.system import Parent, System

PHARES, AFFLUENTS = "712000", "841000"
_FIRST_FILE_NUMBER = 2_500_000


@dataclass(frozen=True)
class Household:
    """A guardian's e-mail, and the children whose files hold it in two boards."""

    email: str
    child: PlacedStudent
    sibling: PlacedStudent


def household(number: int) -> Household:
    """Return the household of that number: the same number, the same people."""
    email = f"parent{number}@example.org"
    born_on = date(2012, 1, 1) + timedelta(days=number)
    child = PlacedStudent(
        given_name="Éloïse",
        family_name="D'Amours-Lévesque",
        birth_on=born_on,
        is_female=True,
        file_number=f"{_FIRST_FILE_NUMBER + number}",
        permanent_code=f"DAME7153{number:04}",
        guardian_emails=(email,),
    )
    sibling = PlacedStudent(
        given_name="Jo",
        family_name="D'Amours-Lévesque",
        birth_on=born_on,
        file_number=f"{3_500_000 + number}",
        guardian_emails=(email,),
    )
    return Household(email, child, sibling)


def source_id(known: Household) -> str:
    """Return what the school's own system calls the child, who stands after the demonstration's in its registry."""
    return f"s-{PHARES}-p-{int(known.child.file_number) - _FIRST_FILE_NUMBER + 1}"


def take_in(system: System, known: list[Household], *, folder: Path) -> None:
    """Put the children of these households into two boards' registries, with the operator's own command.

    The family of the demonstration stays in them, where it stands: first.
    """
    for code, placed in ((PHARES, [each.child for each in known]), (AFFLUENTS, [each.sibling for each in known])):
        directory = [demonstration.BOARDS, demonstration.SCHOOLS]
        generate(
            folder / code,
            organisation=code,
            students=80,
            directory=directory,
            placed=[demonstration.placed(code), *placed],
            replace=True,
        )
        system.command("enrollment", "import-registry", str(folder / code), "--organisation", code, "--allow-removals")


def form(parent: Parent, board: str, child: PlacedStudent, **typed: object) -> dict[str, object]:
    """Return what a parent types to claim a child of a board; `typed` instead of what is right."""
    facts = {
        "organisation_id": parent.organisation(board),
        "last_name": child.family_name,
        "first_name": child.given_name,
        "birth_date": child.birth_on.isoformat(),
        "identifier": child.file_number,
    }
    return {**facts, **typed}
