"""The release before runs on the next schema: proven on releases that are made up."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.release.conftest import commit, git
from tests.support.source import ROOT

IDENTITY = "services/identity/migrations"
# A few tests that read and write accounts are enough to tell the two apart.
FEW = ("-m", "not slow", "-k", "postgresql and test_accounts")
MIGRATION = '''"""{why}"""

import sqlalchemy as sa
from alembic import op

revision = "9999_made_up"
down_revision = "{head}"


def upgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        {change}
'''
EXPANDING = 'accounts.add_column(sa.Column("nickname", sa.String(length=40)))'
CONTRACTING = 'accounts.drop_column("language")'
# What nobody wrote before cannot be demanded of whoever does not know it.
DEMANDING = 'accounts.add_column(sa.Column("nickname", sa.String(length=40), nullable=False))'


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A checkout whose last commit is a release."""
    folder = tmp_path / "checkout"
    git(ROOT, "clone", "--quiet", "--shared", "--no-tags", str(ROOT), str(folder))
    git(folder, "tag", "--annotate", "v0.0.9", "--message", "Made up")
    return folder


def migrate_further(tree: Path, change: str) -> None:
    head = (tree / IDENTITY / "HEAD").read_text("utf-8").strip()
    text = MIGRATION.format(why="Made up.", head=head, change=change)
    commit(tree, f"{IDENTITY}/versions/9999_made_up.py", text)
    commit(tree, f"{IDENTITY}/HEAD", "9999_made_up\n")


def compatibility(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.compatibility", "--tree", str(tree), "--", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_without_a_release_before_it_says_so_and_runs_nothing(released: Path) -> None:
    git(released, "tag", "--delete", "v0.0.9")
    # A tag that is no release, and the release that this commit is, are none before it.
    git(released, "tag", "nightly")
    git(released, "tag", "v1.0.0")
    done = compatibility(released)
    assert (done.returncode, done.stdout.startswith("SKIPPED: there is no release before this commit")) == (0, True)


def test_a_schema_that_is_the_same_is_not_tried(released: Path) -> None:
    commit(released, "NOTICE", "changed")
    done = compatibility(released)
    assert (done.returncode, done.stdout) == (0, "No migration has changed since v0.0.9: its schema is this one.\n")


def test_the_newest_release_before_is_taken(released: Path) -> None:
    git(released, "tag", "v0.0.10")
    commit(released, "NOTICE", "changed")
    assert "since v0.0.10:" in compatibility(released).stdout


@pytest.mark.slow
def test_a_migration_that_adds_passes(released: Path) -> None:
    migrate_further(released, EXPANDING)
    done = compatibility(released, *FEW)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The suite of v0.0.9 on the schema of this tree: identity\n" in done.stdout
    assert " passed" in done.stdout
    assert done.stdout.endswith("v0.0.9 runs on this schema.\n")


@pytest.mark.slow
@pytest.mark.parametrize("change", [CONTRACTING, DEMANDING], ids=["taking away", "demanding"])
def test_a_migration_that_the_release_before_cannot_bear_is_found(released: Path, change: str) -> None:
    migrate_further(released, change)
    done = compatibility(released, *FEW)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "v0.0.9 does not run on this schema" in done.stdout
