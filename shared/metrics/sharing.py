"""One tally out of several processes: each worker of a server leaves its counts in a file, and the master adds them up.

A worker that has ended leaves its file behind, so that no counter ever goes back; one that was killed has told what it
had counted a second before.
"""

import os
import threading
import time
from multiprocessing import util
from pathlib import Path
from typing import Final

import orjson

from shared import logs
from shared.metrics.tallies import RequestTally

log = logs.get(__name__)

LEAVE_EVERY_S: Final = 1.0


def leave(tally: RequestTally, folder: Path, *, every_s: float = LEAVE_EVERY_S) -> None:
    """Leave `tally` in `folder` from now on, and once more when this process ends."""
    # The number of a process is given again one day, and its file must not be.
    file = folder / f"{os.getpid()}-{time.monotonic_ns()}.json"
    keeper = _Keeper(tally, file)
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(every_s):
            keeper.keep()

    def end() -> None:
        stop.set()
        keeper.keep()

    threading.Thread(target=go_on, name="tally", daemon=True).start()
    # The end of a forked process, where the interpreter's own (`atexit`) is left out.
    util.Finalize(None, end, exitpriority=0)


def total(folder: Path) -> RequestTally:
    """Return what all processes have left in `folder`, added up."""
    tally = RequestTally()
    for file in sorted(folder.glob("*.json")):
        tally.add_document(orjson.loads(file.read_bytes()))
    return tally


class _Keeper:
    def __init__(self, tally: RequestTally, file: Path) -> None:
        self._tally = tally
        self._file = file
        self._kept = b""
        self._lock = threading.Lock()

    def keep(self) -> None:
        with self._lock:
            counted = orjson.dumps(self._tally.document())
            if counted == self._kept:
                return
            try:
                # At once or not at all: the master may be reading.
                beside = self._file.with_suffix(".new")
                beside.write_bytes(counted)
                beside.replace(self._file)
            except OSError:
                # Counting must not end the work.
                log.warning("tally_not_left", exc_info=True)
                return
            self._kept = counted
