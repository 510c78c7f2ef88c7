import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from services.enrollment import models
from services.enrollment.context import Context
from services.enrollment.models import Guardianship, Student
from shared.problems import Problem
from tests.support.databases import SqliteDatabases
from tests.support.enrollment import Registry, make_settings, migrate
from tests.support.registries import ORGANISATION_CODE, Office, in_order, read_back, school_of

ROOT = Path(__file__).parents[3]

# An import that stops for good at a given step of a given phase, and says so: the test kills it there.
IMPORT_AND_WAIT = """
import sys, time
from pathlib import Path
from services.enrollment.context import Context
from services.enrollment.operations.imports import import_registry
from tests.support.enrollment import make_settings

url, path, code, *halt = sys.argv[1:]

def stop_at(phase, done, total):
    if [phase, str(done)] == halt:
        print("there", flush=True)
        time.sleep(600)

import_registry(
    Context.open(make_settings(url)), path=Path(path), organisation_code=code, allows_removals=True, progress=stop_at
)
"""


@pytest.fixture
def kill_at(office: Office) -> Callable[[Path, str, int], None]:
    """Run an import in a process of its own and kill it once it has come to a step of a phase."""

    def run(path: Path, phase: str, step: int) -> None:
        url = office.ctx.settings.database_url
        arguments = [sys.executable, "-c", IMPORT_AND_WAIT, url, str(path), ORGANISATION_CODE, phase, str(step)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
            assert process.stdout is not None
            assert any(line == "there\n" for line in process.stdout)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL

    return run


@pytest.mark.parametrize(
    ("phase", "step"), [("comparing", 1), ("comparing", 6), ("writing", 1), ("writing", 2), ("writing", 3)]
)
def test_import_registry_shows_nothing_when_it_is_killed_half_way(
    office: Office, kill_at: Callable, phase: str, step: int
) -> None:
    office.hand_over(school_of(3))
    before = read_back(office.ctx)
    after = school_of(6).without("s1", "p1").with_pupil("s2", given_name="Autre")
    path = office.write(after)
    office.told()
    kill_at(path, phase, step)
    assert read_back(office.ctx) == before
    assert office.told() == {}
    office.hand_over(path)
    assert read_back(office.ctx) == in_order(after)
    assert office.told() == {"s1": ["left"], "s2": ["names"]}


def test_import_registry_is_seen_whole_or_not_at_all(office: Office) -> None:
    office.hand_over(school_of(30))
    stop, seen = threading.Event(), set()
    counted = select(
        select(func.count()).select_from(Student).where(Student.status == "active").scalar_subquery(),
        select(func.count()).select_from(Guardianship).scalar_subquery(),
        select(func.count()).select_from(Student).where(Student.given_name == "Autre").scalar_subquery(),
    )

    def read() -> None:
        while not stop.is_set():
            with office.ctx.db.read() as session:
                seen.add(tuple(session.execute(counted).one()))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    other = school_of(45).with_pupil("s7", given_name="Autre")
    for file in (other, school_of(30), other):
        office.hand_over(file)
    stop.set()
    for reader in readers:
        reader.join()
    assert seen == {(30, 30, 0), (45, 45, 1)}


@pytest.mark.parametrize("phase", ["reading", "comparing"])
def test_import_registry_lets_others_write_while_it_reads_and_compares(office: Office, phase: str) -> None:
    wrote = []

    def write_meanwhile(current: str, done: int, total: int) -> None:
        with office.ctx.db.transaction() as session:
            session.execute(text("UPDATE organisations SET network = network"))
        wrote.append(current)

    def at_phase(current: str, done: int, total: int) -> None:
        {phase: write_meanwhile}.get(current, lambda *_: None)(current, done, total)

    office.hand_over(school_of(3), progress=at_phase)
    assert phase in wrote
    assert read_back(office.ctx) == in_order(school_of(3))


def test_two_imports_of_one_organisation_leave_what_one_of_them_says(office: Office) -> None:
    files = [school_of(4), school_of(5).with_pupil("s1", given_name="Autre")]
    refused = []

    def run(index: int) -> None:
        try:
            office.hand_over(paths[index])
        except Problem as refusal:
            refused.append(type(refusal).__name__)

    for _ in range(3):
        paths = [office.write(file) for file in files]
        threads = [threading.Thread(target=run, args=(index,)) for index in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert read_back(office.ctx) in [in_order(file) for file in files]
    assert set(refused) <= {"ImportOvertaken"}


def test_import_registry_leaves_no_permanent_code_in_the_database(office: Office) -> None:
    office.hand_over(school_of(20))
    with office.ctx.db.read() as session:
        stored = [repr(tuple(row)) for table in models.METADATA.sorted_tables for row in session.execute(select(table))]
    assert any("Tremblay" in row for row in stored)
    assert not any("TREZ7153" in row for row in stored)


def test_import_registry_leaves_no_permanent_code_on_the_disk_of_sqlite(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    ctx = Context.open(make_settings(sqlite_databases.create(migrate)))
    office = Office(ctx, tmp_path / "files", Registry(ctx).make_organisation(code=ORGANISATION_CODE))
    office.hand_over(school_of(20))
    file = Path(ctx.db.url.database or "")
    content = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    ctx.db.close()
    assert b"Tremblay" in content
    assert b"TREZ7153" not in content
