"""Letters as they are written: both languages in each, text and HTML, a code once and never in a link (COD-18).

What a letter says stands in the TOML files of whoever sends it, one a language; what all letters say, and how they look,
stands here. Subjects hold neither a code nor a fact.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import jinja2

from shared import spoken_days
from shared.mail import Letter
from shared.texts import LANGUAGES

# What a text may be filled with: spans and days are told in the words of each language, everything else as it is.
Fact = str | int | date | timedelta

# Stands where the code will; of a kind that no text, name or address holds.
_BLANK_CODE: Final = "\ue000code\ue000"

_FOLDER: Final = Path(__file__).parent


class Stationery:
    """Writes the letters of one service.

    In:
        texts: a folder with `fr.toml` and `en.toml`, in which each kind has a `subject`, a `heading` and `paragraphs`;
            one that carries something else than a verification code has a `code_label`, too.
        with_code: the kinds that carry a code, or a reference.
    """

    def __init__(self, texts: Path, *, with_code: Collection[str] = ()) -> None:
        self._words = {language: _words(texts, language) for language in LANGUAGES}
        self._with_code = frozenset(with_code)
        # Laying a letter out costs as much as everything else about asking for a code, and many letters are alike.
        self._blank = lru_cache(maxsize=64)(self._lay_out)

    def write(
        self,
        kind: str,
        *,
        to: str,
        language: str,
        portal_name: str,
        public_url: str,
        code: str | None = None,
        **facts: Fact,
    ) -> Letter:
        """Return the letter of `kind`, in `language` first and in the other one after it.

        `code` is shown by the kinds that carry one; `facts` fill the placeholders of its paragraphs.

        Raises:
            KeyError: there is no such kind, or a placeholder has no fact.
        """
        blank = self._blank(kind, language, portal_name, public_url, tuple(sorted(facts.items())))
        return replace(blank, to=to, text=_fill(blank.text, code), html=_fill(blank.html, code))

    def _lay_out(
        self, kind: str, language: str, portal_name: str, public_url: str, facts: tuple[tuple[str, Fact], ...]
    ) -> Letter:
        """Return a letter to nobody yet."""
        languages = (language, *(each for each in LANGUAGES if each != language))
        parts = []
        for each in languages:
            words = self._words[each]
            said = {"portal_name": portal_name, **{name: _in_words(fact, each, words) for name, fact in facts}}
            parts.append(
                {
                    "language": each,
                    "heading": words[kind]["heading"].format(**said),
                    "paragraphs": [line.format(**said) for line in words[kind]["paragraphs"]],
                    "closing": words["closing"]["line"],
                    "code_label": words[kind].get("code_label", words["closing"]["code_label"]),
                }
            )
        shown = {
            "parts": parts,
            "code": _BLANK_CODE if kind in self._with_code else None,
            "url": public_url,
            "portal_name": portal_name,
        }
        return Letter(
            to="",
            # A dash, because some mail programs lose a blank between words that need encoding and words that do not.
            subject=" — ".join(
                self._words[each][kind]["subject"].format(portal_name=portal_name) for each in languages
            ),
            text=_template("letter.txt.jinja").render(shown),
            html=_template("letter.html.jinja").render(shown),
            language=", ".join(languages),
        )


def _fill(text: str, code: str | None) -> str:
    return text if code is None else text.replace(_BLANK_CODE, code)


def _in_words(fact: Fact, language: str, words: Mapping[str, Any]) -> str:
    if isinstance(fact, timedelta):
        return _span(fact, words["units"])
    if isinstance(fact, datetime):
        # Which day a moment is on depends on where its reader is: whoever writes says the day.
        raise TypeError("a letter tells days, not moments")
    if isinstance(fact, date):
        return spoken_days.say(fact, language=language)
    return str(fact)


def _span(span: timedelta, units: Mapping[str, str]) -> str:
    """Return a span in words, in the largest unit that it fills evenly."""
    seconds = int(span.total_seconds())
    for name, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count}\u00a0{units[name if count == 1 else f'{name}s']}"
    return f"0\u00a0{units['seconds']}"


def _words(texts: Path, language: str) -> dict[str, Any]:
    both: dict[str, Any] = {}
    for folder in (_FOLDER / "texts", texts):
        both |= tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
    return both


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html.jinja",), default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
