"""Where a person may be sent back to after signing in elsewhere: a page of ours, and never another site (OID-8)."""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlencode

LONGEST = 512
# A path, perhaps with a query: no host, nothing that a browser drops or turns into a slash.
_INSIDE = re.compile(r"/(?![/\\])[!-\[\]-~]*")

_DECODED = re.compile(r"/(?!/)[^\\]*")


def is_inside(path: str) -> bool:
    """Tell whether `path` leads to a page of this very site, in every reading that a browser may give it."""
    if len(path) > LONGEST or not _INSIDE.fullmatch(path) or "#" in path:
        return False
    before, plain = path.partition("?")[0], ""
    while before != plain:
        plain, before = before, unquote(before)
        if not _DECODED.fullmatch(before) or not before.isprintable():
            return False
    return True


def with_hint(path: str, hint: str) -> str:
    """Return `path` with `social=<hint>` in its query: what the page has to ask next, and nothing of the person."""
    return _with(path, {"social": hint})


def with_answer(path: str, answer: Mapping[str, str]) -> str:
    """Return `path` with a provider's answer in its query: worth nothing without what only the program keeps."""
    return _with(path, answer)


def _with(path: str, query: Mapping[str, str]) -> str:
    return f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"
