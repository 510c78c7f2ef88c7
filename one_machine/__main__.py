"""`make run`: the whole system on one machine, with nothing but Python."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import rich.box
from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from one_machine import demonstration, event_logs, furnishing, parts, places, supervision
from one_machine.config import Settings, given
from one_machine.furnishing import Credentials, Unfurnished
from one_machine.parts import ROOT, SERVICES, Part, Plan, draw
from shared.broker import BrokerState
from shared.env import SettingsError

# A busy machine may take this long; what a part that dies has to say, the supervisor tells at once.
READY_WITHIN_S = 240
LOG_READY_WITHIN_S = 30
QUEBEC = ZoneInfo("America/Toronto")

console = Console(highlight=False)


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


class Failed(Exception):
    """A part did not do what it must; the message says which and shows the end of its log."""


def main() -> int:
    """Run the system until it is told to stop; return the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        settings = Settings.from_env()
        with places.held(settings.folder):
            return _run(settings)
    except (SettingsError, places.CannotStart, Failed) as refusal:
        console.print(f"[bold red]✗[/] {refusal}", markup=True, soft_wrap=True)
        return 1
    except Stopped:
        return 0


def _run(settings: Settings) -> int:
    environment = given()
    plan = draw(settings, environment)
    _leave_environments(plan)
    with _progress() as progress:
        if event_logs.are_elsewhere(plan.broker_urls):
            _make_topics(plan, progress)
        _prepare(plan, settings, environment, progress)
    supervisor = supervision.start(supervision.write_configuration(plan), environment)
    try:
        with _progress() as progress:
            _wait_until_ready(plan, supervisor, progress)
            if settings.demo:
                _furnish(plan, settings, environment, progress)
        _note(plan)
        _tell(plan, settings)
        status = supervisor.wait()
        raise Failed(f"Le superviseur s’est arrêté (état {status}). / The supervisor has stopped (status {status}).")
    except Stopped:
        # A second Ctrl-C must not leave half of the parts behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        console.print("Arrêt en cours… / Stopping…")
        return 0
    finally:
        supervision.stop(supervisor)
        (plan.folder / "run" / "addresses.json").unlink(missing_ok=True)


def _make_topics(plan: Plan, progress: Progress) -> None:
    task = progress.add_task("Journal d’événements / event log", total=None)

    def tell(state: BrokerState) -> None:
        progress.update(task, description=f"Journal d’événements attendu / waiting for the event log ({state.value})")

    event_logs.get_ready(plan.broker_urls, patience_s=LOG_READY_WITHIN_S, on_waiting=tell)
    progress.remove_task(task)


def _prepare(plan: Plan, settings: Settings, environment: dict[str, str], progress: Progress) -> None:
    schema = progress.add_task("Schéma des bases de données / database schema", total=len(SERVICES))
    migrations = {name: _command(plan, environment, name, ["migrate"], log=f"{name}-migrate") for name in SERVICES}
    for name, process in migrations.items():
        _require(plan, f"{name}-migrate", process)
        progress.advance(schema)
    steps = demonstration.steps(plan, with_demonstration=settings.demo)
    if steps:
        data = progress.add_task(
            "Répertoire et données de démonstration / directory and demonstration", total=len(steps)
        )
        for step in steps:
            step.prepare()
            _require(plan, step.log, _command(plan, environment, "enrollment", step.command, log=step.log))
            step.done()
            progress.advance(data)


def _furnish(plan: Plan, settings: Settings, environment: dict[str, str], progress: Progress) -> None:
    """Have the demonstration family's schools send what they have, once."""
    state = demonstration.Furnishing(plan.folder)
    if not state.is_wanted:
        return
    pupils = demonstration.pupils()
    task = progress.add_task("Dossiers de la famille de démonstration / the family’s records", total=len(pupils))
    try:
        furnishing.furnish(
            parts.own_url(settings),
            pupils,
            today=state.day(datetime.now(QUEBEC).date()),
            register=lambda code: _register(plan, environment, code),
            revoke=lambda client: _identity(plan, environment, "revoke", client.client_id, "--yes"),
            on_progress=lambda: progress.advance(task),
        )
        state.done()
    except Unfurnished as fault:
        # The system serves all the same, and the next start sends what is missing.
        console.print(
            f"La famille de démonstration n’a pas tous ses dossiers. / The family lacks some records.\n    {fault}",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )
    progress.remove_task(task)


