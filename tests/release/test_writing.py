"""`python -m release write`: everything that is handed over, and the same bytes each time."""

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from release import signing
from shared.version import version
from tests.support.source import ROOT

STEM = f"vitrail-{version()}"


def write(checkout: Path, bill: Path, output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "release", "write", "--tree", str(checkout), "--bill", str(bill)]
    return subprocess.run(
        [*command, "--output", str(output), *options], cwd=ROOT, capture_output=True, text=True, check=False
    )


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def names(archive: Path) -> set[str]:
    with tarfile.open(archive) as packed:
        return {entry.name for entry in packed}


@pytest.fixture
def written(checkout: Path, bill: Path, tmp_path: Path) -> Path:
    done = write(checkout, bill, tmp_path / "dist")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"git tag --annotate v{version()}" in done.stdout
    return tmp_path / "dist" / version()


@pytest.mark.slow
@pytest.mark.requirement("DEP-6")
def test_two_runs_in_two_checkouts_give_the_same_bytes(
    written: Path, checkout: Path, bill: Path, tmp_path: Path
) -> None:
    moved = checkout.rename(tmp_path / "elsewhere")
    (moved / "CHANGELOG.md").touch()
    # What git passes over is no part of a release either.
    (moved / "var").mkdir()
    (moved / "var" / "keys.env").write_text("secret", encoding="utf-8")
    again = write(moved, bill, tmp_path / "again")
    assert again.returncode == 0, again.stdout + again.stderr
    assert content(tmp_path / "again" / version()) == content(written)
    assert len(content(written)) == 14


@pytest.mark.slow
def test_it_hands_over_what_operators_and_programs_need(written: Path) -> None:
    assert set(content(written)) == {
        *(f"{STEM}{end}" for end in (".tar.gz", "-image.tar.gz", "-event-schemas.tar.gz", "-documentation.tar.gz")),
        f"vitrail_client-{version()}-py3-none-any.whl",
        *(f"manifests/{name}.yaml" for name in ("dev", "production", "staging")),
        *("openapi.json", "asyncapi.json", f"{STEM}.cdx.json", "CHANGELOG.md", "RELEASE.md", "SHA256SUMS"),
    }
    assert {f"{STEM}/pyproject.toml", f"{STEM}/tests/conftest.py", f"{STEM}/Makefile"} <= names(
        written / f"{STEM}.tar.gz"
    )
    sent = names(written / f"{STEM}-image.tar.gz")
    assert {f"{STEM}-image/{name}" for name in ("Dockerfile", "requirements.lock", "pyproject.toml")} <= sent
    # A portal without its templates, its words and its looks is none.
    parts = {f"portal/{name}" for name in ("templates/layout.html", "texts/fr/site.toml", "assets/portal.css")}
    assert {f"{STEM}-image/{name}" for name in parts} <= sent
    assert {f"{STEM}/{name}" for name in parts} <= names(written / f"{STEM}.tar.gz")
    read = {f"{STEM}-documentation/{name}" for name in ("CONTRIBUTING.md", "portal/README.md", "docs/portal/phone.png")}
    assert read <= names(written / f"{STEM}-documentation.tar.gz")
    assert [name for name in sent if "/tests/" in name or "__pycache__" in name] == []


@pytest.mark.slow
def test_each_artefact_says_its_version(written: Path) -> None:
    with zipfile.ZipFile(written / f"vitrail_client-{version()}-py3-none-any.whl") as wheel:
        [metadata] = [name for name in wheel.namelist() if name.endswith("METADATA")]
        assert f"\nVersion: {version()}\n" in wheel.read(metadata).decode()
        assert "vitrail_client/py.typed" in wheel.namelist()
    with tarfile.open(written / f"{STEM}-image.tar.gz") as packed:
        dockerfile = packed.extractfile(f"{STEM}-image/Dockerfile").read().decode()  # type: ignore[union-attr]
    assert f"ARG VERSION={version()}\n" in dockerfile
    for overlay in ("dev", "staging", "production"):
        documents = list(yaml.safe_load_all((written / "manifests" / f"{overlay}.yaml").read_text("utf-8")))
        labels = {each["metadata"]["labels"]["app.kubernetes.io/version"] for each in documents}
        assert (labels, len(documents) > 40) == ({version()}, True)
    assert json.loads((written / "openapi.json").read_bytes())["info"]["version"] == version()
    assert (written / "RELEASE.md").read_text("utf-8").startswith(f"# Vitrail {version()}\n\nThe first release")


@pytest.mark.slow
def test_the_sums_are_those_of_everything_else(written: Path) -> None:
    told = dict(reversed(line.split("  ")) for line in (written / "SHA256SUMS").read_text("utf-8").splitlines())
    found = {name: hashlib.sha256(data).hexdigest() for name, data in content(written).items() if name != "SHA256SUMS"}
    assert told == found


@pytest.mark.slow
def test_the_client_of_the_wheel_can_be_imported_alone(written: Path, tmp_path: Path) -> None:
    [wheel] = written.glob("*.whl")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from vitrail_client import Client;"
        "from vitrail_client.api.organisations import list_organisations; import vitrail_client;"
        "print(vitrail_client.__file__.startswith(sys.argv[1]))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, str(wheel)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert said.stdout == "True\n"


def test_a_changed_tree_hands_over_nothing(checkout: Path, bill: Path, tmp_path: Path) -> None:
    (checkout / "NOTICE").write_text("changed", encoding="utf-8")
    refused = write(checkout, bill, tmp_path / "dist")
    assert (refused.returncode, "no release: the tree has changes" in refused.stdout) == (1, True)
    assert not (tmp_path / "dist").exists()


def test_without_a_tool_nothing_is_signed_and_the_line_that_signs_is_told(tmp_path: Path) -> None:
    assert signing.sign(tmp_path, find=lambda name: None) is None
    assert "cosign sign-blob --yes --bundle SHA256SUMS.sigstore.json SHA256SUMS" in signing.UNSIGNED


def tool(folder: Path, script: str) -> str:
    program = folder / "cosign"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_the_sums_are_signed_by_the_tool_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text("", encoding="utf-8")
    program = tool(tmp_path, 'echo "$@" > SHA256SUMS.sigstore.json')
    assert signing.sign(tmp_path, find=lambda name: program) == "cosign"
    assert (tmp_path / signing.BUNDLE).read_text("utf-8").split()[0] == "sign-blob"


@pytest.mark.parametrize("script", ["echo no identity >&2; exit 1", "exit 0"], ids=["refused", "no bundle"])
def test_a_tool_that_does_not_sign_is_no_signature(tmp_path: Path, script: str) -> None:
    program = tool(tmp_path, script)
    with pytest.raises(signing.NotSigned):
        signing.sign(tmp_path, find=lambda name: program)
