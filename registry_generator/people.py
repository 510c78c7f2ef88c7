"""The people of a registry, and the plan by which they are invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from registry_generator.schools import Organisation, School

MOST_STUDENTS = 8_000_000


@dataclass(frozen=True, kw_only=True)
class PlacedStudent:
    """A student who must be in the registry exactly so: for a demonstration, or a test that claims a known child."""

    given_name: str
    family_name: str
    birth_on: date
    file_number: str
    guardian_emails: tuple[str, ...]
    guardian_names: tuple[tuple[str, str], ...] = ()
    middle_name: str = ""
    is_female: bool = False
    permanent_code: str | None = None
    school_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to generate.

    `shared_with` names a second organisation: the first `shared_families` families have three children and one guardian e-mail, two children in
    the organisation with the lower code and one in the other. Generating both with the same seed and each other's code makes them agree.

    `changed_percent` corrects the given names of that share of the students (another `change_seed`, others of them), for a re-import.
    """

    organisation: Organisation
    students: int
    seed: int = 1
    school_year: int = 2026
    placed: tuple[PlacedStudent, ...] = ()
    shared_with: str | None = None
    shared_families: int = 0
    changed_percent: float = 0.0
    change_seed: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.students <= MOST_STUDENTS:
            raise ValueError(f"students must be between 0 and {MOST_STUDENTS}: file numbers have seven digits")
        if len(self.placed) > self.students:
            raise ValueError("more students are placed than are to be generated")
        if self.shared_with == self.organisation.code:
            raise ValueError("an organisation cannot share families with itself")
        if bool(self.shared_with) != bool(self.shared_families):
            raise ValueError("shared families need the code of the other organisation, and a number of families")


@dataclass(frozen=True, kw_only=True)
class Guardian:
    """A parent or other guardian."""

    source_id: str
    given_name: str
    family_name: str
    email: str | None


@dataclass(frozen=True, kw_only=True)
class Student:
    """A student; the first guardian is the principal one. `rights` speaks of guardians by their `source_id`."""

    source_id: str
    given_name: str
    family_name: str
    middle_name: str
    is_female: bool
    birth_on: date
    file_number: str
    permanent_code: str
    grade: str
    school: School
    guardians: tuple[Guardian, ...]
    rights: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Family:
    """Guardians, and those of their children who are in this registry."""

    guardians: tuple[Guardian, ...]
    students: tuple[Student, ...]
