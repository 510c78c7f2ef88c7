from pathlib import Path

import pytest

from tests.support import folders


def test_a_folder_with_room_is_roomy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ENOUGH", 1)
    assert folders.is_roomy(tmp_path)


def test_a_folder_without_room_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ENOUGH", 2**62)
    assert not folders.is_roomy(tmp_path)


def test_a_folder_that_is_not_there_is_not() -> None:
    assert not folders.is_roomy(Path("/nowhere"))
