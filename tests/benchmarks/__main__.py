"""`make bench`: every benchmark in turn, or those that are named.

    python -m tests.benchmarks [--quick] [--list] [NAME …]

A benchmark is a program of its own, `bench_<name>.py`: what it holds in memory is its own, and one that fails leaves the
others to run. It tells its figures with `support.figures.tell`; the words that make it brief stand in its `QUICK`.
Everything that was told is kept in `var/bench/<date>.json`.
"""

import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from tests.benchmarks.support import figures
from tests.benchmarks.support.figures import Figure, console
from tests.support.source import ROOT

FOLDER = Path(__file__).parent
RESULTS = ROOT / "var" / "bench"


def benchmarks() -> dict[str, str]:
    """Return the modules of the benchmarks by their names."""
    return {
        file.stem.removeprefix("bench_"): f"tests.benchmarks.{file.stem}" for file in sorted(FOLDER.glob("bench_*.py"))
    }


def brief_words(module: str) -> Sequence[str] | None:
    """Return the words that make a benchmark brief, or None when it cannot be."""
    words: Sequence[str] | None = getattr(importlib.import_module(module), "QUICK", None)
    return words


def carry_out(module: str, words: Sequence[str]) -> tuple[int, list[Figure]]:
    """Run a benchmark's program; return its exit status and the figures that it told."""
    with tempfile.TemporaryDirectory(prefix="vitrail-figures-") as folder:
        collection = Path(folder) / "figures.jsonl"
        collection.touch()
        done = subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=ROOT,
            env=os.environ | {figures.COLLECTED_IN: str(collection)},
            check=False,
        )
        return done.returncode, figures.read(collection.read_text(encoding="utf-8").splitlines())


def keep(found: Mapping[str, Sequence[Figure]], *, at: datetime, is_quick: bool, folder: Path = RESULTS) -> Path:
    """Write the figures of a run to `<date>.json` and return the file."""
    document: dict[str, Any] = {
        "ran_at": at.isoformat(timespec="seconds"),
        "is_quick": is_quick,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "benchmarks": {name: [figures.document(figure) for figure in each] for name, each in found.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{at:%Y-%m-%dT%H%M%S}.json"
    file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return file


def summary(found: Mapping[str, Sequence[Figure]], statuses: Mapping[str, int], seconds: Mapping[str, float]) -> Table:
    """Return one line for each benchmark: how it ended, and how many of its targets are met."""
    made = Table(title="Benchmarks", title_justify="left", title_style="bold")
    for heading in ("benchmark", "ended", "seconds", "targets met", "targets missed"):
        made.add_column(heading, justify="left" if heading in {"benchmark", "ended"} else "right")
    for name, status in statuses.items():
        met = [figure.is_met for figure in found[name] if figure.is_met is not None]
        ended = "[green]well[/]" if status == 0 else f"[bold red]with status {status}[/]"
        made.add_row(name, ended, f"{seconds[name]:.0f}", str(met.count(True)), str(met.count(False)))
    return made


@click.command(help="Measure the speed of what matters.")
@click.argument("names", nargs=-1)
@click.option("--quick", is_flag=True, help="Brief runs: they tell that the benchmarks work, not how fast we are.")
@click.option("--list", "lists", is_flag=True, help="Name the benchmarks and do nothing.")
def main(names: Sequence[str], quick: bool, lists: bool) -> None:
    """Run the benchmarks."""
    known = benchmarks()
    if lists:
        click.echo("\n".join(known))
        return
    if unknown := sorted(set(names) - set(known)):
        raise click.BadParameter(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}")
    at = datetime.now(UTC)
    found: dict[str, list[Figure]] = {}
    statuses: dict[str, int] = {}
    seconds: dict[str, float] = {}
    for place, name in enumerate(names or known, 1):
        console.rule(f"[bold]{name}[/] ({place} of {len(names or known)})")
        words = brief_words(known[name]) if quick else ()
        if words is None:
            console.print("[yellow]skipped:[/] it has no brief form")
            continue
        began_at = time.monotonic()
        statuses[name], found[name] = carry_out(known[name], words)
        seconds[name] = time.monotonic() - began_at
    if not statuses:
        return
    console.print(summary(found, statuses, seconds))
    console.print(f"Kept in {keep(found, at=at, is_quick=quick).relative_to(ROOT)}")
    sys.exit(max(map(abs, statuses.values())))


if __name__ == "__main__":
    main()
