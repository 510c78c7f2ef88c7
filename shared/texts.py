"""Texts for people, French first: one TOML file a language beside the code that speaks.

`[slug] title = … detail = …`, with `{facts}` in the detail; a day among them is told in the language's words, a
`Bilingual` fact in its half. Where one refusal has several occasions, `[slug.occasions]` has the detail of each, and the
fact `occasion` chooses. A service's file overrides the shared one.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared import spoken_days

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"
SHARED = Path(__file__).parent / "texts"
# A short message beside the rule that it explains says both languages at once: "français | English".
BILINGUAL_SEPARATOR = " | "


class Bilingual(str):
    """A fact that says both languages at once; a text tells it in the reader's."""

    __slots__ = ()


@dataclass(frozen=True)
class Text:
    """The words of one problem in one language."""

    title: str
    detail: str
    language: str = DEFAULT_LANGUAGE
    occasions: Mapping[str, str] = field(default_factory=dict)

    def filled(self, facts: dict[str, Any]) -> str:
        """Return the detail with its placeholders filled; a missing fact leaves its name rather than failing."""
        said = {name: self._say(fact) for name, fact in facts.items()}
        return self.occasions.get(facts.get("occasion", ""), self.detail).format_map(_Facts(said))

    def _say(self, fact: Any) -> Any:
        if isinstance(fact, Bilingual):
            return half(self.language, fact)
        return spoken_days.say(fact, language=self.language) if type(fact) is date else fact


class _Facts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return name


class Texts:
    """The texts of one part: its own folder over the shared one."""

    def __init__(self, folder: Path) -> None:
        self._by_language = {language: _load(SHARED, language) | _load(folder, language) for language in LANGUAGES}

    def of(self, slug: str, language: str) -> Text:
        """Return the words for `slug` in `language`.

        Raises:
            KeyError: the slug has no text; an architecture test keeps this from happening.
        """
        return self._by_language[language][slug]

    def slugs(self, language: str) -> set[str]:
        """Return every slug that has words in `language`."""
        return set(self._by_language[language])


def half(language: str, message: str) -> str:
    """Return one language's half of a message that says both; any other message as it is."""
    in_french, _, in_english = message.partition(BILINGUAL_SEPARATOR)
    return in_english if in_english and language != DEFAULT_LANGUAGE else in_french


@lru_cache(maxsize=64)
def language_of(accept_language: str | None) -> str:
    """Return the best of our languages for an `Accept-Language` header (RFC 9110 §12.5.4); French by default."""
    best, best_quality = DEFAULT_LANGUAGE, 0.0
    for position, part in enumerate((accept_language or "").split(",")[:20]):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters) - position * 1e-6
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def _load(folder: Path, language: str) -> dict[str, Text]:
    path = folder / f"{language}.toml"
    if not path.exists():
        return {}
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        slug: Text(entry["title"], entry.get("detail", ""), language, entry.get("occasions", {}))
        for slug, entry in entries.items()
    }
