"""Faults that operators really make, to be seeded into manifests that have none: a check that finds nothing must be found out.

Each names the rule that is to find it. `python -m deploy.checks` seeds them all, and so do the tests.
"""

import copy
from typing import Final

from deploy.checks import code, lint, schemas
from deploy.checks.faults.drift import of_drift
from deploy.checks.faults.joins import of_joins
from deploy.checks.faults.platform import of_platform
from deploy.checks.faults.pods import of_pods
from deploy.checks.faults.seeding import PRODUCTION, Fault, put
from deploy.checks.faults.ways import of_ways
from deploy.checks.objects import Finding, Object, Objects

__all__ = ["FAULTS", "PRODUCTION", "Fault", "found", "put"]

FAULTS: Final = (*of_pods(), *of_joins(), *of_ways(), *of_drift(), *of_platform())


def found(fault: Fault, objects: Objects) -> list[Finding]:
    """Return what the checks say of `objects` once the fault is seeded."""
    before = [each.fields for each in objects]
    after = copy.deepcopy(before)
    fault.seed(after)
    if after == before:
        raise ValueError(f"the fault `{fault.name}` changes nothing")
    changed = Objects(after)
    # What is unchanged was valid before; schemas are the slow ones.
    others = [Object(fields) for fields in after if fields not in before]
    if fault.folder.startswith("overlays/"):
        return [*lint.application(changed), *code.application(changed), *schemas.check(others)]
    return [*lint.platform(changed), *code.platform(changed), *schemas.check(others)]
