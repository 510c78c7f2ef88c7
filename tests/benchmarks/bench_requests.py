"""Requests a second of what parents do, beside a bare Flask JSON endpoint on the same server in the same run.

    python -m tests.benchmarks.bench_requests [--quick] [--database sqlite|postgresql]

The bare endpoint and every call take turns within each round, so that what else the machine does touches all alike; a
figure is the median of its rounds. One worker each with the threads it has by default; 10,000 students and accounts. Both
databases write to the disk before they answer. What a call costs is told twice: by its rate, and by the processor time of the
parts that it went through (without the database server), which other programs on the machine disturb less.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from one_machine import places
from tests.benchmarks.support import bare, figures
from tests.benchmarks.support.figures import Figure
from tests.benchmarks.support.load import LoadClient, Outcome, Request
from tests.benchmarks.support.portal import ALONE, LARGE_FAMILY, THROUGH_GATEWAY, Databases, Portal, Size
from tests.benchmarks.support.servers import Server
from tests.support.postgres import Cluster, find_installation
from tests.support.smtp import SmtpServer
from tests.support.source import ROOT

QUICK = ("--quick",)

CONNECTIONS = 8
SIGN_IN_CONNECTIONS = 4
# People who sign in at once, beside those who read: far more than there are cores to hash for them.
CROWD = 16
# More than any machine answers in a round: a round ends by its time, never for want of requests.
MOST_A_SECOND = 3000
# A letter that takes a second to hand over: were it handed over within the request, a request would take as long.
SLOW_MAIL_S = 1.0

ASK = "ask for a code"
VERIFY = "verify a code"
SIGN_IN = "sign in"
INTROSPECT = "read session (as the gateway asks)"
SESSION = "read session"
CHILDREN = "read two children"
FAMILY = f"read {LARGE_FAMILY} children"
ORGANISATIONS = "list 20 organisations"

# performance.md, "Peers on the same work" and "Targets": the most bare answers that a call may cost.
MOST_BARE_ANSWERS = {
    "SQLite": {ASK: 6.0, VERIFY: 6.0, INTROSPECT: 3.5, SESSION: 3.5, FAMILY: 4.5, ORGANISATIONS: 4.5},
    "PostgreSQL": {ASK: 8.0, VERIFY: 8.0, INTROSPECT: 4.5, SESSION: 4.5, FAMILY: 4.5, ORGANISATIONS: 4.5},
}


@dataclass(frozen=True)
class Pace:
    """How long everything is measured."""

    rounds: int
    seconds: float
    sign_in_seconds: float
    size: Size


FULL = Pace(rounds=3, seconds=1.5, sign_in_seconds=3.0, size=Size())
BRIEF = Pace(rounds=1, seconds=0.5, sign_in_seconds=1.0, size=Size(students=1000, parents=20, others=500))


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One call in one round, beside the bare endpoint of that round; processor times are seconds an answer."""

    outcome: Outcome
    processor: float | None
    bare: Outcome
    bare_processor: float | None

    @property
    def bare_answers(self) -> float | None:
        """What the call costs in bare answers, by processor time."""
        return self.processor / self.bare_processor if self.processor and self.bare_processor else None


@dataclass
class Measured:
    """The turns of every call on every road, in the order in which they are shown."""

    turns: dict[tuple[str, str], list[Turn]] = field(default_factory=dict)

    def add(self, call: str, road: str, turn: Turn) -> None:
        """Add one turn."""
        self.turns.setdefault((call, road), []).append(turn)

    def rate(self, call: str, road: str) -> float:
        """Return the median rate of a call."""
        return median(turn.outcome.rate for turn in self.turns[call, road])

    def p99(self, call: str, road: str) -> float:
        """Return the median of the rounds' p99, in milliseconds."""
        return median(turn.outcome.latencies_ms["p99"] for turn in self.turns[call, road])

    def bare_answers(self, call: str, road: str) -> float | None:
        """Return what a call costs in bare answers, by processor time."""
        costs = [turn.bare_answers for turn in self.turns[call, road] if turn.bare_answers is not None]
        return median(costs) if costs else None


