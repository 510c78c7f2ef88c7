"""Readers of student registries: OneRoster 1.1, OneRoster 1.2 and SDS v2.1, from a folder or a zip (registry.md).

    with open_registry(path) as registry:
        for record in registry.records():
            ...

Standard library only, no memory that grows with the files, and no line that can stop the others.
"""

from services.enrollment.registry_files.readers import Record
from services.enrollment.registry_files.records import (
    BirthDateRow,
    GuardianshipRow,
    NumberRow,
    OrganisationRow,
    RoleRow,
    SchoolRow,
    UserRow,
)
from services.enrollment.registry_files.registry import RegistryFiles, open_registry
from services.enrollment.registry_files.rejections import (
    REASONS,
    MalformedFile,
    MalformedRegistry,
    RejectedLine,
    reason,
)
from services.enrollment.registry_files.tables import LONGEST_SOURCE_ID

__all__ = [
    "LONGEST_SOURCE_ID",
    "REASONS",
    "BirthDateRow",
    "GuardianshipRow",
    "MalformedFile",
    "MalformedRegistry",
    "NumberRow",
    "OrganisationRow",
    "Record",
    "RegistryFiles",
    "RejectedLine",
    "RoleRow",
    "SchoolRow",
    "UserRow",
    "open_registry",
    "reason",
]
