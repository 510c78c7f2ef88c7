from collections.abc import Callable
from pathlib import Path

import pytest

from services.enrollment.context import Context
from tests.support.enrollment import Registry
from tests.support.registries import ORGANISATION_CODE, Office


@pytest.fixture
def office(ctx: Context, registry: Registry, tmp_path: Path) -> Office:
    """The office of a board that does not take part yet."""
    organisation_id = registry.make_organisation(code=ORGANISATION_CODE, subscribed_at=None)
    return Office(ctx, tmp_path / "files", organisation_id)


@pytest.fixture
def rejected(tmp_path: Path) -> Callable[[], list[list[str]]]:
    """Return the first three cells of the lines of the report that an import was told to write."""

    def read() -> list[list[str]]:
        lines = (tmp_path / "rejected.csv").read_text("utf-8").splitlines()[1:]
        return [line.split(",")[:3] for line in lines]

    return read
