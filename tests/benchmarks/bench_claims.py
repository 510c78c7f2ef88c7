"""Claims decided a second, beside a bare Flask JSON endpoint on the same server in the same run: `python -m tests.benchmarks.bench_claims`.

A board of 10,000 students, and the same board in a province of 1.3 million: the same claims, of the same children, by accounts
that have claimed nothing before. The bare endpoint and both places take turns within each round; a figure is the median of
the rounds. One worker each with the threads it has by default; both databases write to the disk before they answer. Limits
stay in force and are counted as ever; they only never end the measurement.
"""

import argparse
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import insert, select

from one_machine import places
from registry_generator import generate
from services.enrollment.context import Context
from services.enrollment.models import Guardian, Guardianship, Organisation, Student
from services.enrollment.operations.imports import import_registry
from shared import ids, logs
from shared.database import Database
from shared.passports import HEADER, PARENT, Passport, PassportOffice
from tests.benchmarks.support import bare, figures
from tests.benchmarks.support.figures import Figure
from tests.benchmarks.support.load import LoadClient, Outcome, Request, json_request
from tests.benchmarks.support.province import CODE, ORGANISATION, multiply
from tests.benchmarks.support.servers import Server
from tests.support.enrollment import PASSPORT_KEY, environment, make_settings, migrate
from tests.support.postgres import Cluster, find_installation

QUICK = ("--quick",)

CONNECTIONS: Final = 8
# More than any machine decides in a round: a round ends by its time, never for want of claims.
MOST_A_SECOND: Final = 400
LINKED, REFUSED = "claims that link a child", "claims that agree but for the date of birth"
STATUS: Final = {LINKED: 201, REFUSED: 422}
_UNLIMITED: Final = "1000000"
_LIMITS: Final = ("CLAIMS_PER_ADDRESS_HOUR", "CLAIMS_PER_RANGE_HOUR")


@dataclass(frozen=True)
class Pace:
    """How much is measured, and for how long."""

    rounds: int
    seconds: float
    board: int
    province: int


