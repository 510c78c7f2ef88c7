"""How organisations are ordered and found by name (EN-05 to EN-08, api.md `GET /organisations`).

The boards changed names in 2020: « CS des Phares » became « CSS des Phares », and the guides show both. Two rules follow:

* **order** — by the former « CS … » form, which makes the list page of the guides (EN-06, EN-07) hold whichever of the two
  names is shown. Sorting by the present name would put the eleven boards that kept « CS » before all the « CSS »;
* **search** — over both names, and over the words behind the letters (« centre de services scolaire », « commission
  scolaire », "school board"), without accents, case or punctuation.
"""

import re
import unicodedata

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})
_PRESENT_FORM = re.compile(r"^css ")
_SPELLED_OUT = (
    (re.compile(r"^css "), "centre de services scolaire"),
    (re.compile(r"^cs "), "commission scolaire school board"),
)
# A search is something a person types; beyond this it is an attack on the database's LIKE.
_MOST_WORDS = 10


def fold(text: str) -> str:
    """Return the words of a text, without accents, case, ligatures or punctuation, one space apart."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).casefold()
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", bare).strip()


def sort_key(name: str, former_name: str | None = None) -> str:
    """Return what the list is ordered by: the folded former « CS … » name (EN-06, EN-07).

    An organisation without a former name takes its place among the others: its « CSS » counts as « CS ».
    """
    return _PRESENT_FORM.sub("cs ", fold(former_name or name))


def search_text(name: str, former_name: str | None = None) -> str:
    """Return the text that every word of a search must occur in: both names and what their letters stand for (EN-05, EN-08)."""
    names = dict.fromkeys(fold(each) for each in (name, former_name) if each)
    spelled_out = [words for each in names for letters, words in _SPELLED_OUT if letters.match(each)]
    return " ".join([*names, *spelled_out])


def search_words(search: str) -> tuple[str, ...]:
    """Return the words to look for: letters a–z and digits only, so that none can be a wildcard of `LIKE`.

    Nothing typed (or punctuation alone) gives no word, which every organisation matches.
    """
    return tuple(dict.fromkeys(fold(search).split()))[:_MOST_WORDS]


def is_found(text: str, search: str) -> bool:
    """Tell whether every word of a search occurs in an organisation's `search_text`."""
    return all(word in text for word in search_words(search))
