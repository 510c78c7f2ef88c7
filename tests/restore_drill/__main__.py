"""`make restore-drill`: what a backup is worth is known when it has been restored.

The whole system runs on a real PostgreSQL and is filled by its front door (`filling`). Databases and files are backed up;
afterwards a parent deletes the account. Then databases and files are destroyed and restored into new ones, which must hold
row by row what was backed up. What was deleted since is deleted again by the commands of `docs/operate.md`, « After a
disaster », and a parent must see what was there: the result, the school's PDF byte by byte, a signature that is genuine
still. Leaves with 1 when anything is not so.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from one_machine.parts import SERVICES
from tests.restore_drill import copies
from tests.restore_drill.copies import CopyFailed
from tests.restore_drill.filling import Filled, fill, look_again
from tests.support.events import StopWhen
from tests.support.postgres import Cluster, find_installation
from tests.support.smtp import SmtpServer
from tests.support.source import ROOT
from tests.support.system import Parent, System

# Those that keep something about an account, and hear of its end.
HEARING = ("enrollment", "attendance", "records")
ACCOUNTS = "vitrail.identity.v1"
PATIENCE_S = 180
console = Console(highlight=False)


class DrillFailed(Exception):
    """A step did not do what it must; the text says which and how."""


class Drill:
    """One drill on a cluster, in a folder."""

    def __init__(self, cluster: Cluster, mail: SmtpServer, folder: Path) -> None:
        self._cluster, self._mail, self._folder = cluster, mail, folder
        self._home, self._backup = folder / "home", folder / "backup"
        self._databases = {service: cluster.create_database() for service in SERVICES}
        self._seconds: dict[str, float] = {}

    def run(self) -> Table:
        """Do all of it; return what it showed: for each service its rows, its bytes and the seconds of each step."""
        system = self._system()
        with system:
            filled = fill(system, self._folder / "registry")
        backed_up_at = datetime.now(UTC)
        before, files = self._back_up(), _contents(self._home / "documents")
        if not files:
            raise DrillFailed("no file was in the store: nothing would show that files come back")
        with system:
            _delete_account(filled.leaving)
            erased = self._wait_until_erased(filled.leaving_id)
        self._destroy()
        self._restore()
        after, back = self._digests(), _contents(self._home / "documents")
        if before != after:
            raise DrillFailed(f"the copies hold something else: {_difference(before, after)}")
        if files != back:
            raise DrillFailed("the store of files holds something else")
        again = self._system(like=system)
        self._rewind(since=backed_up_at)
        with again:
            self._delete_again(filled.leaving_id, since=backed_up_at, erased=erased)
            self._look(again, filled)
        return self._table(after)

    def _system(self, *, like: System | None = None) -> System:
        settings = {f"{name.upper()}_DATABASE_URL": url for name, url in self._databases.items()}
        made = System(self._home, mail=self._mail, settings=settings | {"VITRAIL_DEMO": "0"})
        if like is not None:
            # Where people find it has not changed.
            made.port, made.url = like.port, like.url
        return made

    def _back_up(self) -> dict[str, dict[str, tuple[int, str]]]:
        self._backup.mkdir()
        for service, database in self._databases.items():
            began = time.monotonic()
            copies.back_up(self._cluster, database=database, file=self._dump(service))
            self._seconds[f"{service} out"] = time.monotonic() - began
        shutil.copytree(self._home / "documents", self._backup / "documents")
        return self._digests()

    def _destroy(self) -> None:
        for database in self._databases.values():
            self._cluster.drop_database(database)
        shutil.rmtree(self._home / "documents")

    def _restore(self) -> None:
        for service in SERVICES:
            began = time.monotonic()
            self._databases[service] = copies.restore(self._cluster, file=self._dump(service))
            self._seconds[f"{service} in"] = time.monotonic() - began
        shutil.copytree(self._backup / "documents", self._home / "documents")

    def _rewind(self, *, since: datetime) -> None:
        """Let whoever keeps something about accounts hear again what was said of them since the backup."""
        for service in HEARING:
            words = ("events", "replay", "--group", service, "--topic", ACCOUNTS, "--since", since.isoformat())
            self._command(service, *words)

    def _delete_again(self, account_id: str, *, since: datetime, erased: set[tuple[str, str]]) -> None:
        if ("identity", "accounts") not in self._naming(account_id):
            raise DrillFailed("the deleted account was not in the backup: nothing would show that it goes again")
        said = self._command("identity", "delete-again", "--since", since.isoformat())
        if said != "1 accounts deleted again.\n":
            raise DrillFailed(f"identity delete-again said: {said}")
        gone = StopWhen(lambda: self._naming(account_id) <= erased, patience=PATIENCE_S)
        if not gone.wait_until_set():
            left = sorted(self._naming(account_id) - erased)
            raise DrillFailed(f"the deleted account is still named in {left}")

    def _wait_until_erased(self, account_id: str) -> set[tuple[str, str]]:
        """Wait until every service has heard of an account's end; return the tables that name it still, as they may."""

        def has_been_heard() -> bool:
            named = self._naming(account_id)
            return ("records", "erased_accounts") in named and not named & {
                ("identity", "accounts"),
                ("records", "readings"),
                ("records", "views"),
                ("attendance", "guardianships"),
                ("records", "guardianships"),
            }

        if not StopWhen(has_been_heard, patience=PATIENCE_S).wait_until_set():
            raise DrillFailed(f"a deleted account was not erased: {sorted(self._naming(account_id))}")
        return self._naming(account_id)

    def _naming(self, account_id: str) -> set[tuple[str, str]]:
        return {
            (service, table)
            for service, database in self._databases.items()
            for table in copies.tables_naming(database, account_id)
        }

    def _look(self, system: System, filled: Filled) -> None:
        seen = look_again(system, filled.kept)
        if seen != filled.kept:
            raise DrillFailed("the parent sees something else than before")
        with Parent(system, filled.leaving.email) as gone:
            if gone.sign_in().status_code != 401:
                raise DrillFailed("who deleted the account can sign in again")

    def _digests(self) -> dict[str, dict[str, tuple[int, str]]]:
        return {service: copies.digests(database) for service, database in self._databases.items()}

    def _dump(self, service: str) -> Path:
        return self._backup / f"{service}.dump"

    def _command(self, service: str, *words: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VITRAIL_")}
        database = {f"{service.upper()}_DATABASE_URL": self._databases[service]}
        done = subprocess.run(
            [sys.executable, "-m", f"services.{service}", *words],
            cwd=ROOT,
            env=environment | {"VITRAIL_HOME": str(self._home)} | database,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DrillFailed(f"{service} {' '.join(words)}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
        return done.stdout

    def _table(self, held: dict[str, dict[str, tuple[int, str]]]) -> Table:
        shown = Table("service", "rows", "tables with rows", "bytes", "backup s", "restore s", box=None)
        for service, tables in held.items():
            rows = [count for count, _ in tables.values()]
            shown.add_row(
                service,
                f"{sum(rows):,}",
                str(len([count for count in rows if count])),
                f"{self._dump(service).stat().st_size:,}",
                *(f"{self._seconds[f'{service} {way}']:.1f}" for way in ("out", "in")),
            )
        return shown


def _delete_account(leaving: Parent) -> None:
    with leaving:
        # However long the backup took: whoever deletes an account has just proven who they are.
        signed_in = leaving.sign_in()
        deleted = leaving.delete("/account")
        if deleted.status_code != 204:
            raise DrillFailed(f"the account was not deleted: {signed_in.status_code}, {deleted.text}")


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _difference(
    before: dict[str, dict[str, tuple[int, str]]], after: dict[str, dict[str, tuple[int, str]]]
) -> list[str]:
    return [
        f"{service}.{name}: {before[service].get(name)} became {after[service].get(name)}"
        for service in before
        for name in sorted({*before[service], *after[service]})
        if before[service].get(name) != after[service].get(name)
    ]


def main() -> None:
    """Run the drill."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrail-drill-")))
        cluster = stack.enter_context(Cluster(find_installation()))
        mail = stack.enter_context(SmtpServer())
        try:
            shown = Drill(cluster, mail, folder).run()
        except (DrillFailed, CopyFailed, AssertionError) as failure:
            console.print("[bold red]restore drill failed:[/]")
            console.print(str(failure), markup=False)
            sys.exit(1)
    console.print(shown)
    console.print(
        "Every copy holds what was backed up, and is served; what was deleted since is deleted again.", soft_wrap=True
    )


if __name__ == "__main__":
    main()