FULL = Pace(rounds=5, seconds=1.5, board=10_000, province=1_300_000)
BRIEF = Pace(rounds=1, seconds=0.5, board=1000, province=3000)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One kind of claim in one place in one round, beside the bare endpoint of that round."""

    outcome: Outcome
    processor: float | None
    bare: Outcome
    bare_processor: float | None

    @property
    def bare_answers(self) -> float:
        """What a claim costs in bare answers, by the processor time of the service; 0 where the system does not tell."""
        return self.processor / self.bare_processor if self.processor and self.bare_processor else 0.0


class Place:
    """A registry of some size, behind a server of its own."""

    def __init__(self, name: str, url: str, folder: Path) -> None:
        self.name = name
        self.turns: dict[str, list[Turn]] = {LINKED: [], REFUSED: []}
        port = places.free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._office = PassportOffice("enrollment", (PASSPORT_KEY,))
        self._children = _children(url)
        self.server = Server(
            "services.enrollment",
            "serve",
            own={
                **environment(make_settings(url), folder),
                "ENROLLMENT_PORT": str(port),
                "ENROLLMENT_LOGS_AS_JSON": "1",
                **{f"ENROLLMENT_{limit}": _UNLIMITED for limit in _LIMITS},
            },
            log=folder / f"{name}.log",
            ready_url=f"{self.url}/readyz",
        )

    def claims(self, kind: str, count: int) -> list[Request]:
        """Return claims of children whom nobody has claimed yet, each by a parent on the file with a new account.

        Passports are good for seconds: make them right before they are sent.
        """
        taken, self._children = self._children[:count], self._children[count:]
        return [self._claim(child, number, kind) for number, child in enumerate(taken)]

    def _claim(self, child: Any, number: int, kind: str) -> Request:
        passport = Passport(
            account_id=ids.new(),
            email=child.email,
            session_id="s",
            roles=(PARENT,),
            address=f"198.18.{number // 250 % 250}.{number % 250 + 1}",
        )
        born_on = child.birth_on + timedelta(days=1 if kind == REFUSED else 0)
        document = {
            "organisation_id": child.organisation_id,
            "last_name": child.family_name,
            "first_name": child.given_name,
            "birth_date": born_on.isoformat(),
            "identifier": child.file_number,
        }
        return json_request("/api/v1/claims", document, {HEADER: self._office.sign(passport)})


def _children(url: str) -> list[Any]:
    """Return the children of the first board whose file has a mailbox: the same of every place."""
    database = Database(url)
    found = (
        select(
            Student.id,
            Student.organisation_id,
            Student.family_name,
            Student.given_name,
            Student.birth_on,
            Student.file_number,
            Guardian.email,
        )
        .join(Organisation, Organisation.id == Student.organisation_id)
        .join(Guardianship, Guardianship.student_id == Student.id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(
            Organisation.code == CODE,
            Student.birth_on.is_not(None),
            Student.file_number.is_not(None),
            Guardian.email.is_not(None),
            Guardianship.is_principal,
        )
        .order_by(Student.source_id)
    )
    with database.read() as session:
        rows = list(session.execute(found))
    database.close()
    return rows


class Bench:
    """One kind of database under measurement."""

    def __init__(
        self, kind: str, board: Place, province: Place, yardstick: tuple[Server, str], client: LoadClient, pace: Pace
    ) -> None:
        self._kind = kind
        self._board, self._province = board, province
        self._bare_server, self._bare_url = yardstick
        self._client = client
        self._pace = pace

    def run(self) -> list[Figure]:
        """Measure every round and return the figures."""
        for place in (self._board, self._province):
            for kind in STATUS:
                self._client.run(place.url, place.claims(kind, 20), connections=2, seconds=5, repeats=False)
        for _ in range(self._pace.rounds):
            self._round()
        return [*self._rates(), *self._growth()]

    def _round(self) -> None:
        request = [Request("GET", bare.PATH, {"Accept-Language": "fr"})]
        for kind, status in STATUS.items():
            yardstick, bare_processor = self._timed(self._bare_server, self._bare_url, request, repeats=True)
            for place in (self._board, self._province):
                claims = place.claims(kind, int(MOST_A_SECOND * self._pace.seconds))
                outcome, processor = self._timed(place.server, place.url, claims, repeats=False)
                place.turns[kind].append(
                    Turn(
                        outcome=outcome.require(status),
                        processor=processor,
                        bare=yardstick.require(200),
                        bare_processor=bare_processor,
                    )
                )

    def _timed(
        self, server: Server, url: str, requests: Sequence[Request], *, repeats: bool
    ) -> tuple[Outcome, float | None]:
        before = server.processor_seconds()
        outcome = self._client.run(url, requests, connections=CONNECTIONS, seconds=self._pace.seconds, repeats=repeats)
        after = server.processor_seconds()
        spent = None if before is None or after is None else (after - before) / max(outcome.answers, 1)
        return outcome, spent

    def _rates(self) -> Iterator[Figure]:
        for place in (self._board, self._province):
            for kind, turns in place.turns.items():
                yield Figure(
                    name=f"{kind}, {place.name}, {self._kind}",
                    value=median(turn.outcome.rate for turn in turns),
                    unit="/s",
                    beside={
                        "bare/s": median(turn.bare.rate for turn in turns),
                        "% of bare": median(turn.outcome.rate / turn.bare.rate for turn in turns) * 100,
                        "p50 ms": median(turn.outcome.latencies_ms["p50"] for turn in turns),
                        "p99 ms": median(turn.outcome.latencies_ms["p99"] for turn in turns),
                        "bare answers": median(turn.bare_answers for turn in turns),
                    },
                )

    def _growth(self) -> Iterator[Figure]:
        # performance.md, "growth": the cost of a request is flat, ± 10 %, from 10,000 to 1.3 million students.
        for kind in STATUS:
            pairs = zip(self._province.turns[kind], self._board.turns[kind], strict=True)
            yield Figure(
                name=f"{kind}: rate in the province of the rate at the board, {self._kind}",
                value=median(large.outcome.rate / small.outcome.rate for large, small in pairs) * 100,
                unit="%",
                at_least=90,
            )


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round on SQLite: tells that it works, no more")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="that one alone")
    options = parser.parse_args()
    pace = BRIEF if options.quick else FULL
    kinds = [options.database] if options.database else ["sqlite"] if options.quick else ["sqlite", "postgresql"]
    logs.configure(part="benchmark", as_json=True, stream=io.StringIO())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrail-bench-")))
        registry = folder / "registry"
        generate(registry, organisation=CODE, students=pace.board)
        yardstick = stack.enter_context(_yardstick(folder))
        client = stack.enter_context(LoadClient())
        for kind in kinds:
            with _databases(kind, folder) as create:
                urls = {f"{size:,} students": create() for size in (pace.board, pace.province)}
                with figures.console.status(f"{kind}: filling the databases"):
                    for url in urls.values():
                        _fill(url, registry)
                    multiply(url, pace.province)
                with ExitStack() as serving:
                    board, province = (Place(name, url, folder) for name, url in urls.items())
                    for place in (board, province):
                        serving.enter_context(place.server)
                    found = Bench(kind, board, province, yardstick, client, pace).run()
                figures.tell(f"Claims decided, {kind}", found)


def _fill(url: str, registry: Path) -> None:
    migrate(url)
    ctx = Context.open(make_settings(url))
    with ctx.db.transaction() as session:
        session.execute(insert(Organisation), {"id": ids.new(), **ORGANISATION})
    import_registry(ctx, organisation_code=CODE, path=registry)
    ctx.db.close()


@contextmanager
def _yardstick(folder: Path) -> Iterator[tuple[Server, str]]:
    port = places.free_port()
    url = f"http://127.0.0.1:{port}"
    own = {"BARE_PORT": str(port)}
    with Server(
        "tests.benchmarks.support.bare", "serve", own=own, log=folder / "bare.log", ready_url=f"{url}{bare.PATH}"
    ) as server:
        yield server, url


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
