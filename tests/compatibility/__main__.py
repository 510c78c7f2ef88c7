"""`make compatibility`: the suite of the release before, on the schema of this tree.

Operators migrate first and replace pods afterwards, and a rollback is the old image on the newer schema. So what this tree
migrates to must carry the code of the release before: its own tests of each service whose migrations have changed since
are run on databases that this tree has migrated (`tests.support.schemas`). Expand then contract: what only adds passes;
what takes away something that the release before still uses is found. Leaves with 1 when a test fails.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import click
from packaging.version import InvalidVersion, Version
from rich.console import Console

from release.agreement import git
from tests.support.schemas import NEWER_TREE
from tests.support.source import ROOT

# What must hold on a real PostgreSQL, where operators are; without what races for minutes or wants a Kafka.
CHOICE = ("-m", "not slow and not kafka", "-k", "postgresql")
console = Console(highlight=False, soft_wrap=True, markup=False)


def releases(tree: Path) -> list[str]:
    """Return the tags of releases that the commit at hand comes after, newest first."""
    head = git(tree, "rev-parse", "HEAD")
    tags = [tag for tag in git(tree, "tag", "--merged", "HEAD").splitlines() if _version(tag) is not None]
    earlier = [tag for tag in tags if git(tree, "rev-parse", f"{tag}^{{commit}}") != head]
    return sorted(earlier, key=lambda tag: _version(tag) or Version("0"), reverse=True)


def changed(tree: Path, *, tag: str) -> list[str]:
    """Return the services of that release whose migrations are others now."""
    names = git(tree, "ls-tree", "--name-only", "-d", f"{tag}:services").splitlines()
    folders = {name: f"services/{name}/migrations" for name in names}
    # The working tree counts: a migration is tried before it is committed.
    return [
        name
        for name, folder in folders.items()
        if git(tree, "diff", "--name-only", tag, "--", folder)
        or git(tree, "ls-files", "--others", "--exclude-standard", "--", folder)
    ]


def run(tree: Path, *, tag: str, services: list[str], options: tuple[str, ...]) -> int:
    """Run the release's tests of `services` on databases that `tree` migrates; return pytest's status."""
    with tempfile.TemporaryDirectory(prefix="vitrail-compatibility-") as temporary:
        # Its files and no worktree: the repository is left as it was, whatever becomes of this run.
        archive, released = Path(temporary) / "released.tar", Path(temporary) / "released"
        git(tree, "archive", "--format=tar", f"--output={archive}", tag)
        with tarfile.open(archive) as packed:
            packed.extractall(released, filter="data")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [sys.executable, "-m", "pytest", "-q", *(f"tests/{name}" for name in services), *(options or CHOICE)]
        return subprocess.run(
            command, cwd=released, env=environment | {NEWER_TREE: str(tree.resolve())}, check=False
        ).returncode


def _version(tag: str) -> Version | None:
    try:
        return Version(tag.removeprefix("v")) if tag.startswith("v") else None
    except InvalidVersion:
        return None


@click.command(context_settings={"help_option_names": ["-h", "--help"], "ignore_unknown_options": True})
@click.option("--tree", type=click.Path(path_type=Path, exists=True, file_okay=False), default=ROOT)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def main(tree: Path, options: tuple[str, ...]) -> None:
    """Run the suite of the release before on this schema; OPTIONS go to pytest in the place of its choice."""
    earlier = releases(tree)
    if not earlier:
        console.print("SKIPPED: there is no release before this commit (no tag vX.Y.Z), and so no suite to run.")
        return
    services = changed(tree, tag=earlier[0])
    if not services:
        console.print(f"No migration has changed since {earlier[0]}: its schema is this one.")
        return
    console.print(f"The suite of {earlier[0]} on the schema of this tree: {', '.join(services)}")
    if status := run(tree, tag=earlier[0], services=services, options=options):
        console.print(
            f"{earlier[0]} does not run on this schema: a migration takes away or demands what it does not know."
        )
        console.print("Expand now, and contract one release later (docs/operate.md, « Upgrading »).")
        sys.exit(status)
    console.print(f"{earlier[0]} runs on this schema.")


if __name__ == "__main__":
    main(prog_name="python -m tests.compatibility")