class Bench:
    """One kind of database under measurement."""

    def __init__(self, portal: Portal, bare_server: Server, bare_url: str, client: LoadClient, pace: Pace) -> None:
        self.portal = portal
        self.kind = portal.databases.kind
        self.pace = pace
        self.measured = Measured()
        self._bare_server = bare_server
        self._bare_url = bare_url
        self._client = client

    def run(self) -> list[Figure]:
        """Measure every round and return the figures."""
        self._warm_up()
        sign_ins: list[tuple[float, float]] = []
        kept_shares: list[float] = []
        for number in range(self.pace.rounds):
            self._round(f"round{number}")
            sign_ins.append((self._sign_ins(ALONE), _password_floor(self.pace.sign_in_seconds)))
            kept_shares.append(self._reads_beside_sign_ins())
        figures.tell(f"{self.kind}: requests a second, beside the bare endpoint of the same rounds", self._rates())
        return [
            *self._targets(),
            Figure(
                name=f"sign-ins, of the raw argon2id rate, {self.kind}",
                value=median(rate / floor for rate, floor in sign_ins) * 100,
                unit="%",
                at_least=85,
                beside={
                    "sign-ins/s": median(rate for rate, _ in sign_ins),
                    "argon2id/s": median(floor for _, floor in sign_ins),
                },
            ),
            Figure(
                name=f"bare reads of identity while sign-ins saturate it, {self.kind}",
                value=median(kept_shares) * 100,
                unit="%",
                at_least=40,
            ),
        ]

    def _warm_up(self) -> None:
        for road in (ALONE, THROUGH_GATEWAY):
            for call, requests in self._calls(road, f"warm{len(road)}", seconds=0.1):
                self._send(call, road, requests(), seconds=0.3)
        self._client.run(self._bare_url, [Request("GET", bare.PATH, {})], connections=CONNECTIONS, seconds=0.5)

    def _round(self, name: str) -> None:
        for road in (ALONE, THROUGH_GATEWAY):
            # Beside each road its own bare endpoint: seconds apart, not minutes.
            bare_outcome, bare_processor = self._timed(
                [self._bare_server],
                partial(
                    self._client.run,
                    self._bare_url,
                    [Request("GET", bare.PATH, {"Accept-Language": "fr"})],
                    connections=CONNECTIONS,
                    seconds=self.pace.seconds,
                ),
            )
            for call, requests in self._calls(road, f"{name}-{len(road)}", seconds=self.pace.seconds):
                outcome, processor = self._send(call, road, requests(), seconds=self.pace.seconds)
                turn = Turn(outcome=outcome, processor=processor, bare=bare_outcome, bare_processor=bare_processor)
                self.measured.add(call, road, turn)

    def _calls(self, road: str, name: str, *, seconds: float) -> Iterator[tuple[str, Callable[[], list[Request]]]]:
        portal = self.portal
        assert portal.large_family is not None
        count = int(MOST_A_SECOND * seconds)
        yield ASK, partial(portal.asks_for_codes, count, road=road, name=name)
        yield VERIFY, partial(portal.verifications, road=road, name=name)
        if road == ALONE:
            yield INTROSPECT, portal.introspections
        yield SESSION, partial(portal.reads, "/api/v1/session", audience="identity", road=road)
        reads_children = partial(portal.reads, "/api/v1/children", audience="enrollment", road=road)
        yield CHILDREN, reads_children
        yield FAMILY, partial(reads_children, parents=[portal.large_family])
        yield ORGANISATIONS, partial(portal.lists_of_organisations, road=road)

    def _send(
        self, call: str, road: str, requests: Sequence[Request], *, seconds: float
    ) -> tuple[Outcome, float | None]:
        part = "enrollment" if call in {CHILDREN, FAMILY, ORGANISATIONS} else "identity"
        passed = [part] if road == ALONE else ["gateway", "identity", part]
        outcome, processor = self._timed(
            [self.portal.servers[name] for name in dict.fromkeys(passed)],
            partial(
                self._client.run,
                self.portal.urls[part if road == ALONE else "gateway"],
                requests,
                connections=CONNECTIONS,
                seconds=seconds,
                repeats=call not in {ASK, VERIFY},
            ),
        )
        return outcome.require(202 if call == ASK else 200), processor

    def _timed(self, servers: Sequence[Server], job: Callable[[], Outcome]) -> tuple[Outcome, float | None]:
        before = [server.processor_seconds() for server in servers]
        outcome = job()
        after = [server.processor_seconds() for server in servers]
        spent = [
            late - early for late, early in zip(after, before, strict=True) if late is not None and early is not None
        ]
        return outcome, sum(spent) / max(outcome.answers, 1) if spent else None

    def _sign_ins(self, road: str) -> float:
        outcome = self._client.run(
            self.portal.urls["identity"],
            self.portal.sign_ins(road=road),
            connections=SIGN_IN_CONNECTIONS,
            seconds=self.pace.sign_in_seconds,
        )
        return outcome.require(201).rate

    def _reads_beside_sign_ins(self) -> float:
        """Return the share of its rate that a read of the same process keeps while sign-ins saturate it."""
        url = self.portal.urls["identity"]
        read = partial(
            self._client.run,
            url,
            self.portal.reads("/api/v1/session", audience="identity", road=ALONE),
            connections=SIGN_IN_CONNECTIONS,
            seconds=self.pace.sign_in_seconds,
        )
        sign_ins = self.portal.sign_ins(road=ALONE)
        with LoadClient() as crowd:
            # Once, so that the crowd is there when the measurement begins.
            crowd.run(url, sign_ins, connections=1, seconds=0.1).require(201)
            undisturbed = read().require(200).rate
            crowd.start(url, sign_ins, connections=CROWD, seconds=self.pace.sign_in_seconds + 0.5)
            beside = read().require(200).rate
            # Some of the crowd may be told to come back (503): that is how the service stays responsive.
            crowd.finish()
        return beside / undisturbed

    def _rates(self) -> list[Figure]:
        return [_rate_figure(f"{call}, {road}", turns) for (call, road), turns in self.measured.turns.items()]

    def _targets(self) -> Iterator[Figure]:
        for (call, road), turns in self.measured.turns.items():
            cost = self.measured.bare_answers(call, road)
            most = MOST_BARE_ANSWERS[self.kind].get(call)
            if road == ALONE and cost is not None and most is not None:
                yield Figure(
                    name=f"{call}, {road}, {self.kind}",
                    value=cost,
                    unit="bare answers",
                    at_most=most,
                    beside={"processor ms": median(turn.processor or 0 for turn in turns) * 1000},
                )
        for call in (ORGANISATIONS, FAMILY):
            yield Figure(
                name=f"{call}, rate through the gateway of the rate alone, {self.kind}",
                value=self.measured.rate(call, THROUGH_GATEWAY) / self.measured.rate(call, ALONE) * 100,
                unit="%",
                at_least=70,
            )
            yield Figure(
                name=f"{call}, p99 through the gateway of the p99 alone, {self.kind}",
                value=self.measured.p99(call, THROUGH_GATEWAY) / self.measured.p99(call, ALONE),
                unit="times",
                at_most=1.3,
            )


