"""A release is one version, told everywhere, of a commit that has everything."""

from pathlib import Path

import pytest

from release.agreement import Disagreement, agree, notes
from shared.version import version
from tests.release.conftest import commit, git

CHANGELOG = """# Changelog

## [Unreleased]

- Nothing.

## [1.2.0] - 2026-11-23

- This.

## [1.1.0] - yesterday

- That.

## [1.0.0] - 2026-01-01
"""


def test_a_clean_checkout_may_be_released(checkout: Path) -> None:
    release = agree(checkout)
    assert (release.version, release.commit, release.is_tagged) == (
        version(),
        git(checkout, "rev-parse", "HEAD"),
        False,
    )
    assert release.tag == f"v{version()}"
    assert "### Added" in release.notes


@pytest.mark.parametrize("change", ["edited", "added"])
def test_a_changed_tree_is_refused(checkout: Path, change: str) -> None:
    (checkout / {"edited": "NOTICE", "added": "left-over.txt"}[change]).write_text("changed", encoding="utf-8")
    with pytest.raises(Disagreement, match=r"changes that no commit has: (NOTICE|left-over\.txt)"):
        agree(checkout)


@pytest.mark.parametrize(
    ("told", "refused"),
    [("9.9.9", r"no heading « ## \[9\.9\.9\] - "), (f"{version()}.dev0", "is no release: a release is three numbers")],
)
def test_another_version_than_the_change_log_tells_is_refused(checkout: Path, told: str, refused: str) -> None:
    project = (checkout / "pyproject.toml").read_text("utf-8")
    commit(checkout, "pyproject.toml", project.replace(f'version = "{version()}"', f'version = "{told}"'))
    with pytest.raises(Disagreement, match=refused):
        agree(checkout)


def test_the_tag_of_this_commit_is_known(checkout: Path) -> None:
    git(checkout, "tag", "--annotate", f"v{version()}", "--message", "Vitrail")
    assert agree(checkout).is_tagged


def test_a_tag_of_another_commit_is_refused(checkout: Path) -> None:
    git(checkout, "tag", f"v{version()}")
    commit(checkout, "NOTICE", "changed")
    with pytest.raises(Disagreement, match="a release is made once"):
        agree(checkout)


@pytest.mark.parametrize(
    ("asked", "found"), [("1.2.0", "- This."), ("1.1.0", None), ("1.0.0", None), ("0.9.0", None), ("Unreleased", None)]
)
def test_notes_are_those_of_a_dated_heading_with_text(tmp_path: Path, asked: str, found: str | None) -> None:
    file = tmp_path / "CHANGELOG.md"
    file.write_text(CHANGELOG, encoding="utf-8")
    assert notes(file, version=asked) == found
