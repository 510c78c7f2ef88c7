"""The manifests as they stand have no fault that the checks of deploy/checks know."""

import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from deploy.checks import code, lint, rendering, schemas, targets
from deploy.checks.code import alerts, parts
from deploy.checks.faults import FAULTS
from deploy.checks.objects import Objects

OVERLAYS = [each.name for each in rendering.overlays()]
PLATFORM = [str(each.relative_to(rendering.KUBERNETES)) for each in rendering.platforms()]
Rendered = Callable[[str], Objects]


def test_there_are_overlays_and_a_platform() -> None:
    assert {"dev", "production", "staging"} <= set(OVERLAYS)
    assert {"platform/postgres", "platform/kafka", "platform/namespace", "platform/edge"} <= set(PLATFORM)


@pytest.mark.requirement("DEP-4", "GWY-7")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_in_order(rendered: Rendered, overlay: str) -> None:
    assert lint.application(rendered(f"overlays/{overlay}"), is_small=overlay == "dev") == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_says_what_the_code_does(rendered: Rendered, overlay: str) -> None:
    assert list(code.application(rendered(f"overlays/{overlay}"))) == []


@pytest.mark.parametrize("folder", PLATFORM)
def test_the_platform_is_in_order(rendered: Rendered, folder: str) -> None:
    objects = rendered(folder)
    assert [*lint.platform(objects), *code.platform(objects)] == []


def test_production_is_valid_for_the_oldest_and_the_newest_kubernetes(rendered: Rendered) -> None:
    assert list(schemas.check(rendered("overlays/production"))) == []


def test_the_database_takes_the_connections_of_all_pods(rendered: Rendered) -> None:
    production = rendered("overlays/production")
    scalers = production.of("HorizontalPodAutoscaler", "ScaledObject")
    most = {
        each.find("spec", "scaleTargetRef", "name"): int(
            each.spec.get("maxReplicas") or each.spec.get("maxReplicaCount") or 0
        )
        for each in scalers
    }
    holding = [each for each in production.deployments if any("database" in name for name in each.secrets)]
    opened = {each.name: most.get(each.name, 2) * connections(each.part) for each in holding}
    cluster = rendered("platform/postgres").get("Cluster", "vitrail")
    assert cluster is not None
    assert len(opened) > 15
    assert sum(opened.values()) < int(cluster.find("spec", "postgresql", "parameters", "max_connections"))


def connections(part: str) -> int:
    """Return how many connections a process of a service opens at most."""
    default = {each.name: each.default for each in parts.settings(part)}
    return int(default.get(f"{part.upper()}_DATABASE_CONNECTIONS") or default[f"{part.upper()}_THREADS"] or "")


def test_every_patch_finds_what_it_changes() -> None:
    assert list(targets.check_all()) == []


def test_a_test_in_which_nothing_fires_shows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rules_test.yaml"
    file.write_text("tests: [{alert_rule_test: [{eval_time: 1m, alertname: GatewayAbsent, exp_alerts: []}]}]")
    assert alerts.shown_to_fire(file) == set()


def test_every_runbook_has_an_alert() -> None:
    assert list(alerts.without_alert()) == []


def test_production_names_every_value_that_is_still_to_be_said(rendered: Rendered) -> None:
    found = {finding.what.partition(" is ")[0] for finding in lint.placeholders(rendered("overlays/production"))}
    assert {"https://portail.invalid", "ne-pas-repondre@portail.invalid", "192.0.2.25/32"} <= found
    assert any("sha256:000" in value for value in found)


@pytest.mark.parametrize("folder", ["overlays/production", *PLATFORM])
def test_the_readme_names_every_value_to_change(rendered: Rendered, folder: str) -> None:
    text = (rendering.ROOT / "deploy" / "README.md").read_text("utf-8")
    named = {finding.what.partition(" is ")[0] for finding in lint.placeholders(rendered(folder))}
    short = {value.replace("sha256:" + "0" * 64, "sha256:0000…") for value in named if len(value) < 120}
    # A rule about images names them within an expression.
    assert [value for value in short if value not in text and "forge" not in value] == []


def test_the_readme_answers_every_line_of_the_checklist() -> None:
    lines = (rendering.ROOT / "deploy" / "README.md").read_text("utf-8").splitlines()
    assert [int(line.split("|")[1]) for line in lines if line[2:3].isdigit()] == list(range(1, 35))


def test_every_rule_that_the_readme_names_is_one() -> None:
    text = (rendering.ROOT / "deploy" / "README.md").read_text("utf-8").partition("## The checklist")[2]
    named = {
        name
        for rules in re.findall(r"\brules? ((?:`[a-z-]+`(?:, | and )?)+)", text)
        for name in re.findall("[a-z-]+(?=`)", rules)
    }
    known = {fault.rule for fault in FAULTS} | {"placeholder"}
    assert len(named) > 25
    assert named - known == set()


TYPED = sorted(
    {
        words
        for file in (rendering.ROOT / "docs" / "runbooks").glob("*.md")
        for words in re.findall(r"python -m services\.SERVICE ([a-z][a-z -]*[a-z])", file.read_text("utf-8"))
    }
)


def test_runbooks_name_commands() -> None:
    assert "events state" in TYPED


@pytest.mark.parametrize("words", TYPED)
def test_a_command_of_a_runbook_is_there(words: str) -> None:
    command: click.Command | None = parts.group("attendance")
    for word in words.split():
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    assert command is not None