def _register(plan: Plan, environment: dict[str, str], code: str) -> Credentials:
    scopes = [word for scope in furnishing.SCOPES for word in ("--scope", scope)]
    told = _identity(plan, environment, "add", "--organisation", code, "--name", "Démonstration", *scopes)
    said = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    return Credentials(client_id=said["client_id"], client_secret=said["client_secret"])


def _identity(plan: Plan, environment: dict[str, str], *words: str) -> str:
    """Type a command about schools' clients, as an operator does; what it says holds a secret, and goes into no log."""
    done = subprocess.run(
        [sys.executable, "-m", "services.identity", "school-clients", *words],
        env=environment | plan.environments["identity"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Unfurnished(f"school-clients {words[0]}: {done.stderr.strip()}")
    return done.stdout


def _leave_environments(plan: Plan) -> None:
    """Leave each part's environment for commands that an operator types beside the run (`shared.env.environment`)."""
    folder = plan.folder / "environment"
    folder.mkdir(parents=True, exist_ok=True)
    for part, variables in plan.environments.items():
        path = folder / f"{part}.env"
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), encoding="utf-8")


def _command(
    plan: Plan, environment: dict[str, str], service: str, words: list[str], *, log: str
) -> "subprocess.Popen[bytes]":
    logs = plan.folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{log}.log").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", f"services.{service}", *words],
            env=environment | plan.environments[service],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )


def _require(plan: Plan, name: str, process: "subprocess.Popen[bytes]") -> None:
    if process.wait() != 0:
        raise _failure(plan, name)


def _wait_until_ready(plan: Plan, supervisor: "subprocess.Popen[bytes]", progress: Progress) -> None:
    task = progress.add_task("Démarrage / starting", total=len(plan.parts))
    waiting = list(plan.parts)
    deadline = time.monotonic() + READY_WITHIN_S
    while waiting:
        if supervisor.poll() is not None:
            raise Failed("Le superviseur n’a pas pu démarrer. / The supervisor could not start.")
        if time.monotonic() > deadline:
            raise _failure(plan, waiting[0].name)
        waiting = [part for part in waiting if not _is_ready(part)]
        progress.update(task, completed=len(plan.parts) - len(waiting))
        if waiting:
            _PAUSE.wait(0.1)


def _is_ready(part: Part) -> bool:
    if part.ready_file is not None:
        return part.ready_file.exists()
    try:
        with urllib.request.urlopen(part.ready_url or "", timeout=2) as answer:  # noqa: S310 - our own loopback URL
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _failure(plan: Plan, name: str) -> Failed:
    lines = "\n".join(f"    {line}" for line in supervision.last_lines(plan, name))
    path = plan.folder / "logs" / f"{name}.log"
    return Failed(
        f"« {name} » n’a pas réussi. / {name} did not succeed.\n{lines}\nJournal complet / full log: {path}".replace(
            "[", r"\["
        )
    )


def _note(plan: Plan) -> None:
    """Leave the addresses where scripts find them."""
    addresses = {"gateway": plan.public_url, "mail": plan.mail_url, "smtp": plan.smtp_url, "pid": os.getpid()}
    (plan.folder / "run" / "addresses.json").write_text(json.dumps(addresses, indent=2), encoding="utf-8")


def _tell(plan: Plan, settings: Settings) -> None:
    rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    rows.add_row("Portail / portal", f"[bold cyan]{plan.public_url}/[/]")
    if plan.mail_url:
        rows.add_row("Courriels envoyés / mail sent", f"[bold cyan]{plan.mail_url}[/]")
    rows.add_row("API à lire et à essayer / read and try", f"{plan.public_url}/api/docs")
    rows.add_row("Journaux / logs", str(_relative(plan.folder / "logs")))
    shown: list[Table | str] = [rows]
    if settings.demo and (family := demonstration.family(plan.folder)) is not None:
        shown += ["", demonstration.first_visit(), "", demonstration.table(family)]
    shown += ["", "[dim]Ctrl-C arrête tout ; rien n’est perdu. / Ctrl-C stops everything; nothing is lost.[/]"]
    console.print(
        Panel(Group(*shown), title="[bold]Vitrail est prêt / is ready[/]", box=rich.box.ROUNDED, expand=False)
    )
    sys.stdout.flush()


def _relative(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), console=console, transient=True
    )


_PAUSE = threading.Event()


def _stop(*_: object) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
