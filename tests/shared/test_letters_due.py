import threading
from collections.abc import Callable, Iterator

import pytest

from shared.letters import writing_duly


class Writer:
    """Finds what a test says, call by call, and stops the loop after the last."""

    def __init__(self, finds: list[Callable[[], int]], stop: threading.Event) -> None:
        self._finds: Iterator[Callable[[], int]] = iter(finds)
        self.left = len(finds)
        self.calls: list[object] = []
        self._stop = stop

    def __call__(self, ctx: object) -> int:
        self.calls.append(ctx)
        self.left -= 1
        if self.left == 0:
            self._stop.set()
        return next(self._finds)()


def fail() -> int:
    raise ConnectionError


def run(finds: list[Callable[[], int]], *, pause_s: float) -> list[object]:
    stop = threading.Event()
    writer = Writer(finds, stop)
    with writing_duly(writer, "ctx", stop=stop, pause_s=pause_s):
        assert stop.wait(20)
    return writer.calls


def test_whoever_finds_letters_is_asked_again_at_once() -> None:
    # With the pause of an hour, it would never be asked a second time.
    assert run([lambda: 3, lambda: 200, lambda: 0], pause_s=3600) == ["ctx"] * 3


@pytest.mark.requirement("RR-02")
def test_whoever_fails_or_finds_nothing_is_asked_again_later() -> None:
    assert run([lambda: 0, fail, fail, lambda: 0], pause_s=0.001) == ["ctx"] * 4


def test_the_end_of_the_block_ends_the_asking() -> None:
    stop, asked = threading.Event(), threading.Event()

    def write(_ctx: object) -> int:
        asked.set()
        return 0

    with writing_duly(write, None, stop=stop, pause_s=3600):
        assert asked.wait(20)
    assert stop.is_set()
    assert [thread.name for thread in threading.enumerate() if thread.name == "letters-due"] == []


def test_a_service_without_duties_starts_nothing() -> None:
    stop = threading.Event()
    with writing_duly(None, None, stop=stop):
        assert [thread.name for thread in threading.enumerate() if thread.name == "letters-due"] == []
    assert not stop.is_set()
