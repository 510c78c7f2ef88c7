"""Help in the words of the guides: six checks before writing, what is often asked, and whom to write to (XC-02 to XC-06)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.records.context import Context
from shared.texts import LANGUAGES

_FOLDER: Final = Path(__file__).parents[1] / "texts" / "help"
# The one that may be left out.
_OPTIONAL: Final = "screenshot"
_SUPPORT_REQUESTS: Final = "/api/v1/support-requests"


def show_help(ctx: Context, *, language: str) -> dict[str, Any]:
    """Return the help in a language."""
    said = _words()[language]
    facts = {"portal_name": ctx.settings.portal_name, "public_url": ctx.settings.public_url}
    return {
        "title": said["title"],
        "introduction": said["introduction"],
        "checks": [
            {"code": code, "title": check["title"], "detail": check["detail"].format(**facts)}
            for code, check in said["checks"].items()
        ],
        "questions": [
            {"code": code, "title": question["title"], "steps": question["steps"]}
            for code, question in said["questions"].items()
        ],
        "support": {
            "title": said["support"]["title"],
            "detail": said["support"]["detail"],
            "href": _SUPPORT_REQUESTS,
            "items": [
                {"name": name, "label": item["title"], "is_required": name != _OPTIONAL}
                for name, item in said["items"].items()
            ],
        },
    }


@cache
def _words() -> Mapping[str, Any]:
    return {
        language: tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8")) for language in LANGUAGES
    }
