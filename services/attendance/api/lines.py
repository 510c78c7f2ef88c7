"""Lines of JSON (NDJSON): read one by one out of a body that is on disk, and answered one by one."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Final

import marshmallow as ma
import orjson

from services.attendance.operations.recording import Record, Written
from services.attendance.schemas.school import RecordLineIn
from shared import fields
from shared.problems import MalformedRequest, Problem, ValidationFailed

MEDIA_TYPE: Final = "application/x-ndjson"
# A line of a school's is some hundreds of bytes; a longer one is no line, and is not held in memory.
LONGEST_LINE: Final = 16 * 1024

_schema = RecordLineIn()
Printer = Callable[[Problem], dict[str, Any]]


class Lines:
    """The lines of a body, as records or as the problems that they are; remembers what each calls itself until its answer."""

    def __init__(self, body: IO[bytes], *, language: str) -> None:
        self._body = body
        self._language = language
        self.names: deque[tuple[int, str | None]] = deque()

    def read(self) -> Iterator[Record | Problem]:
        """Yield what each line says; empty lines say nothing."""
        number = 0
        while line := self._body.readline(LONGEST_LINE):
            number += 1
            if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
                self._pass_over()
                self.names.append((number, None))
                yield MalformedRequest()
            elif line.strip():
                yield self._one(number, line)

    def _one(self, number: int, line: bytes) -> Record | Problem:
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            self.names.append((number, None))
            return MalformedRequest()
        name = said.get("source_id") if isinstance(said, dict) else None
        self.names.append((number, name if isinstance(name, str) else None))
        try:
            return Record(**_schema.load(said))
        except ma.ValidationError as mistake:
            return ValidationFailed(errors=list(_errors(mistake.normalized_messages(), "#", self._language)))

    def _pass_over(self) -> None:
        while (rest := self._body.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass


def answers(lines: Lines, written: Iterable[Written | Problem], *, printer: Printer) -> Iterator[bytes]:
    """Yield a line for each line: what became of the record, or the problem that its refusal is."""
    for each in written:
        number, name = lines.names.popleft()
        said: dict[str, Any] = {"line": number, "source_id": name}
        if isinstance(each, Problem):
            said |= {"result": "refused", "problem": printer(each)}
        else:
            said |= {"result": each.result, "absence": each.absence}
        yield orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


def _errors(messages: Any, pointer: str, language: str) -> Iterator[dict[str, str]]:
    if isinstance(messages, dict):
        for name, below in messages.items():
            where = (
                pointer if name == "_schema" else f"{pointer}/{str(name)[:80].replace('~', '~0').replace('/', '~1')}"
            )
            yield from _errors(below, where, language)
    elif isinstance(messages, list):
        for each in messages:
            yield from _errors(each, pointer, language)
    else:
        yield {"pointer": pointer, "detail": fields.said_in(language, str(messages))}
