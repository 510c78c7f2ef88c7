from pathlib import Path

import pytest

from deploy.checks import code, combinations, lint, rendering, targets
from deploy.checks.objects import Objects
from deploy.checks.rendering import CannotRender


def kustomization(folder: Path, text: str) -> Path:
    (folder / "kustomization.yaml").write_text(text)
    return folder


def test_render_refuses_what_kustomize_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(CannotRender, match="unknown field"):
        rendering.render(kustomization(tmp_path, "resourcess: []\n"))


def test_render_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotRender):
        rendering.render(kustomization(tmp_path, "resources: [none.yaml]\n"))


def test_a_patch_that_changes_nothing_is_found(tmp_path: Path) -> None:
    objects = Objects([{"kind": "Deployment", "metadata": {"name": "gateway"}}])
    folder = kustomization(tmp_path, "patches: [{path: a.yaml, target: {kind: Deployment, name: gatewy}}]\n")
    assert [finding.rule for finding in targets.check(folder, objects)] == ["patch-target"]


def test_a_patch_by_labels_that_nothing_bears_is_found(tmp_path: Path) -> None:
    objects = Objects([{"kind": "Deployment", "metadata": {"name": "gateway", "labels": {"part": "a"}}}])
    folder = kustomization(tmp_path, "patches: [{path: a.yaml, target: {labelSelector: part=b}}]\n")
    assert [finding.rule for finding in targets.check(folder, objects)] == ["patch-target"]


def test_every_component_is_in_a_combination() -> None:
    named = {name for names in combinations.chosen() for name in names}
    assert named == {folder.name for folder in rendering.components()}
    assert not [names for names in combinations.chosen() if {"ingress", "gateway-api"} <= set(names)]


def test_a_combination_adds_its_component() -> None:
    with combinations.copied() as tree:
        objects = Objects(rendering.parse(combinations.render(("keda",), tree=tree)))
    assert {each.kind for each in objects} >= {"ScaledObject", "HTTPRoute"}
    assert objects.get("HorizontalPodAutoscaler", "identity-consume") is None


def test_production_with_every_value_said_has_no_finding() -> None:
    said = {".invalid": ".qc.test", "REPLACE": "ours", "192.0.2.": "10.20.30.", "0" * 64: "4f" * 32}
    with combinations.copied() as tree:
        for file in (each for each in tree.rglob("*") if each.suffix in {".yaml", ".env"}):
            text = file.read_text("utf-8")
            for before, after in said.items():
                text = text.replace(before, after)
            file.write_text(text, encoding="utf-8")
        objects = rendering.render(tree / "overlays" / "production")
    assert [*lint.placeholders(objects), *lint.application(objects), *code.application(objects)] == []
