from datetime import timedelta

import pytest

from services.identity.rules import waiting


@pytest.mark.requirement("ACC-4")
@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900), (10_000, 900)],
)
def test_wait_after_doubles_to_a_cap(failures: int, seconds: int) -> None:
    wait = waiting.wait_after(failures, free=5, first=timedelta(seconds=30), longest=timedelta(seconds=900))
    assert wait == timedelta(seconds=seconds)
