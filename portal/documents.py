"""Documents of a child's, on their way from the API to the browser: in parts, as they come, and kept nowhere.

The API gives them to whoever bears the token, which no browser is given: so each has an address here, too. What is asked in part
or under a condition (RFC 9110 §13, §14) is asked of the API in the same words, and answered in its words.
"""

import hashlib
from collections.abc import Iterator
from urllib.parse import quote

import flask
import httpx
from werkzeug.exceptions import abort

from portal import logs
from portal.showing import open_answer, visit

PART = 64 * 1024
VISITOR = "Vitrail-Visitor"
_ASKED = ("Range", "If-Range", "If-None-Match", "If-Match")
_ANSWERED = ("Content-Type", "Content-Length", "Content-Range", "Content-Disposition", "Accept-Ranges", "ETag")
# A library's computer keeps nothing of a family.
_KEPT_NOWHERE = "private, no-store"


def give(child_id: str, kind: str, entry_id: str) -> flask.Response:
    """Return the document beside an entry of a child's, whole or in part, or that it has not changed.

    `kind` is what the API calls it in its paths. Raises:
        Refused: there is none for this visitor (any more).
        Unreachable: the API does not answer.
        HTTPException: as Refused, of a HEAD.
    """
    path = f"/api/v1/children/{quote(child_id, safe='')}/{kind}/{quote(entry_id, safe='')}/document"
    return pass_on(path)


def pass_on(path: str) -> flask.Response:
    """Return what the API answers to this request's method at `path`, as it comes; raises as `give`."""
    asked = {name: flask.request.headers[name] for name in _ASKED if name in flask.request.headers}
    answer = open_answer(flask.request.method, path, headers=asked)
    if answer.is_error:
        answer.close()
        abort(answer.status_code)
    response = flask.Response(_parts(answer), status=answer.status_code)
    # What the API does not say of it is not said of it.
    response.headers.clear()
    response.headers.extend({name: answer.headers[name] for name in _ANSWERED if name in answer.headers})
    response.headers["Cache-Control"] = _KEPT_NOWHERE
    # The gateway gives each their share of what may be read at a time, and keeps this to itself.
    response.headers[VISITOR] = hashlib.sha256(visit().token.encode()).hexdigest()[:32]
    response.call_on_close(answer.close)
    return response


def _parts(answer: httpx.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_raw(PART)
    except httpx.HTTPError as fault:
        # Half of it is out: the reader sees by its length that the rest is missing.
        logs.warn("document_broke_off", kind=type(fault).__name__)
        raise
