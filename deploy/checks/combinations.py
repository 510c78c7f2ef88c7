"""Components side by side: each alone over the base, and all that go together."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.checks.rendering import KUBERNETES, components, render_text

# One of each pair does what the other does.
_EITHER = (frozenset({"gateway-api", "ingress"}), frozenset({"external-secrets", "sealed-secrets"}))
# Without a way in nobody would use the rest: what is rendered has one.
_DOOR = "gateway-api"


def chosen() -> list[tuple[str, ...]]:
    """Return the combinations, each by the names of its components."""
    names = [each.name for each in components()]
    everything = [tuple(name for name in names if name not in without) for without in _left_out()]
    return [*((name,) for name in names), *everything]


def _left_out() -> Iterator[set[str]]:
    for door in sorted(_EITHER[0]):
        for secrets in sorted(_EITHER[1]):
            yield {door, secrets}


@contextmanager
def copied() -> Iterator[Path]:
    """Yield a copy of the tree, in which a folder of its own may stand beside the overlays."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copytree(KUBERNETES, Path(folder) / "kubernetes"))


def render(names: tuple[str, ...], *, tree: Path) -> str:
    """Return what the base is with these components, and with a way in.

    Raises:
        CannotRender: they do not go together.
    """
    wanted = names if set(names) & _EITHER[0] else (*names, _DOOR)
    folder = tree / "overlays" / "combination"
    folder.mkdir(exist_ok=True)
    lines = [
        "namespace: vitrail",
        "resources: [../../base]",
        f"components: [{', '.join(f'../../components/{n}' for n in wanted)}]",
    ]
    (folder / "kustomization.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return render_text(folder)
