"""The letters that enrollment sends, to addresses that stand on a school's file: never a child's name, number or school.

What they say stands in `texts/letters/`, how they look in `shared/letters/`. Whoever has an account is told by identity,
which hears our events.
"""

from pathlib import Path
from typing import Final

from shared.letters import Stationery

# Its code is the reference by which the school finds the link.
ACCOUNT_LINKED: Final = "account_linked"
CAMPAIGN_OPEN: Final = "campaign_open"
CAMPAIGN_REMINDER: Final = "campaign_reminder"

WITH_CODE: Final = frozenset({ACCOUNT_LINKED})
KINDS: Final = (ACCOUNT_LINKED, CAMPAIGN_OPEN, CAMPAIGN_REMINDER)

_stationery: Final = Stationery(Path(__file__).parent / "texts" / "letters", with_code=WITH_CODE)
write = _stationery.write
