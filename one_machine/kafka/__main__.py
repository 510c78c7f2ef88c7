"""`make kafka-up` and `make kafka-down`: a real Apache Kafka of one node on this machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import rich.box
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from one_machine import places
from one_machine.config import Settings, given
from one_machine.kafka import jars, node, programs
from one_machine.kafka.jars import NoKafka
from one_machine.kafka.releases import NEWEST, RELEASES, Release
from shared.env import SettingsError

PORT = 9092

console = Console(highlight=False)


@click.group()
def commands() -> None:
    """Un vrai Apache Kafka sur cette machine. / A real Apache Kafka on this machine."""


@commands.command()
@click.option("--version", "name", type=click.Choice([*RELEASES, "all"]), default=NEWEST.name, show_default=True)
def fetch(name: str) -> None:
    """Fetch the jars of a release from Maven Central, once."""
    for release in RELEASES.values() if name == "all" else [RELEASES[name]]:
        _fetch(release)


@commands.command()
@click.option("--version", "name", type=click.Choice(list(RELEASES)), default=NEWEST.name, show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
def up(name: str, port: int) -> None:
    """Start a node that goes on until `down`, with its data below VITRAIL_HOME."""
    for release in RELEASES.values():
        if (pid := programs.running_in(_folder(release)).get("kafka")) is not None:
            raise places.CannotStart(
                f"Kafka {release.version} fonctionne déjà (processus {pid}). / "
                f"Kafka {release.version} is already running (process {pid})."
            )
    places.require_port("127.0.0.1", port, instead="make kafka-up PORT={port}")
    release = RELEASES[name]
    _fetch(release)
    broker = node.Node(_folder(release), version=name, port=port)
    with _progress("Démarrage de Kafka / starting Kafka"):
        broker.start(is_kept=False)
    _tell(broker)


@commands.command()
def down() -> None:
    """Stop the node; its data stays."""
    with _progress("Arrêt de Kafka / stopping Kafka"):
        stopped = [release.version for release in RELEASES.values() if programs.stop_in(_folder(release))]
    if stopped:
        console.print("Kafka est arrêté ; ses données restent. / Kafka is stopped; its data stays.")
    else:
        console.print("Kafka ne fonctionnait pas. / Kafka was not running.")


@commands.command()
def status() -> None:
    """Tell which releases are on this machine and which runs; the exit status is 1 when none does."""
    rows = Table("Kafka", "Archives / jars", "Processus / process", "Dossier / folder", box=rich.box.SIMPLE)
    is_running = False
    for release in RELEASES.values():
        pid = programs.running_in(_folder(release)).get("kafka")
        is_running = is_running or pid is not None
        rows.add_row(release.version, _where(release), "–" if pid is None else str(pid), str(_folder(release)))
    console.print(rows)
    sys.exit(0 if is_running else 1)


def main() -> int:
    """Run a command; what stands in its way is told without a traceback."""
    try:
        commands()
    except (NoKafka, places.CannotStart, SettingsError) as refusal:
        console.print(f"[bold red]✗[/] {_plain(str(refusal))}", soft_wrap=True)
        return 1
    return 0


def _fetch(release: Release) -> None:
    with _progress(f"Apache Kafka {release.version}") as (progress, task):
        count = 0

        def count_file(name: str) -> None:
            nonlocal count
            count += 1
            progress.update(task, description=f"Apache Kafka {release.version} : {count} fichiers / files ({name})")

        jars.java(environment=given())
        jars.fetch(release, environment=given(), on_file=count_file)
        progress.update(task, description=f"Apache Kafka {release.version} : préparation / getting ready")
        node.archive_classes(release, environment=given())


def _tell(broker: node.Node) -> None:
    rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    rows.add_row("Adresse / address", f"[bold cyan]{broker.url}[/]")
    rows.add_row("Journal / log", _plain(str(broker.log)))
    rows.add_row("Arrêter / stop", "make kafka-down")
    title = f"[bold]Kafka {broker.version} est prêt / is ready[/]"
    console.print(Panel(rows, title=title, box=rich.box.ROUNDED, expand=False))
    # Outside the box, and whole: it is there to be copied. The run makes the topics.
    console.print(f"\nVITRAIL_BROKER_URL='{broker.url}' make run\n", soft_wrap=True, markup=False)


def _folder(release: Release) -> Path:
    # One for each release: none reads what another one wrote.
    return Settings.from_env().folder / "kafka" / release.version


def _where(release: Release) -> str:
    try:
        return str(jars.find(release, environment=given()))
    except NoKafka:
        return "–"


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


@contextmanager
def _progress(description: str) -> Iterator[tuple[Progress, TaskID]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress, progress.add_task(description)


if __name__ == "__main__":
    sys.exit(main())
