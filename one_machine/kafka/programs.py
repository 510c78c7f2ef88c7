"""A Java program in a folder: its keeper, its log and its process id, and how it is ended."""

import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from one_machine.kafka.jars import NoKafka

STOP_TIMEOUT_S = 20.0

# The keeper: it kills what it keeps when its standard input ends, which happens when the process that started it ends
# in whatever way. A parent-death signal would come when the thread that started it ends.
_KEEPER = """
pid=$1; shift
exec 3<&0 </dev/null
"$@" &
kept=$!
echo "$kept" >"$pid.new"; mv "$pid.new" "$pid"
{ read -r _ <&3; kill -KILL "$kept" 2>/dev/null; } &
watcher=$!
wait "$kept"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"
"""
_pause = threading.Event()


@dataclass(frozen=True)
class Program:
    """A running Java program: its keeper or itself, and where its words begin in its log."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes]
    log_begins: int

    @classmethod
    def start(cls, name: str, command: list[str], *, folder: Path, is_kept: bool) -> "Program":
        """Start a command; `is_kept`: it ends with this process, whatever ends that."""
        log, pid_file = folder / f"{name}.log", folder / f"{name}.pid"
        pid_file.unlink(missing_ok=True)
        with log.open("ab") as output:
            begins = output.tell()
            process = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER, "keeper", str(pid_file), *command] if is_kept else command,
                stdin=subprocess.PIPE if is_kept else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                # In a session of its own: a Ctrl-C in the terminal is for the one who started it.
                start_new_session=True,
            )
        if not is_kept:
            pid_file.write_text(f"{process.pid}\n", encoding="utf-8")
        return cls(name, folder, process, begins)

    @property
    def pid(self) -> int:
        """The process id of the program itself."""
        return int((self.folder / f"{self.name}.pid").read_text(encoding="utf-8"))

    def words(self) -> bytes:
        """Return what it has said since it was started."""
        with (self.folder / f"{self.name}.log").open("rb") as log:
            log.seek(self.log_begins)
            return log.read()

    def said(self, what: re.Pattern[bytes]) -> bool:
        """Tell whether it has said this since it was started."""
        return what.search(self.words()) is not None

    def wait_until(self, ready: re.Pattern[bytes], *, deadline: float) -> None:
        """Return when it says that it is ready.

        Raises:
            NoKafka: it ended before, or the deadline passed; the text ends with what it said.
        """
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.said(ready):
                return
            _pause.wait(0.02)
        last = self.words().decode(errors="replace").splitlines()[-20:]
        raise NoKafka(f"{self.name} did not start ({self.folder / self.name}.log):\n" + "\n".join(last))

    def stop(self) -> None:
        """Ask it to end (SIGTERM); end it by force when that takes too long."""
        if self.process.poll() is None:
            _signal(self.pid, signal.SIGTERM)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.kill()
        self._forget()

    def kill(self) -> None:
        """End it by force (SIGKILL)."""
        if self.process.poll() is None:
            _signal(self.pid, signal.SIGKILL)
        self._forget()

    def _forget(self) -> None:
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        (self.folder / f"{self.name}.pid").unlink(missing_ok=True)


def running_in(folder: Path) -> dict[str, int]:
    """Return the process ids of the programs of the node in a folder, by name (`kafka`, `zookeeper`)."""
    found = {}
    for name in ("kafka", "zookeeper"):
        try:
            pid = int((folder / f"{name}.pid").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if _is_of(pid, folder / f"{name}.properties"):
            found[name] = pid
    return found


def stop_in(folder: Path) -> bool:
    """Stop the node that was left running in a folder; tell whether there was one."""
    running = running_in(folder)
    for name, pid in running.items():
        _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while _is_of(pid, folder / f"{name}.properties"):
            if time.monotonic() > deadline:
                _signal(pid, signal.SIGKILL)
            _pause.wait(0.05)
        (folder / f"{name}.pid").unlink(missing_ok=True)
    return bool(running)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _is_of(pid: int, properties: Path) -> bool:
    """Tell whether that process is the program that runs with these settings: an id may be another's by now."""
    try:
        os.kill(pid, 0)
        if not Path("/proc/self").exists():
            return True
        # A process that ended and waits for its parent has no words any more.
        return str(properties).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
