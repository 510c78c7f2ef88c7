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
from services.enrollment.operations.imports.looking import describe, list_imports, list_rejections, read_import
from services.enrollment.operations.imports.places import ImportPlaces
from services.enrollment.operations.imports.traces import delete_lines

__all__ = [
    "MOST_REMOVALS",
    "PHASES",
    "ImportPlaces",
    "ImportReport",
    "Progress",
    "StudentKeys",
    "StudentOnFile",
    "delete_lines",
    "describe",
    "import_registry",
    "list_imports",
    "list_rejections",
    "read_import",
    "read_student",
    "remove_student",
    "replace_student",
]
