"""What a subscriber may be called, and what is named after it."""

import re
from typing import Final

# Small, so that it reads well within a topic's name; no dot, because dots separate the parts of it.
_FORM: Final = re.compile(r"[a-z][a-z0-9-]{0,29}[a-z0-9]", re.ASCII)


def is_well_formed(name: str) -> bool:
    """Tell whether `name` is 2 to 31 small letters, digits and inner hyphens, a letter first."""
    return _FORM.fullmatch(name) is not None


def principal(name: str) -> str:
    """Return the name under which the event log knows a subscriber."""
    return f"sub-{name}"


def group_prefix(name: str) -> str:
    """Return what the names of its consumer groups begin with; the dot keeps `sub-a` out of the groups of `sub-ab`."""
    return f"sub-{name}."
