"""The portal's log: an event name and fields, the request's id on every line, nothing of who asks.

`logs.tell("page", route="/enfants/<child_id>", status=200)`: never an address, a name, a number, or what somebody typed.
"""

import json
import logging
import re
import sys
import traceback
import uuid
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

# What the gateway calls the request that a page is made for, and what the portal calls it where nobody did.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_log = logging.getLogger("portal")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


def read_request_id(given: str | None) -> str:
    """Return the id that the gateway gave a request, a new one when it gave none that is one."""
    return given if given is not None and _ID.fullmatch(given) else str(uuid.uuid4())


def tell(event: str, **fields: object) -> None:
    """Write a line."""
    _log.info(event, extra={"told": fields})


def warn(event: str, **fields: object) -> None:
    """Write a line on something that somebody should look into when it goes on."""
    _log.warning(event, extra={"told": fields})


def fault(event: str, *, cause: BaseException) -> None:
    """Write a line on a fault of ours: its frames and classes; its message may hold what somebody typed."""
    _log.error(event, extra={"told": {"kind": type(cause).__name__}}, exc_info=cause)


def configure(*, as_json: bool, stream: TextIO | None = None) -> None:
    """Set up this process's log; JSON lines for machines, text for a person's terminal."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLine() if as_json else TextLine())
    # Libraries speak only when something is wrong.
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _log.setLevel(logging.INFO)


class JsonLine(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {**_told(record), "level": record.levelname.lower(), "part": "portal"}
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        return json.dumps(line, ensure_ascii=False, default=repr)


class TextLine(logging.Formatter):
    """A record as a line for a person."""

    def format(self, record: logging.LogRecord) -> str:
        told = dict(_told(record))
        event, exception = told.pop("event"), told.pop("exception", "")
        words = " ".join(f"{name}={value}" for name, value in told.items())
        line = f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%S} {record.levelname.lower():<7} {event} {words}"
        return f"{line.rstrip()}\n{exception}".rstrip()


def _told(record: logging.LogRecord) -> Mapping[str, Any]:
    if record.name == _log.name:
        told: dict[str, Any] = {"event": record.getMessage(), **getattr(record, "told", {})}
    else:
        told = {"event": "library_spoke", "library": record.name, "message": record.getMessage()}
    if (current := request_id.get()) is not None:
        told["request_id"] = current
    if record.exc_info and record.exc_info[1] is not None:
        told["exception"] = "".join(_frames(record.exc_info[1])).rstrip()
    return told


def _frames(fault: BaseException) -> Iterator[str]:
    before = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if before is not None:
        yield from _frames(before)
        yield "then:\n"
    yield from traceback.format_tb(fault.__traceback__)
    yield f"{type(fault).__module__}.{type(fault).__qualname__}\n"
