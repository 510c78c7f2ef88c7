"""Count instructions: run under `valgrind --tool=callgrind`, this process tells valgrind when to count.

    valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file=FILE \\
        python -m tests.benchmarks.support.instruction_counter PORTAL CALLS

Each case runs uncounted until its caches are warm, then so many times counted; valgrind writes what it counted to
`FILE.1`, `FILE.2`, …, in the order of the cases, whose names are printed as JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from services.identity.rules.passwords import hashing
from shared import logs
from tests.benchmarks.support import cases, in_process, password_floor
from tests.benchmarks.support.portal import Portal

HASH = "argon2id alone"
ASKING = "asking valgrind"
WARMING = 10
# An argon2id hash is millions of instructions, each the same.
FEW = 2


def main(portal_file: Path, calls: int) -> None:
    """Count every case of the portal that was saved in a file."""
    counted = begin()
    for case in cases.cases(Portal.open(portal_file)):
        times = FEW if case.name == cases.SIGN_IN else calls
        if case.name == cases.ASK:
            # The codes that are verified after this, warm and counted.
            times += WARMING
        in_process.call_all(case.app, case.requests(WARMING), status=case.status)
        requests = case.requests(times)
        count(partial(in_process.call_all, case.app, requests, status=case.status))
        counted.append((case.name, len(requests)))
    judge = password_floor.hasher()
    kept = judge.hash("p" * 70)
    count(lambda: [judge.verify(kept, "p" * 70) for _ in range(FEW)])
    counted.append((HASH, FEW))
    assert hashing.LANES == 1, "other lanes would run in threads of their own"
    print(json.dumps(counted))


def begin() -> list[tuple[str, int]]:
    """Log as in production, to nowhere, and count what asking valgrind costs by itself: it is taken off all that follows."""
    logs.configure(part="count", as_json=True, stream=Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    count(lambda: None)
    return [(ASKING, 1)]


def count(work: Callable[[], object]) -> None:
    """Have valgrind count one piece of work, and write it to the next file."""
    _control("--instr=on")
    _control("--zero")
    work()
    _control("--dump=case")
    _control("--instr=off")


def _control(word: str) -> None:
    subprocess.run(
        ["callgrind_control", word, str(os.getpid())],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
