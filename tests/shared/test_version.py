"""The version stands in pyproject.toml, and whoever tells it has read it there."""

import re
import subprocess
import sys
import tomllib

import orjson
import pytest

from one_machine.parts import SERVICES
from shared.version import version
from tests.support.source import ROOT

DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


@pytest.mark.parametrize("part", [*(f"services.{name}" for name in SERVICES), "gateway"])
def test_every_part_says_which_release_it_is(part: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", part, "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{DECLARED}\n"


def test_the_description_of_the_api_says_which_release_it_is_of() -> None:
    document = orjson.loads((ROOT / "deploy" / "openapi.json").read_bytes())
    assert (document["info"]["version"], version()) == (DECLARED, DECLARED)


def test_no_other_file_of_the_program_has_the_version() -> None:
    text = re.compile(rf"(?<![\w.]){re.escape(DECLARED)}(?![\w.])")
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    # The lock names other people's versions; the change log names all of ours; the API's description is made.
    told = {"pyproject.toml", "CHANGELOG.md", "deploy/openapi.json"}
    parts = ("shared/", "services/", "gateway/", "portal/", "one_machine/", "deploy/", "vitrail_client/", "release/")
    searched = [name for name in kept if name.startswith(parts) and name not in told and not name.endswith(".lock")]
    assert len(searched) > 100
    found = [name for name in searched if text.search((ROOT / name).read_text("utf-8", errors="replace"))]
    assert found == []
