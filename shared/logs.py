"""Logs for people and machines: an event name and fields, the request id on every line, no personal data.

`log.info("code_requested", purpose="password_reset")`: never a sentence with values in it, and never a code, a token,
an address, or a child's name or number.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

# structlog loads rich's tracebacks where it finds them, and pygments with them: eight megabytes of every process, for what
# `_frames_alone` leaves nobody to show.
_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402

if _rich is None:
    del sys.modules["rich"]
else:
    sys.modules["rich"] = _rich

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def get(name: str) -> Any:
    """Return the logger of a module."""
    return structlog.get_logger(name)


def configure(*, part: str, as_json: bool, stream: TextIO | None = None) -> None:
    """Set up this process's logs, once, at its start.

    `part` names the process (`identity serve`); JSON lines for machines, aligned text for a person's terminal.
    """
    stream = stream or sys.stdout
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=_json)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=28)
    )

    def add_part(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        fields["part"] = part
        if (current := request_id.get()) is not None:
            fields["request_id"] = current
        return fields

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_part,
            _frames_alone,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    # Libraries speak only when something is wrong; their request lines may carry addresses.
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_LibraryLine(part) if as_json else logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _json(fields: Mapping[str, Any], **_rest: Any) -> str:
    try:
        return orjson.dumps(fields, default=repr).decode()
    except TypeError:
        # Half of a character, say, which a stranger may well send: told all the same, in escapes.
        return json.dumps(fields, default=repr)


class _LibraryLine(logging.Formatter):
    """Puts what a library says into a line like ours: a machine that reads the log expects nothing else."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "event": "library_spoke",
            "level": record.levelname.lower(),
            "library": record.name,
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "part": self._part,
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = "".join(_frames(record.exc_info[1])).rstrip()
        return _json(line)


def _frames_alone(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Print a fault as its frames and classes: messages and local variables hold what people typed.

    A database's message names the key that was taken ("Key (file_number)=(…)"), a parser's the text that it refused.
    """
    fault = fields.pop("exc_info", None)
    if fault is True:
        fault = sys.exc_info()[1]
    if isinstance(fault, BaseException):
        fields["exception"] = "".join(_frames(fault)).rstrip()
    return fields


def _frames(fault: BaseException) -> Iterator[str]:
    before = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if before is not None:
        yield from _frames(before)
        yield "then:\n"
    yield from traceback.format_tb(fault.__traceback__)
    yield f"{type(fault).__module__}.{type(fault).__qualname__}\n"
