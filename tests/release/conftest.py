"""A checkout of its own for each test: the project's last commit, and a bill of materials that is somebody else's matter."""

import subprocess
from pathlib import Path

import pytest

from tests.support.source import ROOT


def git(folder: Path, *words: str) -> str:
    known = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *known, *words], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


def commit(folder: Path, path: str, text: str) -> None:
    """Commit a file."""
    (folder / path).write_text(text, encoding="utf-8")
    git(folder, "add", path)
    git(folder, "commit", "--quiet", "--message", "tests: Change a file.")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    git(ROOT, "clone", "--quiet", "--shared", "--no-tags", str(ROOT), str(folder))
    return folder


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    file = tmp_path / "bill.cdx.json"
    file.write_text('{"bomFormat": "CycloneDX"}', encoding="utf-8")
    return file
