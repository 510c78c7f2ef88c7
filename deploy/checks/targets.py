"""Patches that change nothing: kustomize passes over a target that it does not find, and says so to nobody."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy.checks.objects import Finding, Object, Objects
from deploy.checks.rendering import KUBERNETES, render


def patches(folder: Path) -> list[dict[str, Any]]:
    """Return the patches of a folder that name a target."""
    content = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
    return [each for each in content.get("patches") or [] if "target" in each]


def check(folder: Path, objects: Objects) -> Iterator[Finding]:
    """Yield the patches of `folder` that find nothing among `objects`, what stands after them, or before."""
    for patch in patches(folder):
        if not any(_is_target(patch["target"], each) for each in objects):
            yield Finding(f"{folder.name}/kustomization.yaml", "patch-target", f"nothing is {patch['target']}")
    for image in _images(folder):
        named = {
            str(container.get("image")).partition("@")[0] for each in objects.workloads for container in each.containers
        }
        if not any(name.startswith(image.get("newName") or image["name"]) for name in named):
            yield Finding(f"{folder.name}/kustomization.yaml", "patch-target", f"no image is {image['name']}")


def check_all() -> Iterator[Finding]:
    """Yield them for the base, each component and each overlay."""
    base = render(KUBERNETES / "base")
    yield from check(KUBERNETES / "base", base)
    for folder in sorted((KUBERNETES / "components").glob("*/")):
        # What a component deletes is in the base alone.
        yield from check(folder, base)
    for folder in sorted((KUBERNETES / "overlays").glob("*/")):
        yield from check(folder, render(folder))


def _images(folder: Path) -> list[dict[str, str]]:
    content = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
    found: list[dict[str, str]] = content.get("images") or []
    return found


def _is_target(target: dict[str, str], each: Object) -> bool:
    # kustomize anchors names, which are regular expressions.
    for key, value in (("kind", each.kind), ("name", each.name), ("group", each.group)):
        if key in target and not re.fullmatch(target[key], value):
            return False
    return all(_satisfies(term, each) for term in target.get("labelSelector", "").split(",") if term)


def _satisfies(term: str, each: Object) -> bool:
    if "!=" in term:
        key, _, value = term.partition("!=")
        return each.labels.get(key) != value
    key, _, value = term.partition("=")
    return each.labels.get(key) == value
