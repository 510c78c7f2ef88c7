"""The tools of others find what they are there for: one that says yes to everything would prove nothing."""

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.checks import tools
from deploy.checks.faults import put
from deploy.checks.objects import Finding, Objects
from deploy.checks.tools import Missing

Rendered = Callable[[str], Objects]
PRIVILEGED = """
apiVersion: v1
kind: Pod
metadata: {name: open}
spec:
  hostPID: true
  containers: [{name: a, image: "a:latest", securityContext: {privileged: true}}]
"""


def found(check: Callable[[], Iterator[Finding]]) -> set[str]:
    try:
        return {finding.rule for finding in check()}
    except Missing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


def with_alert(objects: Objects, expression: str) -> Objects:
    documents = copy.deepcopy([each.fields for each in objects])
    put("PrometheusRule/vitrail", "spec/groups/0/rules/3/expr", expression)(documents)
    return Objects(documents)


def test_promtool_takes_the_alerts_as_they_are(rendered: Rendered) -> None:
    assert found(lambda: tools.promtool(rendered("overlays/production"))) == set()


def test_promtool_refuses_an_expression_that_is_none(rendered: Rendered) -> None:
    objects = with_alert(rendered("overlays/production"), "max(")
    assert "promtool-check" in found(lambda: tools.promtool(objects))


def test_promtool_refuses_an_alert_that_does_not_fire_when_it_should(rendered: Rendered) -> None:
    objects = with_alert(
        rendered("overlays/production"), "max by (service) (vitrail_letters_oldest_age_seconds) > 9999"
    )
    assert found(lambda: tools.promtool(objects)) == {"promtool-test"}


def test_hadolint_refuses_what_may_be_another_image_tomorrow(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:latest\n")
    assert found(lambda: tools.hadolint(tmp_path / "Dockerfile")) == {"hadolint"}


def test_dclint_refuses_what_compose_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("name: a\n\nservices:\n  a:\n    imagee: b\n")
    assert found(lambda: tools.dclint(tmp_path / "compose.yaml")) == {"dclint"}


@pytest.mark.slow
def test_checkov_refuses_a_privileged_pod() -> None:
    assert found(lambda: tools.checkov(PRIVILEGED)) == {"checkov"}


def test_a_missing_tool_is_told_and_in_ci_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def check() -> Iterator[Finding]:
        raise Missing("no tool")
        yield

    monkeypatch.delenv("CI", raising=False)
    assert list(tools.unless_missing(check, say=said.append)) == []
    monkeypatch.setenv("CI", "true")
    assert [finding.rule for finding in tools.unless_missing(check, say=said.append)] == ["missing"]
    assert said == ["SKIPPED: no tool"] * 2
