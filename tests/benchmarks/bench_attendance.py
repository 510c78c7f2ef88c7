"""How fast absences are announced, heard of and reconciled: `python -m tests.benchmarks.bench_attendance`.

* notices a second through the gateway of the whole running system, beside a bare Flask JSON endpoint in the same rounds;
* from a claim that enrollment has accepted to the first read that attendance allows: relay, event log, consumer and all;
* a school day of a province: what schools record of 70,000 students of 1.3 million, two of five of them announced, and
  the sweep that makes « non motivée » of the rest after the cut-off.

Both databases write to the disk before they answer; the event log is the embedded one, or with `--log kafka` Apache Kafka. Limits stay in force and are counted
as ever; they only never end the measurement.
"""

import argparse
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from sqlalchemy import func, insert, select, text

from one_machine import demonstration, places
from one_machine.kafka.node import Node
from registry_generator import PlacedStudent, generate
from services.attendance.context import Context
from services.attendance.models import GUARDIANSHIPS, METADATA, Absence, Notice, Organisation
from services.attendance.operations import recording, sweeping
from services.attendance.operations.recording import Record
from services.attendance.rules import calendars, local_time
from services.attendance.rules.notices import EARLY_DEPARTURE, FULL_DAY, LATE_ARRIVAL
from services.attendance.rules.reconciliation import ABSENT, BY_NOTICE
from shared import ids, logs
from tests.benchmarks.support import bare, figures
from tests.benchmarks.support.figures import Figure
from tests.benchmarks.support.load import LoadClient, Outcome, Request, json_request
from tests.benchmarks.support.servers import Server
from tests.support.attendance import make_settings, migrate
from tests.support.clock import FakeClock
from tests.support.households import PHARES
from tests.support.postgres import Cluster, find_installation
from tests.support.smtp import SmtpServer
from tests.support.system import Parent, System

QUICK = ("--quick",)

CONNECTIONS: Final = 8
# A Thursday at eleven at school: everybody who is there has been counted.
SCHOOL_DAY: Final = date(2026, 1, 15)
ELEVEN: Final = datetime(2026, 1, 15, 16, 0, tzinfo=UTC)
# Over the week-end, past the next school day at 10:40.
PAST_THE_CUT_OFF: Final = timedelta(days=4)
ORGANISATIONS: Final = 65
ANNOUNCED_OF_FIVE: Final = 2
# A read of its own while events are under way; shorter than any of them takes.
BETWEEN_READS_S: Final = 0.001
HEARD_WITHIN_S: Final = 60
_UNLIMITED: Final = "1000000"
_LIMITS: Final = (
    *(f"ENROLLMENT_CLAIMS_PER_ACCOUNT_{span}" for span in ("HOUR", "DAY", "MONTH")),
    *(f"ENROLLMENT_CLAIMS_PER_{whose}_HOUR" for whose in ("ADDRESS", "WIDE_ADDRESS", "RANGE", "ORGANISATION")),
    "IDENTITY_ADDRESS_MINUTE_LIMIT",
    "GATEWAY_REQUESTS_PER_MINUTE",
)


class NeverHeard(Exception):
    """Attendance did not open a child whom enrollment has linked."""


@dataclass(frozen=True)
class Pace:
    """How much is measured, and for how long."""

    rounds: int
    seconds: float
    parents: int
    children_each: int
    students: int
    absences: int


FULL = Pace(rounds=5, seconds=1.5, parents=6, children_each=20, students=1_300_000, absences=70_000)
BRIEF = Pace(rounds=1, seconds=0.5, parents=1, children_each=8, students=3250, absences=325)


# The whole system, from its front door


@dataclass(frozen=True, kw_only=True)
class Family:
    """A parent who is signed in, and the children who are to be claimed."""

    parent: Parent
    children: tuple[PlacedStudent, ...]


