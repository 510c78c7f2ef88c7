"""What made documents say in a language: words, days, amounts and numbers as people here write them (XC-07)."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from shared import spoken_days

LANGUAGES: Final = ("fr", "en")
NO_BREAK: Final = "\u00a0"
# The sign itself, and not the hyphen: it is as wide as a figure, and no line ends after it.
MINUS: Final = "\u2212"
_LINE: Final = "|"


class Wording:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        path = Path(__file__).parent / "texts" / f"{language}.toml"
        self._texts: Mapping[str, Mapping[str, str]] = tomllib.loads(path.read_text("utf-8"))

    def say(self, part: str, name: str, /, **facts: Any) -> str:
        """Return a text with its facts in it."""
        text = self._texts[part][name]
        return text.format_map(facts) if facts else text

    def lines(self, part: str, name: str, /, **facts: Any) -> list[str]:
        """Return a short text that is set in several lines."""
        return self.say(part, name, **facts).split(_LINE)

    def choose(self, phrase: Any) -> str | None:
        """Return a school's own text in this language; in the other where it has no other; None where there is none."""
        if isinstance(phrase, Mapping):
            return phrase.get(self.language) or next(iter(phrase.values()), None)
        return phrase

    def day(self, text: str) -> str:
        """Return a day (ISO 8601) as it is said."""
        return spoken_days.say(date.fromisoformat(text), language=self.language).replace(" ", NO_BREAK)

    def amount(self, text: str) -> str:
        """Return Canadian dollars, from a decimal text: « 1 234,56 $ », "$1,234.56"; « −100,00 $ », "−$100.00"."""
        amount = Decimal(text)
        sign = MINUS if amount < 0 else ""
        grouped = f"{abs(amount):,.2f}"
        if self.language == "fr":
            return f"{sign}{grouped.replace(',', NO_BREAK).replace('.', ',')}{NO_BREAK}$"
        return f"{sign}${grouped}"

    def percent(self, number: float) -> str:
        """Return a number out of a hundred: « 20 % », "20%"."""
        return f"{self.number(number)}{NO_BREAK}%" if self.language == "fr" else f"{self.number(number)}%"

    def number(self, number: float) -> str:
        """Return a number, to two places at most."""
        plain = f"{number:.2f}".rstrip("0").rstrip(".")
        return plain.replace(".", ",") if self.language == "fr" else plain


@cache
def of(language: str) -> Wording:
    """Return the words of a language."""
    return Wording(language)
