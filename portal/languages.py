"""French first, English complete: the texts, and every page under an address of its own in each language."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_currency, format_percent
from markupsafe import Markup, escape

FRENCH, ENGLISH = "fr", "en"
LANGUAGES = (FRENCH, ENGLISH)
_LOCALES = {FRENCH: "fr_CA", ENGLISH: "en_CA"}
# What the page's `lang` says.
TAGS = {FRENCH: "fr-CA", ENGLISH: "en-CA"}
# Where the schools are, and their days.
SCHOOLS: Final = ZoneInfo("America/Toronto")
NAMES = {FRENCH: "Français", ENGLISH: "English"}


class Texts:
    """The words of the portal's own; what the API says is already in the visitor's language."""

    def __init__(self, folder: Path) -> None:
        self._texts = {language: _flat(_read(folder / language)) for language in LANGUAGES}

    def keys(self, language: str) -> set[str]:
        """Return which texts there are in a language."""
        return set(self._texts[language])

    def raw(self, key: str, language: str) -> str:
        """Return a text as it is written."""
        return self._texts[language][key]

    def of(self, key: str, language: str, **facts: object) -> Markup:
        """Return a text with its facts, which are escaped: a text may hold markup, a fact may not."""
        return Markup(self._texts[language][key]).format(**{name: escape(fact) for name, fact in facts.items()})  # noqa: S704 - ours


def spoken_date(moment: date | datetime, language: str, *, is_short: bool = False) -> str:
    """Return a day as it is said: « 1er décembre 2026 » or « 1er déc. 2026 »; of a moment, the day that it is at school."""
    day = moment.astimezone(SCHOOLS).date() if isinstance(moment, datetime) else moment
    said = format_date(day, format="medium" if is_short else "long", locale=_LOCALES[language])
    return f"1er{said[1:]}" if language == FRENCH and said.startswith("1 ") else said


def spoken_day(day: date, language: str, *, is_year_said: bool = True) -> str:
    """Return a day with its weekday: « mardi 1er décembre 2026 », "Tuesday, December 1, 2026"."""
    said = format_date(day, format="full", locale=_LOCALES[language])
    if not is_year_said:
        said = said.removesuffix(str(day.year)).rstrip(" ,")
    return said.replace(" 1 ", " 1er ") if language == FRENCH else said


def spoken_time(at: time | str, language: str) -> str:
    """Return a time of day, given as such or as `12:30`: « 12 h 30 », "12:30 p.m."."""
    given = time.fromisoformat(at) if isinstance(at, str) else at
    said = format_time(given, format="short", locale=_LOCALES[language])
    # « 9 h 05 », as people here write it, where the locale would have « 09 h 05 ».
    return said.replace("\u202f", "\u00a0").replace(" ", "\u00a0").removeprefix("0")


def spoken_moment(moment: datetime, language: str) -> str:
    """Return a day and the time at school: « mardi 24 novembre 2026, 10 h 40 »."""
    there = moment.astimezone(SCHOOLS)
    return f"{spoken_day(there.date(), language)}, {spoken_time(there.time(), language)}"


def spoken_list(each: Sequence[str], language: str) -> str:
    """Return names as they are said one after the other: « Éloïse, Jo et Léa »."""
    return format_list(each, locale=_LOCALES[language])


def spoken_month(day: date, language: str, *, is_short: bool = False) -> str:
    """Return the month of a day: « novembre 2026 », or « nov. »."""
    return format_date(day, format="MMM" if is_short else "MMMM y", locale=_LOCALES[language])


def spoken_money(amount: str, language: str) -> str:
    """Return dollars as they are written: « 182,75 $ », "$182.75"."""
    return format_currency(Decimal(amount), "CAD", locale=_LOCALES[language])


def spoken_percent(number: float, language: str) -> str:
    """Return a number out of a hundred as it is written: « 82,5 % », "82.5%"."""
    return format_percent(
        number / 100, format="#,##0.#\u00a0%" if language == FRENCH else "#,##0.#%", locale=_LOCALES[language]
    )


def spoken_span(seconds: float, language: str) -> str:
    """Return a span as it is said, to the minute or to the hour: « 2 heures », "15 minutes"."""
    return format_timedelta(
        timedelta(seconds=max(60.0, seconds)), granularity="minute", threshold=1.2, locale=_LOCALES[language]
    )


def spoken_wait(wait: timedelta, language: str) -> str:
    """Return how long to wait, as a span and rounded up: who comes back then must not come too early."""
    seconds = wait.total_seconds()
    unit = next((each for each in (86_400, 3_600) if seconds > 1.15 * each), 60)
    return spoken_span(math.ceil(seconds / unit) * unit, language)


def language_of_path(path: str) -> str:
    """Return the language of an address, whatever the browser would prefer."""
    return ENGLISH if path == "/en" or path.startswith("/en/") else FRENCH


def _read(folder: Path) -> Mapping[str, Any]:
    # A file for each part of the portal, named as the one table that it holds.
    return {file.stem: tomllib.loads(file.read_text("utf-8"))[file.stem] for file in sorted(folder.glob("*.toml"))}


def _flat(texts: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in texts.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