class FrontDoor:
    """The running system under measurement."""

    def __init__(self, kind: str, system: System, client: LoadClient, bare_url: str, pace: Pace) -> None:
        self._kind = kind
        self._system = system
        self._client = client
        self._bare_url = bare_url
        self._pace = pace
        self._requests: Iterator[Request] = iter(())

    def run(self, folder: Path) -> list[Figure]:
        """Claim children, measuring when attendance hears of it, then announce their absences."""
        with ExitStack() as signed_in:
            families = self._families(folder, signed_in)
            waits: list[float] = []
            known: list[tuple[Parent, str]] = []
            for family in families:
                organisation_id = family.parent.organisation("phares")
                for child in family.children:
                    child_id, waited = _claim(family.parent, organisation_id, child)
                    waits.append(1000 * waited)
                    known.append((family.parent, child_id))
            reads = [1000 * _read(*known[0]) for _ in range(len(waits))]
            self._requests = _announcements(known)
            return [self._heard(waits, reads), self._announced()]

    def _families(self, folder: Path, stack: ExitStack) -> list[Family]:
        numbers = iter(range(4_500_000, 4_600_000))
        placed = {
            f"announcer{number}@example.org": tuple(
                _placed(f"announcer{number}@example.org", next(numbers)) for _ in range(self._pace.children_each)
            )
            for number in range(self._pace.parents)
        }
        generate(
            folder,
            organisation=PHARES,
            # With some whom nobody claims.
            students=2 * sum(map(len, placed.values())),
            directory=[demonstration.BOARDS, demonstration.SCHOOLS],
            placed=[child for children in placed.values() for child in children],
        )
        self._system.command("enrollment", "import-registry", str(folder), "--organisation", PHARES, "--allow-removals")
        families = []
        for email, children in placed.items():
            parent = stack.enter_context(Parent(self._system, email))
            parent.sign_up()
            families.append(Family(parent=parent, children=children))
        return families

    def _heard(self, waits: list[float], reads: list[float]) -> Figure:
        return Figure(
            name=f"from a claim accepted to the first read allowed, p50, {self._kind}",
            value=median(waits),
            unit="ms",
            beside={"p99 ms": _p99(waits), "claims": len(waits), "a read alone, p50 ms": median(reads)},
        )

    def _announced(self) -> Figure:
        self._send(seconds=0.3)
        turns = [
            (
                self._client.run(
                    self._bare_url,
                    [Request("GET", bare.PATH, {})],
                    connections=CONNECTIONS,
                    seconds=self._pace.seconds,
                ).require(200),
                self._send(seconds=self._pace.seconds),
            )
            for _ in range(self._pace.rounds)
        ]
        return Figure(
            name=f"notices through the gateway, {self._kind}",
            value=median(sent.rate for _, sent in turns),
            unit="/s",
            beside={
                "bare/s": median(plain.rate for plain, _ in turns),
                "% of bare": 100 * median(sent.rate / plain.rate for plain, sent in turns),
                "p50 ms": median(sent.latencies_ms["p50"] for _, sent in turns),
                "p99 ms": median(sent.latencies_ms["p99"] for _, sent in turns),
            },
        )

    def _send(self, *, seconds: float) -> Outcome:
        # More than any machine takes in a round: a round ends by its time, never for want of notices.
        taken = [request for request, _ in zip(self._requests, range(int(1000 * seconds)), strict=False)]
        sent = self._client.run(self._system.url, taken, connections=CONNECTIONS, seconds=seconds, repeats=False)
        return sent.require(201)


def _placed(email: str, number: int) -> PlacedStudent:
    return PlacedStudent(
        given_name="Anaïs",
        family_name="Bérubé",
        birth_on=date(2012, 1, 1) + timedelta(days=number % 1000),
        file_number=str(number),
        guardian_emails=(email,),
    )


def _claim(parent: Parent, organisation_id: str, child: PlacedStudent) -> tuple[str, float]:
    """Claim a child; return its id, and the seconds from the answer to the first read that attendance allows."""
    claimed = parent.claim(
        organisation_id=organisation_id,
        last_name=child.family_name,
        first_name=child.given_name,
        birth_date=child.birth_on.isoformat(),
        identifier=child.file_number,
    )
    accepted_at = time.perf_counter()
    child_id: str = claimed.raise_for_status().json()["child"]["id"]
    while parent.get(f"/children/{child_id}/absences").status_code != 200:
        if time.perf_counter() - accepted_at > HEARD_WITHIN_S:
            raise NeverHeard(child_id)
        time.sleep(BETWEEN_READS_S)
    return child_id, time.perf_counter() - accepted_at


