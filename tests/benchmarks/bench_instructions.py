"""Instructions of what parents do, counted by valgrind: the same on every run, whatever else the machine does.

    python -m tests.benchmarks.bench_instructions [--quick] [--database sqlite|postgresql]

The services' applications run within one process, without server and network, beside the bare Flask endpoint. What
PostgreSQL does itself is another process and not counted. Needs valgrind (Debian: apt install valgrind); without it the
benchmark says so and measures nothing.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.benchmarks.bench_requests import databases
from tests.benchmarks.support import cases, figures, instruction_counter, servers
from tests.benchmarks.support.figures import Figure
from tests.benchmarks.support.portal import Portal, Size
from tests.support.source import ROOT

QUICK = ("--quick",)
CALLS = 30
_TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)

# performance.md, "Peers on the same work" and "Targets": the most bare answers that a call may cost.
MOST_BARE_ANSWERS = {
    "SQLite": {cases.ASK: 6.0, cases.VERIFY: 6.0, cases.INTROSPECT: 3.5, cases.SESSION: 3.5},
    "PostgreSQL": {cases.ASK: 8.0, cases.VERIFY: 8.0, cases.INTROSPECT: 4.5, cases.SESSION: 4.5},
}
MOST_FOR_A_LIST = 4.5
MOST_AROUND_A_HASH = 8.0
MOST_FOR_LOG_AND_GUARD = 0.5


def main() -> None:
    """Count on both databases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few calls, on SQLite alone")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="that one alone")
    options = parser.parse_args()
    if shutil.which("valgrind") is None or shutil.which("callgrind_control") is None:
        figures.console.print("[bold yellow]skipped:[/] valgrind is not installed, so no instructions were counted")
        return
    kinds = [options.database] if options.database else ["sqlite"] if options.quick else ["sqlite", "postgresql"]
    size = Size(students=500, parents=10, others=100) if options.quick else Size(parents=10)
    for kind in kinds:
        with (
            tempfile.TemporaryDirectory(prefix="vitrail-count-") as folder,
            databases(kind, Path(folder)) as found,
            figures.console.status(f"{found.kind}: filling the databases, then counting") as _,
        ):
            portal = Portal(Path(folder) / kind, found, size=size)
            portal.prepare()
            counted = count(portal, calls=5 if options.quick else CALLS)
        figures.tell(f"{found.kind}: thousands of instructions a call", list(compared(counted, kind=found.kind)))


def count(portal: Portal, *, calls: int) -> Mapping[str, float]:
    """Return the instructions of one call of each case."""
    saved = portal.folder / "portal.json"
    portal.save(saved)
    return counted(
        "tests.benchmarks.support.instruction_counter", str(saved), str(calls), output=portal.folder / "counted"
    )


def counted(module: str, *words: str, output: Path) -> Mapping[str, float]:
    """Run a counting program under valgrind; return the instructions of one call of each case that it names."""
    told = subprocess.run(
        [
            *("valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={output}"),
            *(sys.executable, "-m", module, *words),
        ],
        cwd=ROOT,
        env=servers.environment({"PYTHONHASHSEED": "0", "VITRAIL_HOME": str(output.parent)}),
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        raise servers.NotReady(f"the counting process failed: {told.stdout[-2000:]}{told.stderr[-4000:]}")
    names = json.loads(told.stdout.splitlines()[-1])
    totals = {
        name: (total(output.with_name(f"{output.name}.{place}")), times) for place, (name, times) in enumerate(names, 1)
    }
    asking, _ = totals.pop(instruction_counter.ASKING)
    return {name: (instructions - asking) / times for name, (instructions, times) in totals.items()}


def total(file: Path) -> int:
    """Return the total of a dump of callgrind."""
    found = _TOTAL.search(file.read_text(encoding="utf-8", errors="replace"))
    if found is None:
        raise servers.NotReady(f"valgrind wrote no total into {file.name}")
    return int(found[1])


def compared(counted: Mapping[str, float], *, kind: str) -> Iterator[Figure]:
    """Yield each count beside the bare answer, and what the design allows."""
    bare = counted[cases.BARE]
    most = MOST_BARE_ANSWERS[kind] | {cases.FAMILY: MOST_FOR_A_LIST, cases.ORGANISATIONS: MOST_FOR_A_LIST}
    yield Figure(name=cases.BARE, value=bare / 1000, unit="k")
    for name, instructions in counted.items():
        if name not in {cases.BARE, cases.GUARDED, cases.SIGN_IN, instruction_counter.HASH}:
            beside = {"k instructions": instructions / 1000}
            yield Figure(
                name=f"{name}, {kind}", value=instructions / bare, unit="bare", at_most=most.get(name), beside=beside
            )
    around = counted[cases.SIGN_IN] - counted[instruction_counter.HASH]
    yield Figure(
        name=f"sign in without its one hash, {kind}",
        value=around / bare,
        unit="bare",
        at_most=MOST_AROUND_A_HASH,
        beside={"k instructions": around / 1000, "k of the hash": counted[instruction_counter.HASH] / 1000},
    )
    extra = counted[cases.GUARDED] - bare
    yield Figure(
        name="log line, request id, metrics and passport check",
        value=extra / bare,
        unit="bare",
        at_most=MOST_FOR_LOG_AND_GUARD,
        beside={"k instructions": extra / 1000},
    )


if __name__ == "__main__":
    main()
