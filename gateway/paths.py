"""One reading of a request's target: what the gateway routes is what the service sees (GWY-3)."""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from gateway.errors import MalformedPath

# Almost every path: segments that mean the same to every reader, and do not begin with a dot.
_PLAIN = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)?")
_ALLOWED = re.compile(r"(?:/(?:[A-Za-z0-9_.~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})*)+")
_QUERY = re.compile(r"[!\"$-~]*")
_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_KEPT = "~!$&'()*+,=:@"


class Target(NamedTuple):
    """A request's target: its path in the one canonical spelling, the segments of it, and the query as it came."""

    path: str
    segments: tuple[str, ...]
    query: str

    def __str__(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def read(raw: str) -> Target:
    """Return the target of a request line.

    Percent-encoding is undone once and put back in one spelling; a trailing slash stays an empty last segment.

    Raises:
        MalformedPath: two readers could disagree: dot segments, empty segments, encoded slashes, backslashes or
            percent signs, parameters (`;x`), control characters, or bytes that are not UTF-8.
    """
    if raw[:1] != "/" and (origin := _ABSOLUTE.match(raw)):
        # RFC 9112 §3.2.2: a server takes the absolute form too. We are one origin: its host changes nothing.
        raw = raw[origin.end() :] or "/"
    path, _, query = raw.partition("?")
    if query and not _QUERY.fullmatch(query):
        raise MalformedPath
    if _PLAIN.fullmatch(path):
        return Target(path, tuple(path[1:].split("/")), query)
    if not _ALLOWED.fullmatch(path):
        raise MalformedPath
    segments = tuple(_segment(part) for part in path[1:].split("/"))
    if "" in segments[:-1] or not {".", ".."}.isdisjoint(segments):
        raise MalformedPath
    return Target("/" + "/".join(quote(segment, safe=_KEPT) for segment in segments), segments, query)


def _segment(text: str) -> str:
    try:
        # Strict: an overlong form or a surrogate is no UTF-8.
        plain = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedPath from None
    if any(character in "/\\%;" or not character.isprintable() for character in plain):
        raise MalformedPath
    return plain
