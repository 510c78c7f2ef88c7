"""What a school decides of a motivation."""

from typing import Final

PENDING: Final = "pending"
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
# What can be decided; until then it counts.
DECISIONS: Final = (ACCEPTED, REFUSED)
