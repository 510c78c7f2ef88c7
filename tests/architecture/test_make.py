"""The commands of the Makefile: explained, and each of them there."""

import importlib.util
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"\S+", re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1])  # type: ignore[index]


def make(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # A make of its own: the tests themselves are often run by one, whose flags would be handed down.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], capture_output=True, text=True, cwd=folder, env=environment, check=False, timeout=60
    )


@pytest.fixture
def bare_checkout(tmp_path: Path) -> Path:
    (tmp_path / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).touch()
    return tmp_path


def test_make_alone_explains_every_target() -> None:
    explained = re.findall(r"^  make (\S+) +\S.*$", make().stdout, re.MULTILINE)
    assert explained == TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_can_be_made(target: str) -> None:
    planned = make("--dry-run", target)
    assert (planned.returncode, planned.stderr) == (0, "")


def test_every_module_that_make_starts_is_there() -> None:
    modules = set(re.findall(r"-m ([a-z_.]+)", MAKEFILE)) - {"pip", "pytest", "venv"}
    assert "one_machine" in modules
    packages = {name: importlib.util.find_spec(name) for name in modules}
    assert [name for name, spec in packages.items() if spec is None] == []
    runnable = {
        name: importlib.util.find_spec(f"{name}.__main__") if spec and spec.submodule_search_locations else spec
        for name, spec in packages.items()
    }
    assert [name for name, spec in runnable.items() if spec is None] == []


def fake_python(folder: Path, script: str) -> Path:
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return python


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ('case "$2" in *version_info*) exit 1;; esac', "needs Python 3.11 or later, and .* is older"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "its venv or pip is missing .*apt install python3-venv"),
    ],
    ids=["too old", "without venv"],
)
def test_setup_says_what_is_wrong_with_python(bare_checkout: Path, script: str, sentence: str) -> None:
    python = fake_python(bare_checkout, script)
    refused = make("setup", f"PYTHON={python}", folder=bare_checkout)
    assert refused.returncode != 0
    assert re.search(sentence, refused.stderr)


def test_setup_says_when_there_is_no_python(bare_checkout: Path) -> None:
    refused = make("setup", "PYTHON=python9.9", folder=bare_checkout)
    assert refused.returncode != 0
    assert "there is no python9.9 here" in refused.stderr


def test_ci_runs_the_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert {"make lint", "make test"} <= set(re.findall(r"^make [a-z]+", script, re.MULTILINE))
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
