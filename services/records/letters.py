"""The letters that records sends, to the addresses that schools gave for it: never a child's name, number or school.

What they say stands in `texts/letters/`, how they look in `shared/letters/`. Parents are told by identity, which hears our
events.
"""

from pathlib import Path
from typing import Final

from shared.letters import Stationery

# Its code is the reference that the parent was given.
SUPPORT_REQUESTED: Final = "support_requested"

WITH_CODE: Final = frozenset({SUPPORT_REQUESTED})
KINDS: Final = (SUPPORT_REQUESTED,)

_stationery: Final = Stationery(Path(__file__).parent / "texts" / "letters", with_code=WITH_CODE)
write = _stationery.write
