"""Permanent codes for invented students, in the form of the ministry's (domain-facts C1).

They are made here and nowhere else: no part of the product derives or checks one. The real validation digits have no public formula, and
how short or hyphenated names are cut is not public either; digits are drawn and short names padded with X.
"""

import hashlib
import unicodedata
from datetime import date

_SHORT_NAME_PADDING = "X"
_FIRST_YEAR_OF_MARKED_DAYS = 2000
_DAY_MARK = 62
_MONTH_MARK = 50
_LIGATURES = str.maketrans(
    {"Œ": "OE", "Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D", "ẞ": "SS", "ß": "SS", "İ": "I", "ı": "I"}
)


def plain_letters(name: str) -> str:
    """Return the letters A to Z of a name, without accents, spaces, hyphens and apostrophes."""
    decomposed = unicodedata.normalize("NFKD", name.upper().translate(_LIGATURES))
    return "".join(letter for letter in decomposed if "A" <= letter <= "Z")


def permanent_code(*, family_name: str, given_name: str, birth_on: date, is_female: bool, validation: int) -> str:
    """Return four letters of the names, the day (+62 if born after 1999), the month (+50 for a girl), the year, two digits.

    Zoe Tremblay, a girl born on 2011-03-09, with validation digits 01, is TREZ71531101.
    """
    letters = plain_letters(family_name)[:3].ljust(3, _SHORT_NAME_PADDING)
    initial = plain_letters(given_name)[:1] or _SHORT_NAME_PADDING
    day = birth_on.day + (_DAY_MARK if birth_on.year >= _FIRST_YEAR_OF_MARKED_DAYS else 0)
    month = birth_on.month + (_MONTH_MARK if is_female else 0)
    return f"{letters}{initial}{day:02}{month:02}{birth_on.year % 100:02}{validation:02}"


class GivenCodes:
    """Remembers which codes were given, in a fixed amount of memory (a Bloom filter of 16 MiB).

    At 1.3 million codes it takes about two in a million for given that are not: these merely get other digits. A set would grow to
    some hundred megabytes, and without either two students in a thousand would share their code at that size.
    """

    _BITS = 1 << 27
    _PROBES = 4

    def __init__(self) -> None:
        self._given = bytearray(self._BITS // 8)

    def give(self, code_without_digits: str, digits: int) -> int:
        """Return the wished-for validation digits, or the next that are free."""
        for attempt in range(100):
            candidate = (digits + attempt) % 100
            if self._claim(f"{code_without_digits}{candidate:02}"):
                return candidate
        raise ValueError("all hundred codes of these names and this birth date are given")

    def _claim(self, code: str) -> bool:
        # Not hash(), which Python salts anew in each process: the same seed must give the same registry.
        number = int.from_bytes(hashlib.blake2b(code.encode(), digest_size=16).digest(), "big")
        is_new = False
        for probe in range(self._PROBES):
            bit = (number >> 32 * probe) % self._BITS
            mask = 1 << (bit & 7)
            if not self._given[bit >> 3] & mask:
                self._given[bit >> 3] |= mask
                is_new = True
        return is_new
