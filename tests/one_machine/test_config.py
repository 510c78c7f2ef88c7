from pathlib import Path

import pytest

from one_machine.config import Settings
from shared import env

ROOT = Path(__file__).parent.parent.parent


def test_the_example_holds_every_variable() -> None:
    assert (ROOT / "deploy" / "env" / "one_machine.env.example").read_text(encoding="utf-8") == Settings.example()


def test_the_readme_tells_every_variable() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [variable.name for variable in env.variables(Settings, prefix="VITRAIL")]
    assert [name for name in names if f"`{name}`" not in readme] == []


def test_from_env_reads_a_folder_of_the_operators_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VITRAIL_HOME", str(tmp_path / "elsewhere"))
    assert Settings.from_env().folder == tmp_path / "elsewhere"
