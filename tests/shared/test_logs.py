import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from shared import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    written = io.StringIO()
    yield written
    structlog.reset_defaults()
    logs.request_id.set(None)


@pytest.mark.requirement("AUD-4")
def test_a_line_is_one_json_object_whatever_is_in_it(stream: io.StringIO) -> None:
    logs.configure(part="identity serve", as_json=True, stream=stream)
    logs.request_id.set("r1")
    structlog.get_logger("x").info("letter_sent", kind='a\nb\x1b[31m"}{"', count=2)
    [line] = stream.getvalue().splitlines()
    assert json.loads(line) | {"timestamp": ""} == {
        "event": "letter_sent",
        "kind": 'a\nb\x1b[31m"}{"',
        "count": 2,
        "level": "info",
        "part": "identity serve",
        "request_id": "r1",
        "timestamp": "",
    }


@pytest.mark.requirement("COD-2", "AUD-5")
@pytest.mark.parametrize("as_json", [True, False])
def test_a_fault_is_logged_with_its_frames_and_without_anything_typed(stream: io.StringIO, as_json: bool) -> None:
    logs.configure(part="identity serve", as_json=as_json, stream=stream)
    code = "39" + "2131"

    def refuse(typed: str) -> None:
        try:
            int(f"x{typed}")
        except ValueError as cause:
            raise RuntimeError(f"Key (code)=({typed}) already exists") from cause

    try:
        refuse(code)
    except RuntimeError as fault:
        structlog.get_logger("x").error("fault", exc_info=fault)
    written = stream.getvalue()
    assert "ValueError" in written
    assert "RuntimeError" in written
    assert "in refuse" in written
    assert code not in written


@pytest.mark.requirement("AUD-4", "AUD-5")
def test_what_a_library_says_is_a_line_like_ours(stream: io.StringIO) -> None:
    with bare_root_logger():
        logs.configure(part="identity serve", as_json=True, stream=stream)
        logs.request_id.set("r1")
        logging.getLogger("library").info("a request line with an address")
        try:
            int("39" + "2131x")
        except ValueError:
            logging.getLogger("library").exception("it\n%s", "broke")
    [line] = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert "ValueError" in told.pop("exception")
    assert "392131x" not in line
    assert told == {
        "event": "library_spoke",
        "level": "error",
        "library": "library",
        "message": "it\nbroke",
        "part": "identity serve",
        "request_id": "r1",
    }


@contextmanager
def bare_root_logger() -> Iterator[None]:
    """The root logger as a new process has it: without the handlers of the test runner."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
