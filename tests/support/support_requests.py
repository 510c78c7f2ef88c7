"""Requests for help as operations take them, and as browsers send them."""

import io
from typing import Any, Final

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from tests.support.records import ACCOUNT

ASKED: Final = {
    "child_name": "Léa Tremblay",
    "email": "parent@exemple.ca",
    "error_message": "Oups. Accès refusé\nRéessayez plus tard.",
    "browser": "Firefox 142 sous Windows 11",
    "section": "Bulletins",
}


def asked(**more: Any) -> dict[str, Any]:
    """Return a request as the operation takes it."""
    return {"account_id": ACCOUNT, **ASKED, "screenshot": None, "child_id": None, "language": "fr"} | more


def form(screenshot: bytes | None = None, **said: Any) -> dict[str, Any]:
    """Return a request as a browser sends it, for the test client: with a boundary of its own."""
    fields: dict[str, Any] = {name: value for name, value in (ASKED | said).items() if value is not None}
    if screenshot is not None:
        fields["screenshot"] = FileStorage(io.BytesIO(screenshot), filename="capture")
    boundary, body = encode_multipart(MultiDict(fields))
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}
