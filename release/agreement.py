"""What must be so before anything is released: a clean tree, and one version wherever it is told."""

import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

# A heading of Keep a Changelog: `## [1.2.3] - 2027-01-31`.
_HEADING: Final = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<day>\S+))?\s*$", re.MULTILINE)
# A release is final: no `.dev0`, no `rc1`.
_FINAL: Final = re.compile(r"^\d+\.\d+\.\d+$")


class Disagreement(Exception):
    """Something keeps this from being a release; the text says all of it, a line each."""


@dataclass(frozen=True)
class Release:
    """A release that may be made: of which tree, and what it says of itself."""

    version: str
    commit: str
    committed_at: datetime
    notes: str
    is_tagged: bool

    @property
    def tag(self) -> str:
        """Return the name of its tag."""
        return f"v{self.version}"


def agree(root: Path) -> Release:
    """Return the release that the commit at hand is.

    Raises:
        Disagreement: the tree has changes, the version is not final, the change log does not tell of it, or its tag is
            another commit's.
    """
    version: str = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    commit = git(root, "rev-parse", "HEAD")
    told = notes(root / "CHANGELOG.md", version=version)
    tagged = git(root, "tag", "--list", f"v{version}") and git(root, "rev-parse", f"v{version}^{{commit}}")
    mistakes = []
    if changed := git(root, "status", "--porcelain"):
        mistakes.append(f"the tree has changes that no commit has: {', '.join(_paths(changed))}")
    if not _FINAL.match(version):
        mistakes.append(f"pyproject.toml says {version}, which is no release: a release is three numbers")
    if told is None:
        mistakes.append(
            f"CHANGELOG.md has no heading « ## [{version}] - {datetime.now(UTC):%Y-%m-%d} » with text below it"
        )
    if tagged and tagged != commit:
        mistakes.append(f"the tag v{version} is another commit's ({tagged[:12]}): a release is made once")
    if mistakes:
        raise Disagreement("\n".join(mistakes))
    moment = datetime.fromtimestamp(int(git(root, "log", "-1", "--format=%ct")), UTC)
    return Release(version, commit, moment, told or "", bool(tagged))


def notes(changelog: Path, *, version: str) -> str | None:
    """Return what the change log says of a version; None without a dated heading of it, or with nothing below it."""
    text = changelog.read_text("utf-8") if changelog.exists() else ""
    headings = list(_HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] == version and _is_day(heading["day"]):
            return text[heading.end() : following.start() if following else len(text)].strip() or None
    return None


def git(root: Path, *words: str) -> str:
    """Return what git says."""
    return subprocess.run(
        [shutil.which("git") or "git", *words], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()


def _is_day(text: str | None) -> bool:
    try:
        date.fromisoformat(text or "")
    except ValueError:
        return False
    return True


def _paths(changed: str) -> list[str]:
    paths = [line.split(maxsplit=1)[1] for line in changed.splitlines()]
    return [*paths[:5], "…"] if len(paths) > 5 else paths