def _read(parent: Parent, child_id: str) -> float:
    started = time.perf_counter()
    parent.get(f"/children/{child_id}/absences").raise_for_status()
    return time.perf_counter() - started


def _announcements(known: list[tuple[Parent, str]]) -> Iterator[Request]:
    """Yield notices of which no two announce the same part of a child's day."""
    tomorrow = local_time.day_of(datetime.now(UTC)) + timedelta(days=1)
    for day in calendars.Calendar().school_days(tomorrow, tomorrow + timedelta(days=390)):
        for type_, at in ((LATE_ARRIVAL, "10:00"), (EARLY_DEPARTURE, "14:00")):
            for parent, child_id in known:
                cookies = "; ".join(f"{each.name}={each.value}" for each in parent.http.cookies.jar)
                headers = {"Cookie": cookies, "X-CSRF-Token": parent.csrf_token or ""}
                body = {"date": day.isoformat(), "type": type_, "time": at, "reason": "MALADIE"}
                yield json_request(f"/api/v1/children/{child_id}/absence-notices", body, headers)


# A school day, in one process


class SchoolDay:
    """A province on one day: who is absent, and who was announced."""

    def __init__(self, kind: str, url: str, pace: Pace) -> None:
        self._kind = kind
        self._pace = pace
        self._clock = FakeClock(ELEVEN)
        self._ctx = Context.open(make_settings(url), clock=self._clock)
        self._students_each = pace.students // ORGANISATIONS
        self._absences_each = pace.absences // ORGANISATIONS
        self._codes = [f"{700_000 + number}" for number in range(ORGANISATIONS)]

    def fill(self) -> None:
        """Write the province's guardianships, a child each, and what was announced for the day."""
        with self._ctx.db.transaction() as session:
            session.execute(insert(METADATA.tables["projections"]), {"name": GUARDIANSHIPS.name, "live_generation": 1})
        for code in self._codes:
            organisation_id = ids.new()
            held = [_guardianship(organisation_id, number) for number in range(self._students_each)]
            announced = [each for number, each in enumerate(held[: self._absences_each]) if _is_announced(number)]
            with self._ctx.db.transaction() as session:
                session.execute(
                    insert(Organisation), {"id": organisation_id, "code": code, "is_subscribed": True, "version": 1}
                )
                session.execute(insert(GUARDIANSHIPS.table), held)
                session.execute(insert(Notice), [_notice(each, position) for position, each in enumerate(announced, 1)])
        with self._ctx.db.transaction() as session:
            session.execute(text("ANALYZE"))

    def run(self) -> list[Figure]:
        """Record the day, let the cut-off pass, and return the figures."""
        started = time.perf_counter()
        results = [
            each.result
            for code in self._codes
            for each in recording.record_absences(self._ctx, organisation_code=code, records=self._records())
            if isinstance(each, recording.Written)
        ]
        recorded_s = time.perf_counter() - started
        motivated = self._count_motivated()
        self._clock.advance(PAST_THE_CUT_OFF)
        started = time.perf_counter()
        closed = sweeping.close_absences(self._ctx)
        closed_s = time.perf_counter() - started
        self._ctx.db.close()
        of_how_many = f"{len(results):,} absences of {self._students_each * ORGANISATIONS:,} students, {self._kind}"
        return [
            Figure(
                name=f"recording and reconciling {of_how_many}",
                value=recorded_s,
                unit="s",
                beside={"absences/s": len(results) / recorded_s, "motivated by a notice": motivated},
            ),
            Figure(
                name=f"making « non motivée » of the rest, {self._kind}",
                value=closed_s,
                unit="s",
                beside={"absences/s": closed / closed_s, "absences": closed},
            ),
            Figure(
                name=f"absences that came to nothing, or to two things, {self._kind}",
                value=abs(len(results) - motivated - closed),
                unit="absences",
                at_most=0,
            ),
        ]

    def _records(self) -> Iterator[Record]:
        return (
            Record(source_id=f"a-{number}", student_source_id=_source_id(number), on=SCHOOL_DAY, kind=ABSENT)
            for number in range(self._absences_each)
        )

    def _count_motivated(self) -> int:
        with self._ctx.db.read() as session:
            count = select(func.count()).select_from(Absence).where(Absence.motivated_by == BY_NOTICE)
            return session.scalar(count) or 0


