"""Pages that every service serves: health, and one readable page a problem type."""

from collections.abc import Callable
from html import escape

import flask

from shared import auth
from shared.problems import NotFound, Problem, Unavailable
from shared.texts import LANGUAGES, Texts

# Asked every few seconds by the platform: not worth a log line each.
QUIET = frozenset({"/livez", "/readyz"})


def health(is_ready: Callable[[], bool]) -> flask.Blueprint:
    """Return `/livez` (the process alone) and `/readyz` (it can serve)."""
    blueprint = flask.Blueprint("health", __name__)

    @blueprint.get("/livez")
    def livez() -> dict[str, str]:
        return {"status": "live"}

    @blueprint.get("/readyz")
    def readyz() -> dict[str, str]:
        if not is_ready():
            raise Unavailable
        return {"status": "ready"}

    return blueprint


def problems(part: str, texts: Texts, classes: list[type[Problem]]) -> flask.Blueprint:
    """Return the pages at `/problems/<part>/…`, which make a problem's `type` resolve."""
    blueprint = flask.Blueprint("problems", __name__, url_prefix=f"/problems/{part}")
    blueprint.before_request(auth.public)
    by_slug = {each.slug(): each for each in classes}

    @blueprint.get("/")
    def index() -> str:
        rows = "".join(
            f'<li><a href="{escape(slug)}"><code>{escape(slug)}</code></a> {escape(texts.of(slug, "fr").title)}</li>'
            for slug in sorted(by_slug)
        )
        return page("fr", f"Les refus de {part}", f'<ul class="problems">{rows}</ul>')

    @blueprint.get("/<slug>")
    def show(slug: str) -> str:
        if slug not in by_slug:
            raise NotFound
        parts = []
        for language in LANGUAGES:
            text = texts.of(slug, language)
            parts.append(
                f'<section lang="{language}"><h2>{escape(text.title)}</h2><p>{escape(text.filled({}))}</p></section>'
            )
        about = f'<p><a href="/problems/{part}/">Les refus de {part}</a></p>'
        about += f"<p><code>{escape(by_slug[slug].code())}</code> · HTTP {by_slug[slug].status}</p>"
        return page("fr", slug, about + "".join(parts))

    return blueprint


def page(language: str, title: str, body: str) -> str:
    """Return an HTML page in the portal's style; `body` is markup, whose texts the caller has escaped."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # The gateway's style: everything is reached through one origin. Without it the page reads as well.
        '<link rel="stylesheet" href="/assets/style.css"></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
