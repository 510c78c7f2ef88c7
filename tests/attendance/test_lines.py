"""The lines of a bulk call, by the thousand."""

import io
import tracemalloc
from collections import deque

from services.attendance.api import lines


def peak_of(count: int) -> int:
    read = lines.Lines(io.BytesIO(b"no line\n" * count), language="fr")
    tracemalloc.start()
    try:
        deque(lines.answers(read, read.read(), printer=lambda _problem: {}), maxlen=0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_lines_are_answered_in_memory_that_does_not_grow_with_them() -> None:
    assert peak_of(20_000) < 2 * peak_of(1000)
