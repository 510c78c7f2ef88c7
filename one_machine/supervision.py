"""The supervisor: supervisord keeps every part running and starts it again when it dies."""

import getpass
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from one_machine.parts import ROOT, Part, Plan
from shared import stopping

STOP_WAIT_S = 15


def write_configuration(plan: Plan) -> Path:
    """Write supervisord's configuration for `plan`, readable by its owner alone, and return its path."""
    run, logs = plan.folder / "run", plan.folder / "logs"
    for folder in (run, logs):
        folder.mkdir(parents=True, exist_ok=True)
    for part in plan.parts:
        if part.ready_file is not None:
            part.ready_file.unlink(missing_ok=True)
    path = run / "supervisord.conf"
    path.touch(mode=0o600)
    path.chmod(0o600)
    sections = [_supervisord(run), *(_program(part, logs) for part in plan.parts), _group(plan)]
    path.write_text("\n".join(sections), encoding="utf-8")
    return path


def start(configuration: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start the supervisor; it ends with this process even when this process is killed."""
    command = [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(configuration)]
    # A session of its own: Ctrl-C reaches this process alone, which then stops the supervisor in order.
    return subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
        # Safe here: this process has no other threads, and the function makes one system call.
        preexec_fn=stopping.end_with_parent,  # noqa: PLW1509
    )


def stop(supervisor: "subprocess.Popen[bytes]") -> int:
    """Stop every part, then the supervisor; return its exit status."""
    if supervisor.poll() is None:
        supervisor.send_signal(signal.SIGTERM)
    try:
        # Killed before its parts are down, it would leave them behind; a busy machine takes long to run twenty ends.
        return supervisor.wait(timeout=STOP_WAIT_S + 30)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        return supervisor.wait()


def last_lines(plan: Plan, name: str, *, count: int = 15) -> list[str]:
    """Return the end of a part's log."""
    path = plan.folder / "logs" / f"{name}.log"
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]


def _supervisord(run: Path) -> str:
    # Its own words go to the terminal (--nodaemon), warnings alone: a part that died and was started again.
    return (
        "[supervisord]\n"
        "nodaemon=true\n"
        "loglevel=warn\n"
        f"logfile={_escaped(str(run / 'supervisord.log'))}\n"
        "logfile_maxbytes=1MB\n"
        "logfile_backups=1\n"
        f"pidfile={_escaped(str(run / 'supervisord.pid'))}\n"
        f"childlogdir={_escaped(str(run))}\n"
        f"identifier=vitrail\n{_as_user()}"
    )


def _as_user() -> str:
    # Said out loud, or supervisord warns at every start that it runs as root.
    return f"user={getpass.getuser()}\n" if os.geteuid() == 0 else ""


def _program(part: Part, logs: Path) -> str:
    environment = ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(part.environment.items()))
    return (
        f"[program:{part.name}]\n"
        f"command={_escaped(shlex.join(part.command))}\n"
        f"directory={_escaped(str(ROOT))}\n"
        f"environment={environment}\n"
        "autorestart=true\n"
        "startsecs=1\n"
        "startretries=5\n"
        f"stopwaitsecs={STOP_WAIT_S}\n"
        "killasgroup=true\n"
        "redirect_stderr=true\n"
        f"stdout_logfile={_escaped(str(logs / part.name))}.log\n"
        "stdout_logfile_maxbytes=5MB\n"
        "stdout_logfile_backups=1\n"
    )


def _group(plan: Plan) -> str:
    # Those of a group are stopped side by side; alone, each would wait for the one before it.
    return f"[group:vitrail]\nprograms={','.join(part.name for part in plan.parts)}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
