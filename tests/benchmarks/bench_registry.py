"""How fast registries come in, and how fast a child is found among a province: `python -m tests.benchmarks.bench_registry`.

* an import of synthetic students beside a bare COPY (PostgreSQL) or `executemany` (SQLite) of the very rows that it wrote,
  into the same tables with the same indexes and constraints, taking turns in one run;
* the same registry a second time with 1 % of changes, beside a blind upsert of all its rows;
* the peak memory of the importing process, and how long another writer had to wait for it;
* the look-up of a claim among 1.3 million students, beside the same statement and a one-row SELECT on a small table.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text

from registry_generator import generate
from services.enrollment import events, queries
from services.enrollment.context import Context
from services.enrollment.models import METADATA, Guardian, Guardianship, Organisation, Student
from services.enrollment.operations.imports import import_registry
from services.enrollment.rules.identifiers import Identifier
from shared import ids
from shared.database import Database
from tests.benchmarks.support.figures import Figure, tell
from tests.benchmarks.support.province import CODE, ORGANISATION, multiply
from tests.support.enrollment import make_settings, migrate
from tests.support.postgres import Cluster, NoPostgres, find_installation
from tests.support.source import ROOT

QUICK = ("--students", "2000", "--province", "6000", "--look-ups", "200", "--rounds", "1")
# In the order in which they refer to each other.
WRITTEN = ("schools", "students", "guardians", "guardianships")
_WRITTEN_AGAIN = tuple(
    f"{kind}_{how}" for kind in ("students", "guardians", "guardianships") for how in ("new", "changed", "gone")
)
KEYS = {"schools": "id", "students": "id", "guardians": "id", "guardianships": "student_id, guardian_id"}


# What runs in a process of its own: its memory is its own.


def child(action: str, url: str, argument: str) -> None:
    """Do one thing to a database and say on standard output what it cost."""
    done: dict[str, Any] = {"import": _import, "bare": _bare, "blind": _blind}[action](url, argument)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**done, "peak_mib": peak}))


def _import(url: str, path: str) -> dict[str, Any]:
    ctx = Context.open(make_settings(url))
    told_before = _students_told(ctx.db)
    started = time.perf_counter()
    report = import_registry(ctx, organisation_code=CODE, path=Path(path))
    return {
        "seconds": time.perf_counter() - started,
        "phases": dict(report.seconds),
        "counts": dict(report.counts),
        "told": _students_told(ctx.db) - told_before,
    }


def _students_told(database: Database) -> int:
    waiting = METADATA.tables["outbox"]
    changed = select(func.count()).select_from(waiting).where(waiting.c.type == events.STUDENT_CHANGED.type)
    with database.read() as session:
        return session.scalar(changed) or 0


def _bare(url: str, source: str) -> dict[str, Any]:
    """Write the rows of another database without anything between them and the driver."""
    database = Database(url)
    driver: Any = database.engine.raw_connection().driver_connection
    rows = _rows_of(Database(source))
    started = time.perf_counter()
    if database.is_sqlite:
        driver.execute("BEGIN IMMEDIATE")
        for table, (columns, values) in rows.items():
            driver.executemany(_insert_of(table, columns), values)
        driver.execute("COMMIT")
    else:
        with driver.cursor() as cursor:
            for table, (_, values) in rows.items():
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    for block in values:
                        copy.write(block)
        driver.commit()
    return {"seconds": time.perf_counter() - started}


def _blind(url: str, source: str) -> dict[str, Any]:
    """Write every row over what is there, changed or not."""
    database = Database(url)
    driver: Any = database.engine.raw_connection().driver_connection
    rows = _rows_of(Database(source))
    started = time.perf_counter()
    if database.is_sqlite:
        driver.execute("BEGIN IMMEDIATE")
        for table, (columns, values) in rows.items():
            driver.executemany(f"{_insert_of(table, columns)} {_overwriting(table, columns)}", values)
        driver.execute("COMMIT")
    else:
        with driver.cursor() as cursor:
            for table, (columns, values) in rows.items():
                cursor.execute(f"CREATE TEMP TABLE stage_{table} (LIKE {table}) ON COMMIT DROP")
                with cursor.copy(f"COPY stage_{table} FROM STDIN") as copy:
                    for block in values:
                        copy.write(block)
                cursor.execute(f"INSERT INTO {table} SELECT * FROM stage_{table} {_overwriting(table, columns)}")
        driver.commit()
    return {"seconds": time.perf_counter() - started}


def _rows_of(database: Database) -> dict[str, tuple[list[str], list[Any]]]:
    driver: Any = database.engine.raw_connection().driver_connection
    columns = {table: [column.name for column in METADATA.tables[table].columns] for table in WRITTEN}
    if database.is_sqlite:
        return {
            table: (names, driver.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall())
            for table, names in columns.items()
        }
    rows = {}
    with driver.cursor() as cursor:
        for table, names in columns.items():
            with cursor.copy(f"COPY {table} TO STDOUT") as copy:
                rows[table] = (names, [bytes(block) for block in copy])
    return rows


def _insert_of(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _overwriting(table: str, columns: Sequence[str]) -> str:
    assignments = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"ON CONFLICT ({KEYS[table]}) DO UPDATE SET {assignments}"


# The measurements


class Bench:
    """One kind of database, and the registries that go into it."""

    def __init__(self, kind: str, create: Callable[[], str], registries: dict[str, Path], students: int) -> None:
        self._kind = kind
        self._create = create
        self._registries = registries
        self._students = students

    def fresh(self) -> str:
        """Return the address of a migrated database with one organisation."""
        url = self._create()
        migrate(url)
        self._add_organisation(url, ids.new(), ORGANISATION)
        return url

    @staticmethod
    def _add_organisation(url: str, organisation_id: str, values: dict[str, str]) -> None:
        database = Database(url)
        with database.transaction() as session:
            session.execute(insert(Organisation), {"id": organisation_id, **values})
        database.close()

    def run(self, action: str, url: str, argument: str | Path) -> dict[str, Any]:
        """Run one action in a process of its own."""
        command = [sys.executable, "-m", __spec__.name, "--child", action, url, str(argument)]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def imports(self, rounds: int) -> str:
        """Measure imports beside bare loads; return a database that holds the registry."""
        first, bare, again, blind = [], [], [], []
        url = ""
        for _ in range(rounds):
            url = self.fresh()
            first.append(self.run("import", url, self._registries["whole"]))
            empty = self._same_organisation(url)
            bare.append(self.run("bare", empty, url))
            again.append(self.run("import", url, self._registries["changed"]))
            blind.append(self.run("blind", empty, url))
        rows, lines = self._rows(url), self._lines()
        seconds = {
            name: min(each["seconds"] for each in runs)
            for name, runs in {"first": first, "bare": bare, "again": again, "blind": blind}.items()
        }
        half = self.run("import", self.fresh(), self._registries["half"])
        share = 100 * seconds["bare"] / seconds["first"]
        changed = again[-1]["counts"]
        touched = sum(changed[f"students_{how}"] for how in ("changed", "gone", "returned"))
        written = sum(changed[name] for name in _WRITTEN_AGAIN)
        seconds["settled"] = min(each["phases"]["comparing"] + each["phases"]["writing"] for each in again)
        loading = "COPY" if self._kind == "postgresql" else "executemany"
        tell(
            f"Registry import, {self._students:,} students, {self._kind}",
            [
                Figure(
                    name=f"rows written, beside bare {loading} of the same rows",
                    value=share,
                    unit="%",
                    at_least=60,
                    beside={
                        "rows/s": rows / seconds["first"],
                        "bare rows/s": rows / seconds["bare"],
                        "lines read/s": lines / seconds["first"],
                        "students/s": self._students / seconds["first"],
                    },
                ),
                Figure(
                    name="seconds of an import",
                    value=seconds["first"],
                    unit="s",
                    beside=dict(first[-1]["phases"]),
                ),
                # A blind upsert is given its rows ready-made; what it does is compared with what we do in its place.
                Figure(
                    name="again with 1 % changed: a blind upsert beside our comparing and writing",
                    value=seconds["blind"] / seconds["settled"],
                    unit="times",
                    at_least=5,
                    beside={
                        "s": seconds["settled"],
                        "blind s": seconds["blind"],
                        "with reading s": seconds["again"],
                        "writing s": again[-1]["phases"]["writing"],
                    },
                ),
                Figure(
                    name="again with 1 % changed: cost of a row that changed, of what a blind upsert of all rows spends on it",
                    value=100 * seconds["settled"] / seconds["blind"],
                    unit="%",
                    beside={
                        "µs a changed row": 1e6 * seconds["settled"] / max(written, 1),
                        "blind µs": 1e6 * seconds["blind"] / max(written, 1),
                        "with reading µs": 1e6 * seconds["again"] / max(written, 1),
                        "rows changed": written,
                        "rows in all": rows,
                    },
                ),
                Figure(
                    name="students written again with 1 % changed",
                    value=touched,
                    unit="rows",
                    at_most=self._students / 50,
                ),
                # One for each student of whom something changed, and none besides.
                Figure(
                    name="events published by it beside the students that it changed: too many, or too few",
                    value=abs(again[-1]["told"] - touched),
                    unit="events",
                    at_most=0,
                    beside={"events": again[-1]["told"], "students": touched},
                ),
                Figure(
                    name="peak memory, beside half as many students",
                    value=first[-1]["peak_mib"] / half["peak_mib"],
                    unit="times",
                    at_most=1.15,
                    beside={
                        "MiB": first[-1]["peak_mib"],
                        "half MiB": half["peak_mib"],
                        "again MiB": again[-1]["peak_mib"],
                    },
                ),
            ],
        )
        return url

    def waits(self) -> None:
        """Measure how long another writer waits while a registry comes in."""
        url = self.fresh()
        waited = {}
        for name in ("whole", "changed"):
            with _another_writer(url) as waits:
                self.run("import", url, self._registries[name])
            waited[name] = 1000 * max(waits)
        tell(
            f"Another writer's longest wait, {self._kind}",
            [
                Figure(name="during a first import", value=waited["whole"], unit="ms"),
                Figure(name="during an import with 1 % changed", value=waited["changed"], unit="ms"),
            ],
        )

    def look_ups(self, url: str, *, province: int, count: int) -> None:
        """Measure the look-up of claims in a province, beside the same in a village."""
        village_url = self.fresh()
        self.run("import", village_url, self._registries["village"])
        multiply(url, province)
        places = {"province": _Claims(url, count), "village": _Claims(village_url, count)}
        spent: dict[str, list[float]] = {"province": [], "village": [], "one row": []}
        for number in range(count):
            for name, claims in places.items():
                spent[name].append(claims.look_up(number))
            spent["one row"].append(places["village"].read_one_row(number))
        size = places["province"].students
        for claims in places.values():
            claims.close()
        p50, p99 = ({name: 1000 * _percentile(each, p) for name, each in spent.items()} for p in (50, 99))
        tell(
            f"Claim look-up among {size:,} students, {self._kind}",
            [
                Figure(
                    name=f"{percentile}, beside the same on a small table",
                    value=each["province"] / each["village"],
                    unit="times",
                    at_most=1.3,
                    beside={"ms": each["province"], "small ms": each["village"], "one row ms": each["one row"]},
                )
                for percentile, each in (("p50", p50), ("p99", p99))
            ],
        )

    def _same_organisation(self, url: str) -> str:
        """Return a migrated, empty database with the organisation of another one."""
        database = Database(url)
        with database.read() as session:
            organisation_id = session.scalars(select(Organisation.id)).one()
        database.close()
        empty = self._create()
        migrate(empty)
        self._add_organisation(empty, organisation_id, ORGANISATION)
        return empty

    def _rows(self, url: str) -> int:
        database = Database(url)
        with database.read() as session:
            rows = sum(session.scalar(text(f"SELECT COUNT(*) FROM {table}")) or 0 for table in WRITTEN)
        database.close()
        return rows

    def _lines(self) -> int:
        files = self._registries["whole"].glob("*.csv")
        return sum(sum(1 for _ in file.open("rb")) for file in files)


@contextmanager
def _another_writer(url: str) -> Iterator[list[float]]:
    """Write a little all the time, as the service does, and note how long each took."""
    database, stop, waits = Database(url), threading.Event(), [0.0]

    def write() -> None:
        while not stop.wait(0.01):
            started = time.perf_counter()
            with database.transaction() as session:
                session.execute(text("UPDATE journal_entries SET role = role WHERE id = ''"))
            waits.append(time.perf_counter() - started)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield waits
    finally:
        stop.set()
        writer.join()
        database.close()


class _Claims:
    """Claims for students drawn from a whole database."""

    def __init__(self, url: str, count: int) -> None:
        self._database = Database(url)
        with self._database.read() as session:
            self.students = session.scalar(select(func.count()).select_from(Student)) or 0
            chance = random.Random(7)
            first, last = session.execute(select(func.min(Student.id), func.max(Student.id))).one()
            organisations = list(session.scalars(select(Organisation.id)))
            drawn = (
                select(
                    Student.id,
                    Student.organisation_id,
                    Student.file_number,
                    Student.identity_digest,
                    Guardian.email_key,
                )
                .join(Guardianship, Guardianship.student_id == Student.id)
                .join(Guardian, Guardian.id == Guardianship.guardian_id)
                .where(
                    Student.organisation_id == bindparam("organisation"),
                    Student.file_number >= bindparam("number"),
                    Guardian.email_key.is_not(None),
                    text("students.file_number IS NOT NULL AND students.status = 'active'"),
                )
                .order_by(Student.file_number)
                .limit(1)
            )
            numbers = session.execute(select(func.min(Student.file_number), func.max(Student.file_number))).one()
            assert first <= last
            self._asked: list[Any] = []
            while len(self._asked) < count:
                number = f"{chance.randint(int(numbers[0]), int(numbers[1])):07}"
                found = session.execute(drawn, {"organisation": chance.choice(organisations), "number": number}).first()
                self._asked += [found] if found else []

    def look_up(self, number: int) -> float:
        """Find one claim's organisation and candidates as the service does; return the seconds it took."""
        asked = self._asked[number]
        with self._database.read() as session:
            started = time.perf_counter()
            door = queries.find_door(session, organisation_id=asked.organisation_id, email_key=asked.email_key)
            found = queries.find_candidates(
                session,
                organisation_id=asked.organisation_id,
                identifier=Identifier(kind="file_number", value=asked.file_number),
                code_digests=[],
                identity_digests=[asked.identity_digest],
                email_key=asked.email_key,
                on=date(2026, 9, 1),
            )
            spent = time.perf_counter() - started
        assert door is not None
        assert door.is_email_on_file
        assert found.by_number is not None
        assert found.by_number.student_id == asked.id
        return spent

    def read_one_row(self, number: int) -> float:
        """Read one row by its key; return the seconds it took."""
        with self._database.read() as session:
            started = time.perf_counter()
            session.execute(_ONE_ROW, {"id": self._asked[number].id}).one()
            return time.perf_counter() - started

    def close(self) -> None:
        self._database.close()


