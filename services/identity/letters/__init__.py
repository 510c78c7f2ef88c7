"""The letters that identity sends: both languages in each, text and HTML, the code once and never in a link (COD-18).

What a letter says stands in `texts/letters/`, how it looks in `templates/`. Subjects hold neither a code nor anything of
the reader's.
"""

import tomllib
from dataclasses import replace
from datetime import timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import jinja2

from shared.mail import Letter
from shared.texts import LANGUAGES

ACCOUNT_CREATION: Final = "account_creation"
EXISTING_ACCOUNT: Final = "existing_account"
PASSWORD_RESET: Final = "password_reset"
NO_ACCOUNT: Final = "no_account"
EMAIL_CONFIRMATION: Final = "email_confirmation"
EMAIL_CHANGE_UNDO: Final = "email_change_undo"
PASSWORD_CHANGED: Final = "password_changed"
EMAIL_REPLACED: Final = "email_replaced"
EMAIL_CHANGED: Final = "email_changed"
EMAIL_CHANGE_UNDONE: Final = "email_change_undone"
SESSIONS_ENDED: Final = "sessions_ended"
DATA_EXPORTED: Final = "data_exported"
ACCOUNT_DELETED: Final = "account_deleted"
IDENTITY_LINKED: Final = "identity_linked"
IDENTITY_UNLINKED: Final = "identity_unlinked"
CHILD_LINKED: Final = "child_linked"
CHILD_UNLINKED: Final = "child_unlinked"
GUARDIAN_JOINED: Final = "guardian_joined"

WITH_CODE: Final = frozenset(
    {ACCOUNT_CREATION, EXISTING_ACCOUNT, PASSWORD_RESET, EMAIL_CONFIRMATION, EMAIL_CHANGE_UNDO}
)
NEWS: Final = (
    PASSWORD_CHANGED,
    EMAIL_REPLACED,
    EMAIL_CHANGED,
    EMAIL_CHANGE_UNDONE,
    SESSIONS_ENDED,
    DATA_EXPORTED,
    ACCOUNT_DELETED,
    IDENTITY_LINKED,
    IDENTITY_UNLINKED,
    CHILD_LINKED,
    CHILD_UNLINKED,
    GUARDIAN_JOINED,
)
KINDS: Final = (*sorted(WITH_CODE), NO_ACCOUNT, *NEWS)
# News that nobody waits for at a screen may wait for a mail server.
NEWS_LIFETIME: Final = timedelta(hours=48)

# Stands where the code will; of a kind that no text, name or address holds.
_BLANK_CODE: Final = "\ue000code\ue000"

_FOLDER = Path(__file__).parent
_TEXTS = _FOLDER.parent / "texts" / "letters"


def write(
    kind: str,
    *,
    to: str,
    language: str,
    portal_name: str,
    public_url: str,
    code: str | None = None,
    lifetime: timedelta = timedelta(),
) -> Letter:
    """Return the letter of `kind`, in `language` first and in the other one after it.

    `code` is shown by the kinds of `WITH_CODE` alone. `lifetime` is that of the code, or of what the letter offers.
    """
    blank = _blank(kind, language=language, portal_name=portal_name, public_url=public_url, lifetime=lifetime)
    return replace(blank, to=to, text=_fill(blank.text, code), html=_fill(blank.html, code))


@lru_cache(maxsize=64)
def _blank(kind: str, *, language: str, portal_name: str, public_url: str, lifetime: timedelta) -> Letter:
    """Return a letter to nobody yet: laying it out costs as much as everything else about asking for a code."""
    languages = (language, *(each for each in LANGUAGES if each != language))
    parts = []
    for each in languages:
        words = _words(each)
        facts = {"portal_name": portal_name, "lifetime": _duration(lifetime, words["units"])}
        parts.append(
            {
                "language": each,
                "heading": words[kind]["heading"].format(**facts),
                "paragraphs": [line.format(**facts) for line in words[kind]["paragraphs"]],
                "closing": words["closing"]["line"].format(**facts),
                "code_label": words["closing"]["code_label"],
            }
        )
    shown = {
        "parts": parts,
        "code": _BLANK_CODE if kind in WITH_CODE else None,
        "url": public_url,
        "portal_name": portal_name,
    }
    return Letter(
        to="",
        # A dash, because some mail programs lose a blank between words that need encoding and words that do not.
        subject=" — ".join(_words(each)[kind]["subject"].format(portal_name=portal_name) for each in languages),
        text=_template("letter.txt.jinja").render(shown),
        html=_template("letter.html.jinja").render(shown),
        language=", ".join(languages),
    )


def _fill(text: str, code: str | None) -> str:
    return text if code is None else text.replace(_BLANK_CODE, code)


def _duration(span: timedelta, units: dict[str, str]) -> str:
    """Return a span in words, in the largest unit that it fills evenly."""
    seconds = int(span.total_seconds())
    for name, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count}\u00a0{units[name if count == 1 else f'{name}s']}"
    return f"0\u00a0{units['seconds']}"


@cache
def _words(language: str) -> dict[str, Any]:
    return tomllib.loads((_TEXTS / f"{language}.toml").read_text(encoding="utf-8"))


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
