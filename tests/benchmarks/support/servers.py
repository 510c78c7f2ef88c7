"""Starting and stopping what is measured, and asking Linux for the processor time that it took."""

import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.source import ROOT

READY_WITHIN_S = 60
STOPPED_WITHIN_S = 40
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_pause = threading.Event()


class NotReady(Exception):
    """A server did not start; the message ends with what it said."""


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without the operator's settings, and with `own`."""
    ours = ("VITRAIL_", "IDENTITY_", "ENROLLMENT_", "GATEWAY_", "BARE_", "PUBLIC_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | dict(own)


def run(module: str, *words: str, own: Mapping[str, str], home: Path) -> None:
    """Type a command of a part and wait for its end.

    Raises:
        NotReady: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        # A state folder of the benchmark's own: what `make run` left is not to be read.
        env=environment({"VITRAIL_HOME": str(home), **own}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotReady(f"{module} {' '.join(words)}: {done.stdout}{done.stderr}")


class Server:
    """`python -m <module> <command>` as a process; a context manager, ready when it is entered."""

    def __init__(
        self, module: str, command: str, *, own: Mapping[str, str], log: Path, ready_url: str | None = None
    ) -> None:
        self._log = log
        self._ready_url = ready_url
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, command],
                cwd=ROOT,
                env=environment({"VITRAIL_HOME": str(log.parent), **own}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process and its workers; a second call does nothing."""
        family = list(_family(self._process.pid))
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            for pid in family:
                _kill(pid)
            self._process.wait()

    def processor_seconds(self) -> float | None:
        """Return the processor time of the process and its workers so far; None where the system does not tell."""
        try:
            return sum(_ticks(pid) for pid in _family(self._process.pid)) / _TICKS_A_SECOND
        except OSError:
            return None

    def memory_mib(self) -> float:
        """Return the proportional set size of the process and its workers, as the kernel counts it."""
        return sum(_pss_kib(pid) for pid in _family(self._process.pid)) / 1024

    def _wait_until_ready(self) -> None:
        for _ in range(READY_WITHIN_S * 20):
            if self._process.poll() is not None:
                break
            if self._ready_url is None or _answers(self._ready_url):
                return
            _pause.wait(0.05)
        told = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise NotReady(f"{' '.join(map(str, self._process.args))}: {told}")  # type: ignore[arg-type]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from _family(int(child))


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _pss_kib(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    (line,) = (line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1])


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
