"""How long to wait before trying again: twice as long each time, up to a limit, and never all at the same moment."""

import random
from typing import Final

FIRST_PAUSE_S: Final = 0.05
# What was away and is back is noticed within it: relays and consumers go on three seconds later at most.
LONGEST_PAUSE_S: Final = 2.0


def pause(attempts: int, *, first: float = FIRST_PAUSE_S, longest: float = LONGEST_PAUSE_S) -> float:
    """Return the seconds to wait after `attempts` failures (1 or more): half fixed, half drawn by lot."""
    # The exponent is bounded because `attempts` is not: a broker may be away for days.
    whole = min(longest, first * 2.0 ** min(attempts - 1, 30))
    return whole / 2 + random.uniform(0, whole / 2)  # noqa: S311 - spreads load, guards nothing
