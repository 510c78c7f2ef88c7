"""In which language somebody is written to whose own we do not know: that of the school's network."""

from typing import Final

FRENCH: Final = "fr"
ENGLISH: Final = "en"


def of_network(network: str | None) -> str:
    """Return which language comes first; letters say everything in the other one after it."""
    return ENGLISH if network == "anglophone" else FRENCH
