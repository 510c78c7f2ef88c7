"""The lock against what is known to be vulnerable, by pip-audit: a package that nobody could judge is never called sound.

pip-audit itself ends well when its source knows none of the packages, as behind a mirror that has no advisories.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

# In an environment of its own, like the other tools that no part needs.
TOOL: Final = "pip-audit==2.10.1"
# The same advisories, from two places: whichever answers.
SOURCES: Final = ("osv", "pypi")


class NotJudged(Exception):
    """No source could judge every package; the text says what each of them said."""


@dataclass(frozen=True)
class Advisory:
    """A known vulnerability of a package that is in the lock."""

    package: str
    version: str
    name: str
    mended_in: tuple[str, ...]


def judge(lock: Path, *, ask: "Callable[[Path, str], tuple[str, str]] | None" = None) -> tuple[int, list[Advisory]]:
    """Return how many packages a lock has, and the advisories against them.

    In:
        ask: given the lock and the name of a source, returns what pip-audit printed as JSON, and what it complained of.

    Raises:
        NotJudged: see there.
    """
    said = []
    for source in SOURCES:
        printed, complaint = (ask or _pip_audit)(lock, source)
        packages = _packages(printed)
        unknown = [each["name"] for each in packages if "skip_reason" in each]
        if packages and not unknown:
            return len(packages), list(_advisories(packages))
        reason = f"it knows nothing of {len(unknown)} packages" if unknown else complaint
        said.append(f"{source}: {reason}")
    raise NotJudged("; ".join(said))


def _packages(printed: str) -> Sequence[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = orjson.loads(printed)["dependencies"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return []
    return found


def _advisories(packages: Sequence[dict[str, Any]]) -> "list[Advisory]":
    return [
        Advisory(each["name"], each["version"], one["id"], tuple(one["fix_versions"]))
        for each in packages
        for one in each["vulns"]
    ]


def _pip_audit(lock: Path, source: str) -> tuple[str, str]:
    tool = [str(Path(sys.executable).with_name("uv")), "tool", "run", "--quiet", "--from", TOOL, "pip-audit"]
    options = ["--requirement", str(lock), "--no-deps", "--disable-pip", "--progress-spinner", "off"]
    options += ["--vulnerability-service", source, "--timeout", "20", "--format", "json"]
    done = subprocess.run([*tool, *options], capture_output=True, text=True, check=False)
    # The last line of a traceback is what went wrong.
    return done.stdout, (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
