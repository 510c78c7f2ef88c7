"""Files that people download: whole, in part, or not at all when they have them already (RFC 9110 §13 and §14, RFC 6266).

Conditions are judged before ranges, as §13.2.2 has it. A file changes its tag with every byte, so the tag alone is compared: there
is no `Last-Modified`, and what asks by a date gets the file.
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

import flask
from werkzeug.exceptions import PreconditionFailed, RequestedRangeNotSatisfiable

# What RFC 8187 §3.2.1 lets stand as it is in an extended value.
_PLAIN = "!#$&+-.^_`|~"
_NAMELESS = "document"


@dataclass(frozen=True, kw_only=True)
class File:
    """What is given out: its size, the strong tag of its content, its name, and how its bytes are come by.

    `read(start, end)` yields the bytes from `start` to before `end`; it is called when they are wanted, at most once.
    """

    size: int
    etag: str
    media_type: str
    name: str
    read: Callable[[int, int], Iterable[bytes]]


def answer(file: File) -> flask.Response:
    """Return the answer to this request for `file`: 200, 206, or 304 without a body.

    Raises:
        PreconditionFailed: what `If-Match` asks for is another file by now.
        RequestedRangeNotSatisfiable: the file ends before the range begins.
    """
    request = flask.request
    if request.if_match and not request.if_match.contains(file.etag):
        raise PreconditionFailed
    if request.if_none_match.contains_weak(file.etag):
        return _described(flask.Response(status=304), file)
    wanted = _wanted_range(file)
    start, end = wanted or (0, file.size)
    is_read = request.method != "HEAD"
    # Before the answer begins: what cannot be read is a refusal, and no answer that breaks off.
    parts: Iterable[bytes] = file.read(start, end) if is_read else ()
    response = _described(flask.Response(parts, status=206 if wanted else 200, mimetype=file.media_type), file)
    response.headers["Content-Disposition"] = disposition(file.name)
    response.content_length = end - start
    if wanted:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    return response


def disposition(name: str) -> str:
    """Return the `Content-Disposition` of a file to be kept under `name`, with a name in ASCII for old programs."""
    simple = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    simple = "".join(letter for letter in simple if letter.isprintable() and letter not in '"\\%')
    if simple == name:
        return f'attachment; filename="{name}"'
    if simple.startswith("."):
        # Of « 成績.pdf » that much is left, and what begins so is hidden.
        simple = f"{_NAMELESS}{simple}"
    return f"attachment; filename=\"{simple}\"; filename*=UTF-8''{quote(name, safe=_PLAIN)}"


def _described(response: flask.Response, file: File) -> flask.Response:
    response.set_etag(file.etag)
    response.accept_ranges = "bytes"
    # Kept by its reader alone, and asked about each time: what is withdrawn is gone.
    response.headers["Cache-Control"] = "private, no-cache"
    # Names, and what is made on the spot, are in the reader's language.
    response.headers["Vary"] = "Accept-Language"
    return response


def _wanted_range(file: File) -> tuple[int, int] | None:
    """Return the one range that is asked for, if the file is to be given in part.

    Only GET has ranges (§14.2); units that we do not know and what is no list of ranges are left out of account, as §14.2 lets or
    makes us, and so are several ranges at once, which nobody reads a document in.
    """
    request = flask.request
    asked = request.range
    if request.method != "GET" or asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    if_range = request.headers.get("If-Range")
    if if_range is not None and if_range.strip() != f'"{file.etag}"':
        # Strongly compared (§13.1.5): the part that the reader has may be of another file.
        return None
    start, end = asked.ranges[0]
    if start < 0:
        # The last so many bytes; of a shorter file, all of them.
        start = max(0, file.size + start)
    if start >= file.size:
        raise RequestedRangeNotSatisfiable(file.size)
    return start, min(file.size, file.size if end is None else end)
