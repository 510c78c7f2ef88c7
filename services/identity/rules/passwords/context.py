"""Words that anybody would try first for this portal and this person (PWD-5)."""

import re
import unicodedata

from services.identity.rules.passwords.blocklist import variants

PORTAL_WORDS = ("mozaik", "portail", "vitrail")
SEASONS = ("printemps", "ete", "automne", "hiver", "spring", "summer", "autumn", "fall", "winter")

_SHORTEST_LOCAL_PART = 4
_YEAR = r"(?:19|20)\d\d"
# Only digits and signs may stand between the two or around them: "Hiver-2026!", "2026été".
_SEASON_AND_YEAR = re.compile(
    rf"[^a-z]*(?:(?:{'|'.join(SEASONS)})[^a-z0-9]*{_YEAR}|{_YEAR}[^a-z0-9]*(?:{'|'.join(SEASONS)}))[^a-z]*"
)
_NOT_LETTER_OR_DIGIT = re.compile(r"[^a-z0-9]")


def has_context(password: str, *, email: str) -> bool:
    """Tell whether `password` is made of the portal's name, the person's own address, or a season and its year.

    The portal's words and the part before the @ (from four characters on) are refused wherever they occur, in capitals,
    with or without accents, and with signs for letters; season and year when they are the whole of it.
    """
    plain = _plain(password)
    squeezed = {_squeeze(variant) for variant in variants(plain)}
    words = [*PORTAL_WORDS]
    local_part = _squeeze(_plain(email.rpartition("@")[0]))
    if len(local_part) >= _SHORTEST_LOCAL_PART:
        words.append(local_part)
    if any(word in text for word in words for text in squeezed):
        return True
    return _SEASON_AND_YEAR.fullmatch(plain) is not None


def _plain(text: str) -> str:
    """Return `text` in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _squeeze(text: str) -> str:
    return _NOT_LETTER_OR_DIGIT.sub("", text)
