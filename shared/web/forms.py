"""Forms with files in them (`multipart/form-data`, RFC 7578): each field once, files on disk beyond half a megabyte."""

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

import flask
import marshmallow as ma

from shared.problems import UnsupportedMediaType

MEDIA_TYPE: Final = "multipart/form-data"
_TWICE: Final = "Donnez ce champ une seule fois. | Give this field once."
_PART: Final = 256 * 1024


def received(*, largest_body: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator of a view method whose body is a form, read by `arguments(…, location="files")`.

    The method raises:
        UnsupportedMediaType: a body of another kind.
        BodyTooLarge: the body is larger than `largest_body`, whatever its headers say.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if flask.request.mimetype != MEDIA_TYPE:
                raise UnsupportedMediaType(accepted=MEDIA_TYPE)
            return view(*args, **kwargs)

        guarded.largest_body = largest_body  # type: ignore[attr-defined]  # read before the body is
        return guarded

    return decorate


def read(request: flask.Request) -> Mapping[str, Any]:
    """Return what a form says: texts, and files; a file that was not chosen is not there.

    Raises:
        ValidationError: a field stands there twice.
    """
    files = [(name, file) for name, file in request.files.items(multi=True) if file.filename or file.read(1)]
    for _, file in files:
        file.seek(0)
    said: dict[str, Any] = {}
    for name, value in [*request.form.items(multi=True), *files]:
        if name in said:
            raise ma.ValidationError({name: [_TWICE]})
        said[name] = value
    return said


def digest() -> bytes:
    """Return what stands for the content of this request's form, for `idempotency.once_by`.

    Two bodies that say the same differ in their boundary, which whoever sends them makes anew each time.
    """
    content = hashlib.sha256()
    for name, value in flask.request.form.items(multi=True):
        _add(content, b"text", name.encode(), value.encode(errors="surrogatepass"))
    for name, file in flask.request.files.items(multi=True):
        of_file = hashlib.sha256()
        file.seek(0)
        while part := file.read(_PART):
            of_file.update(part)
        file.seek(0)
        _add(content, b"file", name.encode(), of_file.digest())
    return content.digest()


def _add(content: Any, *parts: bytes) -> None:
    for part in parts:
        # Length first: what is said by one field must not be said by two.
        content.update(len(part).to_bytes(8, "big") + part)
