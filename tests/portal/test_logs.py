import io
import json
import logging
from collections.abc import Iterator

import pytest

from portal import logs
from tests.portal.conftest import Browser, FakeApi

ID = "0199c0de-0000-7000-8000-000000000001"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process writes, as a machine reads it."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    logs.configure(as_json=True, stream=stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.requirement("AUD-4")
def test_a_page_and_its_calls_bear_the_id_that_the_gateway_gave(
    browser: Browser, api: FakeApi, lines: io.StringIO
) -> None:
    browser.client.get("/", headers={"X-Request-Id": ID})

    assert {call.headers["X-Request-Id"] for call in api.seen} == {ID}
    told = [line for line in read(lines) if line["event"] == "page"]
    assert [(line["request_id"], line["route"], line["status"]) for line in told] == [(ID, "/", 200)]


@pytest.mark.parametrize("given", [None, "", "x" * 36, f"{ID}\n{ID}", ID.upper()])
def test_what_is_no_id_is_none(given: str | None) -> None:
    made = logs.read_request_id(given)

    assert made != given
    assert logs.read_request_id(made) == made


def test_each_page_without_an_id_gets_one_of_its_own(browser: Browser, api: FakeApi) -> None:
    browser.get("/")
    first = {call.headers["X-Request-Id"] for call in api.seen}
    api.seen.clear()
    browser.get("/")

    assert len(first) == 1
    assert first & {call.headers["X-Request-Id"] for call in api.seen} == set()


@pytest.mark.requirement("AUD-4")
def test_a_fault_tells_its_frames_and_not_what_was_typed(lines: io.StringIO) -> None:
    typed = "@".join(("parent", "example.org"))
    try:
        int(typed)
    except ValueError as fault:
        logs.fault("fault", cause=fault)

    [line] = read(lines)
    assert (line["event"], line["level"], line["kind"]) == ("fault", "error", "ValueError")
    assert "builtins.ValueError" in str(line["exception"])
    assert typed not in lines.getvalue()


def test_a_library_speaks_as_we_do(lines: io.StringIO) -> None:
    logging.getLogger("somebody.elses").warning("slow %s", "answer")

    [line] = read(lines)
    assert (line["event"], line["library"], line["message"]) == ("library_spoke", "somebody.elses", "slow answer")


def test_a_person_reads_text() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:]
    logs.configure(as_json=False, stream=stream)
    logs.tell("page", route="/enfants", status=200)
    root.handlers[:] = before

    assert "page route=/enfants status=200" in stream.getvalue()
