"""What a release hands over, a function each. All of it is made of the exported commit, and nothing else."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from deploy.checks import rendering
from release import archives
from release.agreement import Release, git

PACKAGE: Final = "vitrail_client"
# What the client's own code imports, besides the standard library.
_CLIENT_NEEDS: Final = ("httpx", "attrs")
# What whoever operates it reads, in the archive of the documentation.
_READ: Final = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "DECISIONS.md",
    "NOTICE",
    "docs",
    "deploy/README.md",
    "gateway/README.md",
    "portal/README.md",
    "services",
)
_READABLE: Final = frozenset({".md", ".csv", ".png"})


class NotMade(Exception):
    """An artefact could not be made; the text says which and why."""


@dataclass(frozen=True)
class Workshop:
    """Where a release is made: the exported tree, the folder that it is handed over in, and the bill of materials."""

    release: Release
    tree: Path
    output: Path
    bill: Path

    @property
    def stem(self) -> str:
        """Return the beginning of the archives' names."""
        return f"vitrail-{self.release.version}"


def export(root: Path, *, release: Release, folder: Path) -> Path:
    """Lay the commit's own files out in `folder`: what a checkout has beside them must reach nobody."""
    archive = folder / "tree.tar"
    git(root, "archive", "--format=tar", f"--output={archive}", release.commit)
    tree = folder / "tree"
    with tarfile.open(archive) as packed:
        packed.extractall(tree, filter="data")
    archive.unlink()
    return tree


def source(shop: Workshop) -> None:
    """The source, as the commit has it."""
    archives.pack(
        shop.output / f"{shop.stem}.tar.gz", folder=shop.tree, files=_files(shop.tree), at=shop.release.committed_at
    )


