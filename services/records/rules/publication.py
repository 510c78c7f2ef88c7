"""What the school's words about an entry come to: whether it is published, and from which moment parents see it.

    its own word     publish (from a moment) · hold · withdraw
    its release      published (from a moment), or not yet; an entry without one waits for none
    its own time     a ministerial result is seen by nobody before the day of its session (RE-04)

Each of the three can only hold back: an entry is shown from the last of the three moments, and not at all while one is missing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

PUBLISH: Final = "publish"
HOLD: Final = "hold"
WITHDRAW: Final = "withdraw"

DRAFT: Final = "draft"
PUBLISHED: Final = "published"
WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True)
class Standing:
    """Where an entry stands: `available_at` is there if, and only if, it is published."""

    state: str
    available_at: datetime | None


def standing(
    *,
    decision: str,
    shown_from: datetime,
    has_release: bool,
    release_at: datetime | None,
    not_before: datetime | None,
) -> Standing:
    """Return where an entry stands; `release_at` is from when its release is published, None while it is not."""
    if decision == WITHDRAW:
        return Standing(WITHDRAWN, None)
    if decision == HOLD or (has_release and release_at is None):
        return Standing(DRAFT, None)
    moments = (shown_from, release_at if has_release else None, not_before)
    return Standing(PUBLISHED, max(each for each in moments if each is not None))


def is_visible(found: Standing, *, at: datetime) -> bool:
    """Tell whether parents see it at a moment."""
    return found.available_at is not None and found.available_at <= at


def from_when(*, asked: datetime | None, at: datetime, shown_since: datetime | None) -> datetime:
    """Return from when something is shown that is asked at `at` to be shown from `asked`, or at once.

    Never from a moment that has passed: nobody could see it then. What is shown already (`shown_since`) stays as it is.
    """
    if asked is not None and asked > at:
        return asked
    return shown_since if shown_since is not None and shown_since <= at else at
