"""PINs (« NIP ») that a school hands to a guardian: how they are made, typed and found (EN-02, W14).

Eight characters of a 32-letter alphabet (Crockford's): 40 bits. What cannot be told apart on paper is the same
character, so nobody has to ask which it was.
"""

import re
import secrets
import unicodedata
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8
_GROUP: Final = 4

_LOOK_ALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
# Groups, and whatever a letter or a copied line brings along: blanks, hyphens and dashes of every kind, marks unseen.
_BETWEEN: Final = re.compile(r"[\s\-_.\u00ad\u2010-\u2015\u2212\u200b-\u200d\u2060\ufeff]+")
_FORM: Final = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def new() -> str:
    """Return a new PIN."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(pin: str) -> str:
    """Return a PIN as it is printed: in groups."""
    return "-".join(pin[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))


def parse(text: str) -> str | None:
    """Return the PIN that was typed, or None when it has another form."""
    compact = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_LOOK_ALIKES)
    return compact if _FORM.fullmatch(compact) else None


def of_child(organisation_id: str, student_id: str, pin: str) -> tuple[str, ...]:
    """Return the parts of `pins.digest`: the same characters are another PIN for another child (CHD-14)."""
    return ("pin", organisation_id, student_id, pin)
