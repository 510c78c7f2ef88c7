"""The page that a printed code leads to: one verdict in both languages, readable without a script."""

import tomllib
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

import flask

from services.records.operations.verifying import Verdict
from shared import spoken_days
from shared.texts import LANGUAGES
from shared.web import pages

_TEXTS: Final = Path(__file__).parents[1] / "texts" / "verification"
# Nothing but our own style: no script, no image, no form, and in nobody's frame.
POLICY: Final = "default-src 'none'; object-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def answer(verdict: Verdict) -> flask.Response:
    """Return the page of a verdict."""
    sections = "".join(_section(verdict, language) for language in LANGUAGES)
    title = " · ".join(str(_texts(language)["title"]) for language in LANGUAGES)
    response = flask.Response(pages.page(LANGUAGES[0], title, sections), mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Language"] = ", ".join(LANGUAGES)
    # The address is the signature itself: it goes nowhere else.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _section(verdict: Verdict, language: str) -> str:
    texts = _texts(language)
    words = texts[verdict.status]
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _facts(verdict, language))
    return (
        f'<section lang="{language}" class="verdict {verdict.status.replace("_", "-")}">'
        f"<h2>{escape(words['heading'])}</h2><p>{escape(words['detail'])}</p>"
        + (f"<dl>{facts}</dl>" if facts else "")
        + f'<p>{escape(words["advice"])}</p><p class="quiet">{escape(texts["privacy"])}</p></section>'
    )


def _facts(verdict: Verdict, language: str) -> list[tuple[str, str]]:
    texts = _texts(language)
    if verdict.kind is None or verdict.organisation_code is None or verdict.issued_on is None:
        return []
    return [
        (texts["kind"], texts["kinds"][verdict.kind]),
        (texts["organisation"], texts["organisation_code"].format(code=verdict.organisation_code)),
        (texts["issued_on"], spoken_days.say(verdict.issued_on, language=language)),
    ]


@cache
def _texts(language: str) -> dict[str, Any]:
    return tomllib.loads((_TEXTS / f"{language}.toml").read_text("utf-8"))
