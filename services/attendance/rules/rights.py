"""What a guardian may do with a child's absences (AT-11): words that enrollment tells with each guardianship."""

from collections.abc import Collection
from typing import Final

VIEW_FILE: Final = "view_file"
REPORT_ABSENCES: Final = "report_absences"


def may_see(rights: Collection[str]) -> bool:
    """Tell whether a guardian may see what was recorded and announced."""
    return VIEW_FILE in rights


def may_act(rights: Collection[str]) -> bool:
    """Tell whether a guardian may announce, withdraw and motivate."""
    return REPORT_ABSENCES in rights
