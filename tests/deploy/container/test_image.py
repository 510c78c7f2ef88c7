"""The Dockerfile and what goes into it, read: what builds it is not here, so its promises are held one by one."""

import fnmatch
import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.container import DOCKERFILE, ROOT, USER, copied
from tests.support.source import source_files

TEXT = DOCKERFILE.read_text("utf-8")
STAGES = re.split(r"(?m)^(?=FROM )", TEXT)[1:]
LAST = STAGES[-1]
# Nothing that a person runs on one machine, and nothing that makes or checks the rest.
PARTS = ("gateway", "portal", "services", "shared", "vitrail_client")


def words(instruction: str, text: str = TEXT) -> list[str]:
    return re.findall(rf"(?m)^{instruction} (.+)$", text)


def ignored() -> list[str]:
    return [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]


def is_sent(path: Path) -> bool:
    """Tell whether the builder is given a file: the last line of .dockerignore that names it or a folder of it decides."""
    names = [str(each) for each in (path, *path.parents) if str(each) != "."]
    sent = True
    for line in ignored():
        pattern = line.removeprefix("!").removeprefix("**/")
        whole = names if not line.startswith("**/") else [path.name, *(parent.name for parent in path.parents)]
        if any(fnmatch.fnmatch(name, pattern) for name in whole):
            sent = line.startswith("!")
    return sent


@pytest.mark.requirement("DEP-4")
def test_the_image_runs_as_a_numbered_user_without_a_shell() -> None:
    assert len(STAGES) == 2
    assert words("USER", LAST) == [f"{USER}:{USER}"]
    assert [json.loads(line) for line in words("ENTRYPOINT", LAST)] == [["python", "-m"]]
    assert [words(each, LAST) for each in ("CMD", "RUN", "ADD", "SHELL")] == [[], [], [], []]


@pytest.mark.requirement("DEP-1")
def test_the_image_installs_wheels_of_the_lock_by_their_hashes_alone() -> None:
    [install] = re.findall(r"pip .*? install (.+?)(?=\n[A-Z#])", TEXT.replace("\\\n", " "), re.DOTALL)
    assert {"--require-hashes", "--no-deps", "--only-binary :all:", "--requirement requirements.lock"} <= {
        each.strip() for each in re.findall(r"--[a-z-]+(?: [^-]\S*)?", install)
    }
    assert "--without-pip" in TEXT


@pytest.mark.requirement("DEP-4")
def test_the_base_can_be_named_by_its_digest() -> None:
    assert {stage.split()[1] for stage in STAGES} == {"${PYTHON}"}
    base = words("ARG")[0]
    assert re.fullmatch(r"PYTHON=python:3\.\d+-slim-\w+", base)
    minor = base.split(":")[1].split("-")[0]
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert needed == f">={minor}"


def test_what_the_image_copies_is_there_and_is_sent_to_the_builder() -> None:
    sources = [source.relative_to(ROOT) for source, _ in copied()]
    assert {Path(part) for part in PARTS} <= set(sources)
    assert [str(source) for source in sources if not (ROOT / source).exists() or not is_sent(source)] == []


@pytest.mark.requirement("KEY-4")
def test_nothing_else_is_sent_to_the_builder() -> None:
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    sources = [source.relative_to(ROOT) for source, _ in copied()]
    sent = [Path(name) for name in kept if is_sent(Path(name))]
    assert [name for name in sent if not any(name.is_relative_to(source) for source in sources)] == []
    for secret in (
        "var/secrets/keys.env",
        ".git/config",
        "deploy/env/identity.env",
        "shared/__pycache__/env.cpython.pyc",
    ):
        assert not is_sent(Path(secret)), secret


def test_what_the_image_holds_reads_no_file_that_it_lacks() -> None:
    reads = {
        match for file in source_files(*PARTS) for match in re.findall(r'"deploy" / ((?:"[\w.]+"(?: / )?)+)', file.text)
    }
    named = {"/".join(("deploy", *re.findall(r'"([\w.]+)"', each))) for each in reads}
    assert named
    assert named <= {str(source.relative_to(ROOT)) for source, _ in copied()}


@pytest.mark.slow
@pytest.mark.requirement("DEP-2")
def test_the_bill_of_materials_names_every_package_of_the_lock() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    made = subprocess.run(
        ["make", "sbom"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    if made.returncode != 0:
        # It fetches the packages: without a registry there is nothing to list.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no bill of materials: {made.stderr[-2000:]}")
    bill = json.loads((ROOT / "var" / "vitrail.cdx.json").read_text("utf-8"))
    listed = {(canonicalize_name(each["name"]), each["version"]) for each in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    assert listed == locked()


def locked() -> set[tuple[str, str]]:
    lines = re.findall(r"(?m)^([a-z0-9].+?) \\$", (ROOT / "requirements.lock").read_text("utf-8"))
    pins = [Requirement(line) for line in lines]
    return {
        (canonicalize_name(pin.name), str(pin.specifier).removeprefix("=="))
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }
