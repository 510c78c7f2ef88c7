"""The manifests as they are, rendered once a run."""

from collections.abc import Callable
from functools import cache

import pytest

from deploy.checks import rendering
from deploy.checks.objects import Objects


@cache
def _rendered(folder: str) -> Objects:
    return rendering.render(rendering.KUBERNETES / folder)


@pytest.fixture(scope="session")
def rendered() -> Callable[[str], Objects]:
    """Return the objects of a folder below deploy/kubernetes."""
    return _rendered