_ONE_ROW = select(Student.id, Student.family_name, Student.given_name).where(Student.id == bindparam("id"))


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def _make_registries(folder: Path, students: int) -> dict[str, Path]:
    made = {name: folder / name for name in ("whole", "half", "village", "changed")}
    generate(made["whole"], organisation=CODE, students=students)
    generate(made["half"], organisation=CODE, students=students // 2)
    generate(made["village"], organisation=CODE, students=min(students, 1000))
    generate(made["changed"], organisation=CODE, students=students, changed_percent=1, change_seed=2)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--province", type=int, default=1_300_000)
    parser.add_argument("--look-ups", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"))
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(*options.child)
        return
    with tempfile.TemporaryDirectory(prefix="vitrail-bench-") as name:
        folder = Path(name)
        registries = _make_registries(folder, options.students)
        for kind in options.databases:
            with _databases(kind, folder) as create:
                bench = Bench(kind, create, registries, options.students)
                url = bench.imports(options.rounds)
                bench.waits()
                bench.look_ups(url, province=options.province, count=options.look_ups)


@contextmanager
def _databases(kind: str, folder: Path) -> Iterator[Callable[[], str]]:
    if kind == "sqlite":
        yield lambda: f"sqlite:///{folder / ids.new()}.db"
        return
    try:
        cluster = Cluster(find_installation())
    except NoPostgres as missing:
        print(missing, file=sys.stderr)
        return
    with cluster:
        yield cluster.create_database


if __name__ == "__main__":
    main()
