"""Lines of JSON (NDJSON): read one by one out of a body that is on disk, and answered one by one (AT-07).

A line that is no JSON, too long or not what its schema says is a problem of its own and stops none of the others.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import IO, Any, Final, Generic, TypeVar

import flask
import marshmallow as ma
import orjson

from shared.problems import MalformedRequest, Problem, ValidationFailed
from shared.web import parsing, uploads
from shared.web.application import language, printer

MEDIA_TYPE: Final = "application/x-ndjson"
# What a system sends of one thing is some hundreds of bytes; a longer line is none, and is not held in memory.
LONGEST_LINE: Final = 16 * 1024

Said = TypeVar("Said")
Done = TypeVar("Done")
Printer = Callable[[Problem], Mapping[str, Any]]


class Lines(Generic[Said]):
    """The lines of a body, as what they say or as the problems that they are, and the answers to them in that order.

    `make` is given what `schema` loads of a line. `named_by` is the field whose value stands in a line's answer,
    so that its sender finds it again; what has been read is remembered no longer than until it is answered.
    """

    def __init__(
        self,
        body: IO[bytes],
        *,
        schema: ma.Schema,
        make: Callable[[Any], Said],
        named_by: str,
        language: str,
        longest_line: int = LONGEST_LINE,
    ) -> None:
        self._body = body
        self._schema = schema
        self._make = make
        self._named_by = named_by
        self._language = language
        self._longest_line = longest_line
        self._unanswered: deque[tuple[int, str | None]] = deque()

    def read(self) -> Iterator[Said | Problem]:
        """Yield what each line says; empty lines say nothing."""
        number = 0
        while line := self._body.readline(self._longest_line):
            number += 1
            if not line.endswith(b"\n") and len(line) == self._longest_line:
                self._pass_over()
                self._unanswered.append((number, None))
                yield MalformedRequest()
            elif line.strip():
                yield self._one(number, line)

    def answers(
        self, done: Iterable[Done | Problem], *, answer: Callable[[Done], Mapping[str, Any]], document: Printer
    ) -> Iterator[bytes]:
        """Yield a line for each line: its number and name with what `answer` says, or the problem that its refusal is."""
        for each in done:
            number, name = self._unanswered.popleft()
            told: Mapping[str, Any]
            told = {"result": "refused", "problem": document(each)} if isinstance(each, Problem) else answer(each)
            yield orjson.dumps({"line": number, self._named_by: name, **told}, option=orjson.OPT_APPEND_NEWLINE)

    def _one(self, number: int, line: bytes) -> Said | Problem:
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            self._unanswered.append((number, None))
            return MalformedRequest()
        name = said.get(self._named_by) if isinstance(said, dict) else None
        self._unanswered.append((number, name if isinstance(name, str) else None))
        try:
            return self._make(self._schema.load(said))
        except ma.ValidationError as mistake:
            return ValidationFailed(errors=list(parsing.pointed(mistake.normalized_messages(), self._language)))

    def _pass_over(self) -> None:
        while (rest := self._body.readline(self._longest_line)) and not rest.endswith(b"\n"):
            pass


def answered(
    do: Callable[[Iterator[Said | Problem]], Iterator[Done | Problem]],
    *,
    schema: ma.Schema,
    make: Callable[[Any], Said],
    answer: Callable[[Done], Mapping[str, Any]],
    named_by: str,
    longest_line: int = LONGEST_LINE,
) -> flask.Response:
    """Return the answer to a body of lines (`uploads.received`) that is worked off while it is being read.

    `do` is given what the lines say, and returns what became of each in that order; what it raises at once, before the
    first is asked for, refuses the whole body. See `Lines` for the rest.
    """
    wanted = language()
    with ExitStack() as opened:
        # Open until the answer's last line, when the file's name is long gone.
        body = opened.enter_context(uploads.current().path.open("rb"))
        lines = Lines(body, schema=schema, make=make, named_by=named_by, language=wanted, longest_line=longest_line)
        done = do(lines.read())
        kept = opened.pop_all()

    def document(problem: Problem) -> Mapping[str, Any]:
        printed, _headers = printer().print(problem, language=wanted, request_id=None)
        return printed

    def told() -> Iterator[bytes]:
        with kept:
            yield from lines.answers(done, answer=answer, document=document)

    response = flask.Response(flask.stream_with_context(told()), mimetype=MEDIA_TYPE)
    # Whoever leaves before the first line has read nothing of it.
    response.call_on_close(kept.close)
    return response
