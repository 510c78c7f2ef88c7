"""`make restore-drill`: what a backup is worth is known when it has been restored.

Each service's database is made on a real PostgreSQL, filled, backed up by pg_dump and restored into a new one by
pg_restore. Then the service's own `examine` must find the same in both, and its server must be ready on the copy. Leaves
with 1 when a service fails.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url

from one_machine import demonstration, parts, places
from one_machine.config import Settings
from registry_generator import generate
from shared import env
from tests.support.events import StopWhen
from tests.support.postgres import Cluster, find_installation
from tests.support.source import ROOT

ORGANISATION = "712000"
STUDENTS = 500
PATIENCE_S = 120
console = Console()


class DrillFailed(Exception):
    """A step did not do what it must; the text says which and how."""


class Drill:
    """One drill on a cluster, in a folder."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self._folder = folder
        settings = Settings(home=str(folder / "home"), port=places.free_port(), smtp_url="smtp://127.0.0.1:9")
        self._environments = parts.draw(settings, {}).environments
        (folder / "home" / "events").mkdir(parents=True, exist_ok=True)

    def run(self, service: str) -> list[str]:
        """Return what a service's drill showed: rows, bytes, and the seconds of each step."""
        original, copy = self._cluster.create_database(), self._cluster.create_database()
        self._command(service, original, "migrate")
        if service == "enrollment":
            self._fill(original)
        before = self._examine(service, original)
        file = self._folder / f"{service}.dump"
        began = time.monotonic()
        self._program("pg_dump", "--format=custom", f"--file={file}", database=original)
        dumped = time.monotonic()
        restore = ["pg_restore", "--exit-on-error", "--no-owner", "--single-transaction"]
        self._program(*restore, database=copy, last=str(file))
        restored = time.monotonic()
        after = self._examine(service, copy)
        if before != after:
            raise DrillFailed(f"{service}: the copy holds something else: {before} became {after}")
        self._serve(service, copy)
        rows = sum(after["rows"].values())
        steps = (dumped - began, restored - dumped, time.monotonic() - restored)
        return [service, after["schema"], f"{rows:,}", f"{file.stat().st_size:,}", *(f"{step:.1f}" for step in steps)]

    def _fill(self, database: str) -> None:
        """Import a directory of boards and the registry of one."""
        directory = [demonstration.BOARDS, demonstration.SCHOOLS]
        registry = self._folder / "registry"
        generate(registry, organisation=ORGANISATION, students=STUDENTS, directory=directory, replace=True)
        self._command("enrollment", database, "import-directory", *map(str, directory))
        self._command("enrollment", database, "import-registry", str(registry), "--organisation", ORGANISATION)

    def _examine(self, service: str, database: str) -> dict[str, object]:
        found: dict[str, object] = orjson.loads(self._command(service, database, "examine"))
        return found

    def _serve(self, service: str, database: str) -> None:
        """Start the service on a database and wait until it is ready."""
        environment = self._environment(service, database)
        server = subprocess.Popen(
            [sys.executable, "-m", f"services.{service}", "serve"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        url = f"http://127.0.0.1:{environment[f'{service.upper()}_PORT']}/readyz"
        try:
            if not StopWhen(lambda: _status(url) == 200, patience=PATIENCE_S).wait_until_set():
                raise DrillFailed(f"{service}: no server was ready on the copy")
        finally:
            server.terminate()
            server.wait(PATIENCE_S)

    def _command(self, service: str, database: str, *words: str) -> str:
        return _run(
            [sys.executable, "-m", f"services.{service}", *words], environment=self._environment(service, database)
        )

    def _environment(self, service: str, database: str) -> dict[str, str]:
        own = {**self._environments[service], f"{service.upper()}_DATABASE_URL": database}
        # Neither another part's settings nor what `make run` left behind may decide anything here.
        return {**_bare_environment(), "VITRAIL_HOME": str(self._folder / "home"), **own}

    def _program(self, name: str, *words: str, database: str, last: str | None = None) -> None:
        address = make_url(database)
        where = [f"--host={address.query['host']}", f"--username={address.username}", f"--dbname={address.database}"]
        program = [str(self._cluster.programs / name), *words, *where, *([last] if last else [])]
        _run(program, environment=_bare_environment())


def _bare_environment() -> dict[str, str]:
    given = env.environment("restore-drill")
    return {name: given[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in given}


def _run(words: list[str], *, environment: Mapping[str, str]) -> str:
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DrillFailed(f"{' '.join(words)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=10).status_code
    except httpx.TransportError:
        return 0


def main() -> None:
    """Run the drill of every service."""
    shown = Table("service", "schema", "rows", "bytes", "backup s", "restore s", "examined and ready s", box=None)
    with tempfile.TemporaryDirectory(prefix="vitrail-drill-") as folder, Cluster(find_installation()) as cluster:
        drill = Drill(cluster, Path(folder))
        try:
            for service in parts.SERVICES:
                shown.add_row(*drill.run(service))
        except DrillFailed as failure:
            console.print(f"[bold red]restore drill failed:[/] {failure}", markup=True, highlight=False)
            sys.exit(1)
    console.print(shown)
    console.print("Every copy holds what was backed up, and is served.")


if __name__ == "__main__":
    main()
