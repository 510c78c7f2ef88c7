"""References that somebody reads to another over the telephone, a parent to the school's secretary (W10)."""

import secrets
from typing import Final

# No I, L, O, U, 0 or 1: nobody has to ask which it was. 30 letters, 10 of them: 49 bits.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 10


def new() -> str:
    """Return a new reference; it says nothing, and cannot be guessed."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def typed(text: str) -> str:
    """Return a reference as it was written, from how somebody typed what they heard."""
    return "".join(character for character in text.upper() if character.isalnum())
