"""Importing a student registry."""

from services.enrollment.operations.imports.importing import (
    MOST_REMOVALS,
    PHASES,
    ImportReport,
    Progress,
    import_registry,
)
from services.enrollment.operations.imports.keys import StudentKeys

__all__ = ["MOST_REMOVALS", "PHASES", "ImportReport", "Progress", "StudentKeys", "import_registry"]
