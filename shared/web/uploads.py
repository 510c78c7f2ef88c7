"""Bodies that are larger than memory has room for: taken in on disk, within bounds, before the view is called."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import flask

from shared import logs
from shared.problems import Unavailable, UnsupportedMediaType

log = logs.get(__name__)

_PART = 256 * 1024
_COME_BACK = timedelta(seconds=10)
_PREFIX = "vitrail-upload-"
# Far longer than anybody waits for an answer: whose a folder of this age was, that process is dead.
_ABANDONED_AFTER_S = 6 * 3600


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A body that has arrived whole; the file is gone when the view has answered."""

    path: Path
    # SHA-256 of the content.
    digest: bytes


def received(
    *, name: str, largest_body: int, media_types: tuple[str, ...]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator of a view method that finds its body in `current()`, in a file of this name.

    The method raises:
        UnsupportedMediaType: a body of another kind.
        BodyTooLarge: the body is larger than `largest_body`, whatever its headers say.
        Unavailable: the disk takes no more.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if flask.request.mimetype not in media_types:
                raise UnsupportedMediaType(accepted=", ".join(media_types))
            with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
                # By the clock of the disk, which is the one that the others' folders were dated by.
                _forget_abandoned(at_s=Path(folder).stat().st_mtime)
                path = Path(folder) / name
                flask.g.upload = Upload(path=path, digest=_keep(path))
                return view(*args, **kwargs)

        guarded.largest_body = largest_body  # type: ignore[attr-defined]  # read before the body is
        return guarded

    return decorate


def current() -> Upload:
    """Return the body of this request."""
    upload: Upload = flask.g.upload
    return upload


def digest() -> bytes:
    """Return what stands for the content of this request's body, for `idempotency.once_by`."""
    return current().digest


def largest_body(otherwise: int) -> int:
    """Return how large the body of this request may be, by the method that it is for."""
    request = flask.request
    view = flask.current_app.view_functions.get(request.endpoint or "")
    method = getattr(getattr(view, "view_class", None), request.method.lower(), None)
    largest: int = getattr(method, "largest_body", otherwise)
    return largest


def _forget_abandoned(*, at_s: float) -> None:
    """Delete what a process that was killed has left behind: a registry is full of children."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < at_s - _ABANDONED_AFTER_S:
                shutil.rmtree(folder, ignore_errors=True)


def _keep(path: Path) -> bytes:
    content = hashlib.sha256()
    stream = flask.request.stream
    try:
        with path.open("wb") as file:
            while part := stream.read(_PART):
                content.update(part)
                file.write(part)
    except OSError as fault:
        log.error("upload_not_kept", kind=type(fault).__name__, number=fault.errno)
        raise Unavailable(retry_after=_COME_BACK) from None
    return content.digest()
