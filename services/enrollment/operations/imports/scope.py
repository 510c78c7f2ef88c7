"""What a registry speaks of: where a file that is silent about somebody means that they are gone, and where it means nothing."""

from dataclasses import dataclass
from typing import Self

from services.enrollment.registry_files import RegistryFiles


@dataclass(frozen=True, kw_only=True)
class Scope:
    """For each kind of fact, whether the registry's files give all of it (registry.md, "status, delta")."""

    # Who is not in the users' file is gone.
    is_bulk: bool
    says_schools: bool
    # Who has no role in the file has none any more.
    says_student_roles: bool
    says_guardian_roles: bool
    # Who has no birth date in the file has none any more.
    says_births: bool
    # A guardian who is not in the files is gone.
    says_guardians: bool
    # The file gives all guardians of the students whom it names.
    says_guardianships: bool
    # A guardian who loses the last student is gone.
    drops_orphans: bool = False

    @classmethod
    def of(cls, registry: RegistryFiles) -> Self:
        """Return what a registry speaks of."""
        modes = registry.modes
        roles = registry.format == "oneroster-1.1" or modes.get("roles.csv") == "bulk"
        # SDS knows guardians by their relationships alone; without that file it says nothing of any.
        is_sds = registry.format == "sds-2.1"
        guardians = modes.get("relationships.csv") == "bulk" if is_sds else True
        return cls(
            is_bulk=registry.mode == "bulk",
            says_schools=modes.get("orgs.csv") == "bulk",
            says_student_roles=roles,
            says_guardian_roles=roles and guardians,
            says_births=modes.get("demographics.csv") == "bulk",
            says_guardians=registry.mode == "bulk" and guardians,
            says_guardianships=guardians,
        )

    @classmethod
    def of_call(cls) -> Self:
        """Return what a call about one student speaks of: all of that student and its guardians, and of nobody else.

        A file that goes on naming a guardian without a student keeps that person; nothing goes on naming one here.
        """
        return cls(
            is_bulk=False,
            says_schools=False,
            says_student_roles=True,
            says_guardian_roles=True,
            says_births=True,
            says_guardians=False,
            says_guardianships=True,
            drops_orphans=True,
        )
