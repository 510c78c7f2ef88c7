"""Every package that we ask for has its reason written down."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TABLE = re.search(r"## Dependencies\n(.+?)\n## ", (ROOT / "DECISIONS.md").read_text("utf-8"), re.DOTALL)
# Types of a package that has its own row.
STUBS = "types-"


def declared() -> set[str]:
    lines = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    return {canonicalize_name(Requirement(line).name).removeprefix(STUBS) for line in lines}


def reasoned() -> dict[str, str]:
    """Return the reason given for each package: the first column names some, the third says why these."""
    assert TABLE is not None
    rows = [line.strip("| ").split(" | ") for line in TABLE[1].splitlines() if line.startswith("| ")]
    return {canonicalize_name(name): row[2].strip() for row in rows for name in re.findall(r"[A-Za-z][\w.-]+", row[0])}


@pytest.mark.requirement("DEP-3")
def test_every_package_has_a_reason() -> None:
    reasons = reasoned()
    assert len(declared()) > 50
    assert sorted(name for name in declared() if not reasons.get(name)) == []
