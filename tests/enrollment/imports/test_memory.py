import tracemalloc
from pathlib import Path

import pytest

from registry_generator import generate
from tests.support.registries import Office


@pytest.mark.slow
def test_import_registry_holds_no_more_of_a_larger_file(office: Office, tmp_path: Path) -> None:
    peaks = {}
    for size in (4_000, 12_000):
        generate(tmp_path / str(size), organisation="712000", students=size)
        tracemalloc.start()
        try:
            office.hand_over(tmp_path / str(size))
            peaks[size] = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peaks[12_000] < 1.25 * peaks[4_000]
