"""The checks are themselves checked: a fault that is seeded is found, by the rule that is there for it."""

from collections.abc import Callable

import pytest

from deploy.checks import faults
from deploy.checks.faults import FAULTS, Fault
from deploy.checks.objects import Objects

Rendered = Callable[[str], Objects]


@pytest.mark.parametrize("fault", [each for each in FAULTS if not each.needs_crd_schemas], ids=str)
def test_a_seeded_fault_is_found(rendered: Rendered, fault: Fault) -> None:
    assert fault.rule in {finding.rule for finding in faults.found(fault, rendered(fault.folder))}


@pytest.mark.usefixtures("crd_schemas")
@pytest.mark.parametrize("fault", [each for each in FAULTS if each.needs_crd_schemas], ids=str)
def test_a_seeded_fault_of_a_custom_resource_is_found(rendered: Rendered, fault: Fault) -> None:
    assert fault.rule in {finding.rule for finding in faults.found(fault, rendered(fault.folder))}


def test_faults_have_names_of_their_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 33


def test_a_fault_that_changes_nothing_is_told(rendered: Rendered) -> None:
    nothing = Fault("nothing", faults.PRODUCTION, lambda documents: None, "images")
    with pytest.raises(ValueError, match="changes nothing"):
        faults.found(nothing, rendered(faults.PRODUCTION))
