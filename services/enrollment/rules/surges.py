"""When more claims of an organisation are wrong than is usual there (CHD-7, AUD-6)."""

from typing import Final

# Ten minutes in seven days.
_SPANS: Final = 7 * 24 * 6


def is_surge(*, recent: int, of_week: int, least: int, factor: int) -> bool:
    """Tell whether the failures of the last ten minutes are more than `factor` times what is usual in as long.

    `recent` is a part of `of_week`. Below `least` nothing is a surge: where nobody failed for a week, the first would be.
    """
    usual = (of_week - recent) / (_SPANS - 1)
    return recent >= least and recent > factor * usual
