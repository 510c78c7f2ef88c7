"""Importing a student registry."""

from services.enrollment.operations.imports.by_call import (
    StudentOnFile,
    read_student,
    remove_student,
    replace_student,
)
from services.enrollment.operations.imports.importing import (
    MOST_REMOVALS,
    PHASES,
    ImportReport,
    Progress,
    import_registry,
)
from services.enrollment.operations.imports.keys import StudentKeys

__all__ = [
    "MOST_REMOVALS",
    "PHASES",
    "ImportReport",
    "Progress",
    "StudentKeys",
    "StudentOnFile",
    "import_registry",
    "read_student",
    "remove_student",
    "replace_student",
]
