"""When a parent's words and the school's file say the same (EN-09, EN-13, EN-14, C7, E5).

Names are compared strictly, after folding what is not a typo but a keyboard or an encoding:

* composed and decomposed letters (NFC, NFD), compatibility forms and ligatures of type (`ﬁ`, full-width letters): NFKC;
* capitals and small letters;
* the apostrophes ’ ‘ ʼ ′ ` ´ and ';
* the hyphens - ‐ ‑ and − (a long dash – or — is another sign, and stays one);
* NBSP and every other blank; runs of blanks; blanks at either end, and around a hyphen or after an apostrophe;
* œ and oe, æ and ae: many keyboards do not have the ligature.
* marks that are not seen (soft hyphen, zero width).

What stays a difference, because the guide says so (« correctement orthographié, accent, espace, trait d’union »):
accents and cedillas, hyphen or blank between two names, a missing or additional name.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

_APOSTROPHES: Final = "\u2019\u2018\u02bc\u02b9\u2032\uff07`\u00b4\u201b"
_HYPHENS: Final = "\u2010\u2011\u2212\ufe63\uff0d"
_UNSEEN: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_SAME: Final = str.maketrans(
    {
        **dict.fromkeys(_APOSTROPHES, "'"),
        **dict.fromkeys(_HYPHENS, "-"),
        # A soft hyphen and the marks of zero width are not seen, so nobody can have meant them.
        **dict.fromkeys(_UNSEEN),
        "\u0153": "oe",
        "\u0152": "oe",
        "\u00e6": "ae",
        "\u00c6": "ae",
    }
)
_BLANKS: Final = re.compile(r"\s+")
_BLANKS_AROUND_HYPHEN: Final = re.compile(r" ?- ?")
_BLANKS_AROUND_APOSTROPHE: Final = re.compile(r" ?' ?")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a parent says of a child."""

    last_name: str
    first_name: str
    birth_on: date


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the school's file says of a student."""

    family_name: str
    given_name: str
    birth_on: date | None
    is_active: bool


# Compared when no student has the number that was typed, so that a miss costs what a hit costs (CHD-3).
DECOY: Final = Record(family_name="\u2205", given_name="\u2205", birth_on=date(1, 1, 1), is_active=False)


def fold(name: str) -> str:
    """Return a name without what is no typo; two names are the same when their folds are."""
    # The typographic signs go first: NFKC would make some of them (´) a blank and an accent.
    folded = unicodedata.normalize("NFKC", name.translate(_SAME)).casefold()
    # casefold can leave a letter decomposed (İ) and NFKC can bring a sign back (from a full-width form): once more.
    folded = unicodedata.normalize("NFC", folded.translate(_SAME))
    folded = _BLANKS.sub(" ", folded).strip()
    return _BLANKS_AROUND_APOSTROPHE.sub("'", _BLANKS_AROUND_HYPHEN.sub("-", folded))


def bare(name: str) -> str:
    """Return the letters and digits of a name alone, without accents: what guesses at one child have in common (CHD-5).

    Wider than `fold` on purpose: whoever walks the numbers of a child gets no new budget by writing its name with
    another accent, and a parent who leaves one out is still recognized as being on the record.
    """
    decomposed = unicodedata.normalize("NFKD", fold(name))
    return "".join(letter for letter in decomposed if letter.isalnum())


def differences(claim: Claim, record: Record) -> tuple[str, ...]:
    """Return the fields that disagree, for the school's eyes alone; nothing when all of them agree.

    Every field is compared whatever the others say (CHD-3). A student without a date of birth on file agrees with none.
    """
    agreements = (
        ("last_name", fold(claim.last_name) == fold(record.family_name)),
        ("first_name", fold(claim.first_name) == fold(record.given_name)),
        ("birth_date", claim.birth_on == record.birth_on),
        ("status", record.is_active),
    )
    return tuple(name for name, agrees in agreements if not agrees)
