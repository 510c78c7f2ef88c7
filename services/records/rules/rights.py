"""What a guardian may do with a child's records: a word that enrollment tells with each guardianship."""

from collections.abc import Collection
from typing import Final

VIEW_FILE: Final = "view_file"


def may_see(rights: Collection[str]) -> bool:
    """Tell whether a guardian may see what the school published of a child."""
    return VIEW_FILE in rights
