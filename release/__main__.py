"""python -m release check | write | advisories"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from deploy.checks.rendering import CannotRender
from release import advisories, artefacts, signing
from release.agreement import Disagreement, Release, agree

ROOT = Path(__file__).resolve().parent.parent
console = Console(highlight=False, soft_wrap=True)

_tree = click.option(
    "--tree",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=ROOT,
    help="The checkout to release.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """What a release hands over: the same bytes for the same commit."""


@commands.command()
@_tree
def check(tree: Path) -> None:
    """Refuse what is no release: a changed tree, or versions that disagree."""
    release = _agreed(tree)
    console.print(f"{release.version} at {release.commit[:12]} may be released.")


@commands.command()
@_tree
@click.option("--bill", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=ROOT / "dist")
@click.option("--sign/--no-sign", default=False, help="Sign the sums by cosign or sigstore.")
def write(tree: Path, bill: Path, output: Path, sign: bool) -> None:
    """Write the artefacts into OUTPUT/<version>/, in place of what was there; BILL is what `make sbom` wrote."""
    release = _agreed(tree)
    folder = output / release.version
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        _make(release, tree=tree, folder=folder, bill=bill)
        _sign(folder, wanted=sign)
    except (artefacts.NotMade, CannotRender, signing.NotSigned) as refusal:
        # What is half made must not be taken for a release.
        shutil.rmtree(folder)
        _leave(str(refusal))
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        console.print(f"{file.stat().st_size:>12,}  {file.relative_to(output)}")
    _tell_tag(release)


@commands.command("advisories")
@click.argument(
    "lock", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=ROOT / "requirements.lock"
)
def tell_advisories(lock: Path) -> None:
    """Compare LOCK with what is known to be vulnerable: 1 when something is, 3 when nobody could tell."""
    try:
        count, found = advisories.judge(lock)
    except advisories.NotJudged as silence:
        console.print(f"NOT JUDGED, because no source of advisories can be asked from here: {silence}", markup=False)
        sys.exit(3)
    for each in found:
        mended = f"mended in {', '.join(each.mended_in)}" if each.mended_in else "not mended yet"
        console.print(f"{each.package} {each.version}: {each.name}, {mended}", markup=False)
    console.print(f"{len(found)} advisories against {count} packages.")
    sys.exit(1 if found else 0)


def _make(release: Release, *, tree: Path, folder: Path, bill: Path) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    with tempfile.TemporaryDirectory() as temporary, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("the commit’s own files", total=len(artefacts.STEPS))
        exported = artefacts.export(tree, release=release, folder=Path(temporary))
        shop = artefacts.Workshop(release, exported, folder, bill)
        for name, step in artefacts.STEPS.items():
            progress.update(task, description=name)
            step(shop)
            progress.advance(task)


def _sign(folder: Path, *, wanted: bool) -> None:
    tool = signing.sign(folder) if wanted else None
    if tool is None:
        console.print(
            signing.UNSIGNED.format(folder=folder) if wanted else "Not signed: SIGN=1 signs it.", markup=False
        )
    else:
        console.print(f"Signed by {tool}: {signing.BUNDLE}")


def _tell_tag(release: Release) -> None:
    if release.is_tagged:
        console.print(f"This is {release.tag}.")
    else:
        console.print(
            f"Not tagged yet. When it is good: git tag --annotate {release.tag} --message 'Vitrail {release.version}'"
        )


def _agreed(tree: Path) -> Release:
    try:
        return agree(tree)
    except Disagreement as refusal:
        _leave(str(refusal))


def _leave(text: str) -> NoReturn:
    console.print(f"[bold red]no release:[/] {text.replace('[', chr(92) + '[')}")
    sys.exit(1)


if __name__ == "__main__":
    commands(prog_name="python -m release")
