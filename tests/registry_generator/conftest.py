from collections.abc import Callable
from typing import Any

import pytest

from registry_generator import Plan, find_organisation


@pytest.fixture
def make_plan() -> Callable[..., Plan]:
    """Make a plan of 100 students in the demonstration schools of 712000, or as said."""

    def make(*, organisation: str = "712000", students: int = 100, seed: int = 7, **more: Any) -> Plan:
        return Plan(organisation=find_organisation(organisation), students=students, seed=seed, **more)

    return make