def client(shop: Workshop) -> None:
    """The wheel of the typed Python client."""
    needs = [
        line
        for line in tomllib.loads((shop.tree / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
        if Requirement(line).name in _CLIENT_NEEDS
    ]
    if len(needs) != len(_CLIENT_NEEDS):
        raise NotMade(f"pyproject.toml says nothing of a package that the client imports: {_CLIENT_NEEDS}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copytree(shop.tree / PACKAGE, folder / PACKAGE)
        # PEP 561: its types count.
        (folder / PACKAGE / "py.typed").touch()
        shutil.copy(shop.tree / "release" / "client_readme.md", folder / "README.md")
        (folder / "pyproject.toml").write_text(_client_project(shop.release.version, needs), encoding="utf-8")
        epoch = {"SOURCE_DATE_EPOCH": str(int(shop.release.committed_at.timestamp()))}
        # uv's own back end builds without fetching anything, and takes neither time nor order from the machine.
        _run(
            [
                str(Path(sys.executable).with_name("uv")),
                "build",
                "--quiet",
                "--wheel",
                "--offline",
                "--out-dir",
                str(folder / "built"),
            ],
            folder,
            epoch,
        )
        [wheel] = (folder / "built").glob("*.whl")
        shutil.copy(wheel, shop.output / wheel.name)


def manifests(shop: Workshop) -> None:
    """Each overlay as `kubectl apply -k` would send it, with this version as a label of everything."""
    kubernetes = shop.tree / "deploy" / "kubernetes"
    (shop.output / "manifests").mkdir()
    for overlay in sorted(each.parent for each in (kubernetes / "overlays").glob("*/kustomization.yaml")):
        labelled = kubernetes / "overlays" / f"released-{overlay.name}"
        labelled.mkdir()
        (labelled / "kustomization.yaml").write_text(_labelling(overlay.name, shop.release.version), encoding="utf-8")
        text = rendering.render_text(labelled)
        (shop.output / "manifests" / f"{overlay.name}.yaml").write_text(text, encoding="utf-8")
        shutil.rmtree(labelled)


def image(shop: Workshop) -> None:
    """What `docker build` is given: the Dockerfile, which bears this version, and the files that it copies."""
    dockerfile = (shop.tree / "deploy" / "Dockerfile").read_text("utf-8")
    before, after = "ARG VERSION=unreleased", f"ARG VERSION={shop.release.version}"
    if dockerfile.count(before) != 1:
        raise NotMade(f"deploy/Dockerfile has not the one line « {before} »")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "Dockerfile").write_text(dockerfile.replace(before, after), encoding="utf-8")
        for copied in re.findall(r"(?m)^COPY (?!--from)(.+)$", dockerfile):
            for name in copied.split()[:-1]:
                _copy(shop.tree / name, folder / name)
        archives.pack(
            shop.output / f"{shop.stem}-image.tar.gz",
            folder=folder,
            files=_files(folder),
            at=shop.release.committed_at,
        )


def descriptions(shop: Workshop) -> None:
    """The descriptions that programs read: OpenAPI, AsyncAPI, and a JSON schema of each event."""
    deploy = shop.tree / "deploy"
    shutil.copyfile(deploy / "openapi.json", shop.output / "openapi.json")
    shutil.copyfile(deploy / "events" / "asyncapi.json", shop.output / "asyncapi.json")
    schemas = shop.output / f"{shop.stem}-event-schemas.tar.gz"
    folder = deploy / "events" / "schemas"
    archives.pack(schemas, folder=folder, files=_files(folder), at=shop.release.committed_at)


def documentation(shop: Workshop) -> None:
    """What people read: the documentation, and the release's own page of the change log."""
    files = [file for name in _READ for file in _readable(shop.tree / name)]
    archives.pack(
        shop.output / f"{shop.stem}-documentation.tar.gz", folder=shop.tree, files=files, at=shop.release.committed_at
    )
    shutil.copyfile(shop.tree / "CHANGELOG.md", shop.output / "CHANGELOG.md")
    title = f"# Vitrail {shop.release.version}"
    (shop.output / "RELEASE.md").write_text(f"{title}\n\n{shop.release.notes}\n", encoding="utf-8")


def bill_of_materials(shop: Workshop) -> None:
    """What the image is made of (CycloneDX), as `make sbom` wrote it."""
    shutil.copyfile(shop.bill, shop.output / f"{shop.stem}.cdx.json")


def sums(shop: Workshop) -> None:
    """The SHA-256 of all the others, as `sha256sum --check` reads it: what is signed."""
    files = [file for file in _files(shop.output) if file.name != "SHA256SUMS"]
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(shop.output)}" for file in files]
    (shop.output / "SHA256SUMS").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


# In the order in which they are made: the sums are those of all before them.
STEPS: Final[dict[str, Callable[[Workshop], None]]] = {
    "source archive": source,
    "wheel of the client": client,
    "manifests": manifests,
    "build context of the image": image,
    "OpenAPI, AsyncAPI, event schemas": descriptions,
    "documentation": documentation,
    "bill of materials": bill_of_materials,
    "SHA256SUMS": sums,
}


def _client_project(version: str, needs: list[str]) -> str:
    return f"""\
[project]
name = "vitrail-client"
version = "{version}"
description = "Typed client of the parents' API of Vitrail."
readme = "README.md"
requires-python = ">=3.11"
dependencies = [{", ".join(f'"{each}"' for each in needs)}]

[build-system]
requires = ["uv_build"]
build-backend = "uv_build"

[tool.uv.build-backend]
module-name = "{PACKAGE}"
module-root = ""
"""


def _labelling(overlay: str, version: str) -> str:
    return f"""\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../{overlay}]
labels:
  - pairs: {{app.kubernetes.io/version: "{version}"}}
    includeSelectors: false
    includeTemplates: true
"""


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()))


def _readable(path: Path) -> list[Path]:
    """Return a file, or what people read and look at below a folder."""
    return [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.suffix in _READABLE)


def _copy(source_path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source_path.is_dir():
        shutil.copytree(source_path, target)
    else:
        shutil.copy(source_path, target)


def _run(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(words, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMade(f"{' '.join(words[:2])}: {done.stderr.strip()}")
