"""The manifests as they stand have no fault that the checks of deploy/checks know."""

from collections.abc import Callable

import pytest

from deploy.checks import code, lint, rendering, schemas, targets
from deploy.checks.code import alerts
from deploy.checks.objects import Objects

OVERLAYS = [each.name for each in rendering.overlays()]
PLATFORM = [str(each.relative_to(rendering.KUBERNETES)) for each in rendering.platforms()]
Rendered = Callable[[str], Objects]


def test_there_are_overlays_and_a_platform() -> None:
    assert OVERLAYS == ["dev", "production", "staging"]
    assert {"platform/postgres", "platform/kafka", "platform/namespace", "platform/edge"} <= set(PLATFORM)


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


def test_every_patch_finds_what_it_changes() -> None:
    assert list(targets.check_all()) == []


def test_every_runbook_has_an_alert() -> None:
    assert list(alerts.without_alert()) == []


def test_production_names_every_value_that_is_still_to_be_said(rendered: Rendered) -> None:
    found = {finding.what.partition(" is ")[0] for finding in lint.placeholders(rendered("overlays/production"))}
    assert {"https://portail.invalid", "ne-pas-repondre@portail.invalid", "192.0.2.25/32"} <= found
    assert any("sha256:000" in value for value in found)
