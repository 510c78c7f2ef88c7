"""The manifests as they are, rendered once a run."""

import os
from collections.abc import Callable
from functools import cache

import pytest

from deploy.checks import rendering, schemas
from deploy.checks.objects import Objects


@cache
def _rendered(folder: str) -> Objects:
    return rendering.render(rendering.KUBERNETES / folder)


@pytest.fixture(scope="session")
def rendered() -> Callable[[str], Objects]:
    """Return the objects of a folder below deploy/kubernetes."""
    return _rendered


@pytest.fixture(scope="session")
def crd_schemas() -> None:
    """Insist on the schemas of custom resources, which lie outside the project."""
    if not schemas.are_there():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"there are no schemas in {schemas.CRD_SCHEMAS}")
