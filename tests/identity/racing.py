"""A process that races: it does what its standard input says, all at once, and prints what came of it.

One line in, one line out: `{"operation": "verify_code", "calls": [{…}, …]}` → `["done", "code_rejected", …]`. The first
line holds the settings. Two of these on one database are what two replicas of the service are.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from services.identity import operations
from shared.problems import Problem
from tests.identity import world
from tests.identity.world import Identity

ROOT = Path(__file__).resolve().parents[2]
DONE = "done"


def at_once(calls: Sequence[Callable[[], Any]]) -> list[str]:
    """Make the calls in a thread each, all let go at one moment; return `done` or the refusal's code for each."""
    told = [""] * len(calls)
    gate = threading.Barrier(len(calls))

    def one(index: int) -> None:
        gate.wait()
        try:
            calls[index]()
            told[index] = DONE
        except Problem as refusal:
            told[index] = refusal.code()
        except Exception as fault:  # noqa: BLE001 - the test must see it, whatever it is
            told[index] = f"fault: {type(fault).__name__}"

    threads = [threading.Thread(target=one, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def calls_of(identity: Identity, operation: str, given: Sequence[dict[str, Any]]) -> list[Callable[[], Any]]:
    """Return the calls of one operation with each of the given arguments."""
    function = getattr(operations, operation)
    return [lambda arguments=arguments: function(identity.ctx, **arguments) for arguments in given]


class Racers:
    """Several racing processes on one database."""

    def __init__(self, database_url: str, *, processes: int = 2, threads: int = 8, **overrides: Any) -> None:
        opening = {"database_url": database_url, "overrides": {"threads": threads} | overrides}
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.identity.racing"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(processes)
        ]
        for process in self._processes:
            self._say(process, opening)
        for process in self._processes:
            assert self._hear(process) == "ready"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.communicate(timeout=30)

    def race(self, operation: str, calls: Sequence[dict[str, Any]]) -> list[str]:
        """Let the processes make these calls at once, an equal share each; return what came of each."""
        shares = [calls[number :: len(self._processes)] for number in range(len(self._processes))]
        for process, share in zip(self._processes, shares, strict=True):
            self._say(process, {"operation": operation, "calls": share})
        return [outcome for process in self._processes for outcome in self._hear(process)]

    def _say(self, process: "subprocess.Popen[str]", line: Any) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()

    def _hear(self, process: "subprocess.Popen[str]") -> Any:
        assert process.stdout is not None
        return json.loads(process.stdout.readline())


def main() -> None:
    """Open identity as the first line says, then race as each further line says."""
    opening = json.loads(sys.stdin.readline())
    overrides = opening["overrides"]
    spans = {name: timedelta(seconds=overrides.pop(name)) for name in list(overrides) if name in {"resend_interval"}}
    # What the operations log goes elsewhere than the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    identity = world.open_identity(opening["database_url"], **overrides, **spans)
    with identity.ctx.db.read() as session:
        session.connection()
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        told = at_once(calls_of(identity, asked["operation"], asked["calls"]))
        print(json.dumps(told), file=answers, flush=True)
    identity.ctx.db.close()


if __name__ == "__main__":
    main()
