import io
import json
from collections.abc import Iterator

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