def _rate_figure(name: str, turns: Sequence[Turn]) -> Figure:
    beside = {
        "bare/s": median(turn.bare.rate for turn in turns),
        "% of bare": median(turn.outcome.rate / turn.bare.rate for turn in turns) * 100,
        "p50 ms": median(turn.outcome.latencies_ms["p50"] for turn in turns),
        "p99 ms": median(turn.outcome.latencies_ms["p99"] for turn in turns),
    }
    costs = [turn.bare_answers for turn in turns if turn.bare_answers is not None]
    if costs:
        beside["bare answers"] = median(costs)
    return Figure(name=name, value=median(turn.outcome.rate for turn in turns), unit="/s", beside=beside)


def bench_slow_mail(portal: Portal, client: LoadClient, pace: Pace, mail: SmtpServer) -> Figure:
    """Compare asking for a code with nobody mailing the letters and with a mail server that takes a second for each."""

    def ask(name: str) -> Outcome:
        return client.run(
            portal.urls["identity"],
            portal.asks_for_codes(int(MOST_A_SECOND * pace.seconds), road=ALONE, name=name),
            connections=CONNECTIONS,
            seconds=pace.seconds,
            repeats=False,
        ).require(202)

    quiet, mailing = [], []
    for number in range(pace.rounds):
        quiet.append(ask(f"quiet{number}"))
        with portal.server("services.identity", "notify", part="identity"):
            # Mail is under way before the measurement begins.
            mail.wait_for(len(mail.letters) + 1)
            mailing.append(ask(f"mailing{number}"))
    return Figure(
        name=f"ask for a code while mail takes {SLOW_MAIL_S:g} s a letter, of the rate without mail, {portal.databases.kind}",
        value=median(with_mail.rate / without.rate for with_mail, without in zip(mailing, quiet, strict=True)) * 100,
        unit="%",
        at_least=80,
        beside={"p50 ms": median(outcome.latencies_ms["p50"] for outcome in mailing)},
    )


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round on SQLite: tells that it works, no more")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="that one alone")
    options = parser.parse_args()
    pace = BRIEF if options.quick else FULL
    kinds = [options.database] if options.database else ["sqlite"] if options.quick else ["sqlite", "postgresql"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrail-bench-")))
        port = places.free_port()
        bare_url = f"http://127.0.0.1:{port}"
        bare_server = stack.enter_context(
            Server(
                "tests.benchmarks.support.bare",
                "serve",
                own={"BARE_PORT": str(port)},
                log=folder / "bare.log",
                ready_url=f"{bare_url}{bare.PATH}",
            )
        )
        client = stack.enter_context(LoadClient())
        mail = stack.enter_context(SmtpServer(delay_s=SLOW_MAIL_S))
        targets: list[Figure] = []
        for kind in kinds:
            with databases(kind, folder) as found:
                portal = Portal(folder / kind, found, size=pace.size, smtp_url=mail.url)
                with figures.console.status(f"{found.kind}: filling the databases"):
                    portal.prepare()
                with portal:
                    targets += Bench(portal, bare_server, bare_url, client, pace).run()
                    targets.append(bench_slow_mail(portal, client, pace, mail))
        figures.tell("requests: targets", targets)


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[Databases]:
    """Yield two empty databases of a kind, which write to the disk before they answer."""
    if kind == "sqlite":
        yield Databases("SQLite", *(f"sqlite:///{folder / name}.db" for name in ("identity", "enrollment")))
        return
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    with Cluster(find_installation(), settings=durable) as cluster:
        yield Databases("PostgreSQL", cluster.create_database(), cluster.create_database())


def _password_floor(seconds: float) -> float:
    told = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.support.password_floor", str(seconds)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(told.stdout))


if __name__ == "__main__":
    main()
