"""The blocklist: passwords that everybody uses, looked up offline (PWD-4).

The list and where it comes from: `common_passwords.txt` and `NOTICE` beside it.
"""

from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "common_passwords.txt"

# What people write instead of a letter, believing that it helps.
_LEET = str.maketrans("4@36!1|05$7+89", "aaegiiiossttbg")
_LEET_L = str.maketrans("4@36!1|05$7+89", "aaegillossttbg")


def is_common(password: str) -> bool:
    """Tell whether `password` is on the list, in any capitals and with any of the usual substitutions."""
    listed = _listed()
    folded = password.casefold()
    return any(variant in listed for variant in variants(folded))


def variants(folded: str) -> set[str]:
    """Return what a case-folded password may stand for: itself, and with letters for the signs that look like them.

    Digits and signs after the last letter stay as they are: in "p@ssw0rd1!" only the word is disguised.
    """
    end = len(folded)
    while end and not folded[end - 1].isalpha():
        end -= 1
    return {
        folded,
        *(folded[:end].translate(table) + folded[end:] for table in (_LEET, _LEET_L)),
        *(folded.translate(table) for table in (_LEET, _LEET_L)),
    }


@cache
def _listed() -> frozenset[str]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("# "))