def _source_id(number: int) -> str:
    return f"eleve-{number}"


def _is_announced(number: int) -> bool:
    return number % 5 < ANNOUNCED_OF_FIVE


def _guardianship(organisation_id: str, number: int) -> dict[str, object]:
    return {
        "generation": 1,
        "aggregate": ids.new(),
        "version": 1,
        "account_id": ids.new(),
        "child_id": ids.new(),
        "organisation_id": organisation_id,
        "student_source_id": _source_id(number),
        "school_source_id": "ecole-1",
        "rights": ["view_file", "report_absences"],
    }


def _notice(held: dict[str, object], position: int) -> dict[str, object]:
    told = {name: held[name] for name in ("organisation_id", "student_source_id", "school_source_id", "child_id")}
    return {
        **told,
        "id": ids.new(),
        "account_id": held["account_id"],
        "type": FULL_DAY,
        "first_on": SCHOOL_DAY,
        "last_on": SCHOOL_DAY,
        "at": None,
        "reason": "MALADIE",
        "submitted_at": ELEVEN - timedelta(hours=5),
        "begins_at": ELEVEN - timedelta(hours=3),
        "position": position,
    }


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round on SQLite: tells that it works, no more")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="that one alone")
    parser.add_argument("--log", choices=("embedded", "kafka"), default="embedded", help="the event log")
    options = parser.parse_args()
    pace = BRIEF if options.quick else FULL
    kinds = [options.database] if options.database else ["sqlite"] if options.quick else ["sqlite", "postgresql"]
    logs.configure(part="benchmark", as_json=True, stream=io.StringIO())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrail-bench-")))
        bare_url = stack.enter_context(_yardstick(folder))
        client = stack.enter_context(LoadClient())
        mail = stack.enter_context(SmtpServer())
        for kind in kinds:
            with _databases(kind, folder) as create:
                settings = dict.fromkeys(_LIMITS, _UNLIMITED) | {"IDENTITY_RESEND_INTERVAL": "0"}
                parts = ("IDENTITY", "ENROLLMENT", "ATTENDANCE")
                settings |= {f"{part}_DATABASE_URL": create() for part in parts}
                with ExitStack() as running:
                    node = running.enter_context(Node(folder / f"{kind}-log")) if options.log == "kafka" else None
                    home = folder / f"{kind}-home"
                    system = running.enter_context(System(home, mail=mail, kafka=node, settings=settings))
                    door = FrontDoor(f"{kind} and {options.log} log", system, client, bare_url, pace)
                    figures.tell(f"Announced and heard, {kind}", door.run(folder / f"{kind}-registry"))
                url = create()
                migrate(url)
                day = SchoolDay(kind, url, pace)
                with figures.console.status(f"{kind}: filling a province"):
                    day.fill()
                figures.tell(f"A school day, {kind}", day.run())


@contextmanager
def _yardstick(folder: Path) -> Iterator[str]:
    port = places.free_port()
    url = f"http://127.0.0.1:{port}"
    own = {"BARE_PORT": str(port)}
    with Server(
        "tests.benchmarks.support.bare", "serve", own=own, log=folder / "bare.log", ready_url=f"{url}{bare.PATH}"
    ):
        yield url


@contextmanager
def _databases(kind: str, folder: Path) -> Iterator[Callable[[], str]]:
    """Yield what makes an empty database that writes to the disk before it answers."""
    if kind == "sqlite":
        yield lambda: f"sqlite:///{folder / ids.new()}.db"
        return
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    with Cluster(find_installation(), settings=durable) as cluster:
        yield cluster.create_database


if __name__ == "__main__":
    main()
