"""What a list of twenty costs, and what the gateway adds: `python -m tests.benchmarks.bench_lists [--quick] [--database …]`.

* instructions of records' lists within one process, without server and network, beside the bare Flask endpoint, counted by
  valgrind (Debian: apt install valgrind; without it that part is skipped);
* the same list from records' own server and through the gateway, taking turns within each round beside the bare endpoint:
  answers a second, and the processor time of each part.

A child with twenty entries of each kind among 20,000 of other students; both databases write to the disk before they answer.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import insert, select

from one_machine import places
from services.records.app import create_app
from services.records.context import Context
from services.records.models import Entry
from services.records.rules import kinds
from shared import ids
from shared.passports import HEADER, Passport, PassportOffice
from tests.benchmarks import bench_gateway
from tests.benchmarks.bench_instructions import counted
from tests.benchmarks.support import bare, figures, in_process, instruction_counter
from tests.benchmarks.support.figures import Figure
from tests.benchmarks.support.load import LoadClient, Request
from tests.benchmarks.support.servers import Server
from tests.support import entries, records
from tests.support.clock import FakeClock
from tests.support.postgres import Cluster, find_installation
from tests.support.records import Enrollment, make_settings

QUICK = ("--quick",)

CONNECTIONS: Final = 8
WARMING: Final = 10
TWENTY: Final = 20
OTHERS: Final = 20_000
# performance.md, "Targets": a list of twenty, and what the gateway puts on top.
MOST_FOR_A_LIST: Final = 4.5
MOST_ON_TOP: Final = 0.25
LEAST_OF_DIRECT: Final = 0.7
PUBLIC_URL: Final = "https://portail.exemple.ca"

BARE: Final = "bare Flask JSON answer"
RESULTS: Final = "list 20 results"
BOTH_LANGUAGES: Final = "list 20 assignments in two languages"
STATEMENTS: Final = "list 20 statements with how to pay"
MESSAGES: Final = "list 20 messages with what is read"
TILES: Final = "tiles"
PATHS: Final = {
    RESULTS: "results",
    BOTH_LANGUAGES: "assignments",
    STATEMENTS: "statements",
    MESSAGES: "messages",
    TILES: "tiles",
}


def fill(url: str) -> str:
    """Make the child of the benchmark, with twenty entries of each kind among those of others; return its id."""
    records.migrate(url)
    ctx = Context.open(make_settings(url), clock=FakeClock())
    told = Enrollment(ctx)
    organisation_id = told.make_organisation()
    child = told.make_child(organisation_id, student_source_id="eleve-1")
    told.link(child, account_id=bench_gateway.ACCOUNT)
    both = {"subject": {"fr": "Mathématique", "en": "Mathematics"}, "title": {"fr": "Exposé", "en": "Presentation"}}
    for number in range(TWENTY):
        for kind in (kinds.RESULT, kinds.STATEMENT, kinds.MESSAGE):
            signature = "e" * 400 if kind != kinds.MESSAGE else None
            entries.stand(ctx, kind, organisation_id=organisation_id, signature=signature)
        entries.stand(ctx, kinds.ASSIGNMENT, organisation_id=organisation_id, due_on=f"2026-02-{number + 1:02}", **both)
    table: Any = Entry.__table__
    with ctx.db.transaction() as session:
        row = dict(session.execute(select(table).where(table.c.kind == kinds.RESULT).limit(1)).mappings().one())
        session.execute(insert(table), [{**row, **_of_another(number)} for number in range(OTHERS)])
    ctx.db.close()
    return child.id


def _of_another(number: int) -> dict[str, str]:
    return {
        "id": ids.new(),
        "source_id": f"result-d-autrui-{number}",
        "audience": f"student:eleve-d-autrui-{number // TWENTY}",
    }


# Instructions, within one process


def count(url: str, child_id: str, calls: int) -> None:
    """Count each list under valgrind; print what `bench_instructions.counted` reads."""
    settings = make_settings(url)
    app = create_app(settings, clock=FakeClock())
    bare_app = bare.create_app()
    found = instruction_counter.begin()
    for name in (BARE, *PATHS):

        def requests(times: int, name: str = name) -> list[Request]:
            if name == BARE:
                return [Request("GET", bare.PATH, {})] * times
            # Signed when it is asked with: valgrind is slow, and a passport is good for seconds.
            signed = PassportOffice("records", settings.passport_keys).sign(_parent())
            headers = {HEADER: signed, "X-Request-Id": "019a8f3e-6b1c-7d20-9a55-0c1f2e3d4b5a"}
            return [Request("GET", f"/api/v1/children/{child_id}/{PATHS[name]}", headers)] * times

        answering = bare_app if name == BARE else app
        in_process.call_all(answering, requests(WARMING), status=200)
        # One more, uncounted: the passport that was signed last is known to the service, as a browser's is.
        counted_requests = requests(calls + 1)
        in_process.call_all(answering, counted_requests[:1], status=200)
        instruction_counter.count(partial(in_process.call_all, answering, counted_requests[1:], status=200))
        found.append((name, calls))
    sys.stdout.write(json.dumps(found) + "\n")


def instructions(url: str, child_id: str, *, kind: str, calls: int, folder: Path) -> Iterator[Figure]:
    """Yield what each list costs beside the bare answer."""
    words = (f"--count={url}", f"--child={child_id}", f"--calls={calls}")
    found = counted("tests.benchmarks.bench_lists", *words, output=folder / "counted")
    for name, each in found.items():
        if name != BARE:
            yield Figure(
                name=f"{name}, {kind}",
                value=each / found[BARE],
                unit="bare",
                at_most=MOST_FOR_A_LIST,
                beside={"k instructions": each / 1000, "k of the bare answer": found[BARE] / 1000},
            )


# Direct, and through the gateway


def served(url: str, child_id: str, *, kind: str, rounds: int, seconds: float, folder: Path) -> Iterator[Figure]:
    """Yield what the list of results does from its own server, and through the gateway."""
    settings = make_settings(url)
    direct = Request(
        "GET",
        f"/api/v1/children/{child_id}/results",
        {HEADER: PassportOffice("records", settings.passport_keys).sign(_parent())},
    )
    fronted = Request("GET", direct.path, bench_gateway.BEARER)
    plain = Request("GET", bare.PATH, {})
    told: dict[str, list[tuple[float, float, float]]] = {"bare": [], "direct": [], "through": []}
    with _system(url, folder) as (front, behind, yardstick), LoadClient() as client:
        addresses = {"bare": (yardstick, plain), "direct": (behind, direct), "through": (front, fronted)}
        for door, request in addresses.values():
            client.run(door.url, [request], connections=CONNECTIONS, seconds=0.5).require(200)
        for _ in range(rounds):
            for name, (door, request) in addresses.items():
                before = (front.spent(), behind.spent(), yardstick.spent())
                outcome = client.run(door.url, [request], connections=CONNECTIONS, seconds=seconds).require(200)
                after = (front.spent(), behind.spent(), yardstick.spent())
                gateway, service, bare_ = ((b - a) / outcome.answers * 1e6 for a, b in zip(before, after, strict=True))
                told[name].append((outcome.rate, service + bare_, gateway))
    rate = {name: median(each[0] for each in found) for name, found in told.items()}
    service = {name: median(each[1] for each in found) for name, found in told.items()}
    gateway = median(each[2] for each in told["through"])
    yield Figure(
        name=f"{RESULTS}, from its own server, {kind}",
        value=service["direct"] / service["bare"],
        unit="bare",
        at_most=MOST_FOR_A_LIST,
        beside={"requests/s": rate["direct"], "bare requests/s": rate["bare"], "µs": service["direct"]},
    )
    yield Figure(
        name=f"the gateway on top of it, {kind}",
        value=gateway / service["direct"],
        unit="of its processor time",
        at_most=MOST_ON_TOP,
        beside={"µs of the gateway": gateway, "µs of the service": service["through"]},
    )
    yield Figure(
        name=f"{RESULTS}, through the gateway, {kind}",
        value=rate["through"] / rate["direct"],
        unit="of its rate",
        at_least=LEAST_OF_DIRECT,
        beside={"requests/s": rate["through"]},
    )


class Door:
    """A running server: where it is reached, and the processor time that it has spent."""

    def __init__(self, server: Server, url: str) -> None:
        self._server = server
        self.url = url

    def spent(self) -> float:
        """Return the seconds so far."""
        return self._server.processor_seconds() or 0.0


@contextmanager
def _system(url: str, folder: Path) -> Iterator[tuple[Door, Door, Door]]:
    """Start records, the gateway, a stand-in for identity, and the bare endpoint; yield the doors that are measured."""
    ports = {name: places.free_port() for name in ("gateway", "records", "bare", "stand-in")}
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    settings = make_settings(url)
    own = {
        "RECORDS_DATABASE_URL": url,
        "RECORDS_BROKER_URL": f"embedded:///{folder / 'log.db'}",
        "RECORDS_DOCUMENTS_URL": f"file://{folder / 'documents'}",
        "RECORDS_SMTP_URL": "smtp://127.0.0.1:1",
        "RECORDS_PORT": str(ports["records"]),
        "PUBLIC_URL": PUBLIC_URL,
        "RECORDS_LOGS_AS_JSON": "1",
        **{
            f"RECORDS_{name.upper()}": ",".join(getattr(settings, name))
            for name in ("passport_keys", "seal_keys", "pseudonym_keys", "signing_keys")
        },
    }
    door = {
        **bench_gateway.KEYS,
        "GATEWAY_PASSPORT_KEYS_RECORDS": settings.passport_keys[-1],
        "GATEWAY_IDENTITY_URL": at["stand-in"],
        "GATEWAY_RECORDS_URL": at["records"],
        "GATEWAY_PORT": str(ports["gateway"]),
        "PUBLIC_URL": at["gateway"],
        # Counted as in production, and never reached.
        "GATEWAY_WIDE_NETWORKS": "",
        "GATEWAY_REQUESTS_PER_MINUTE": "100000000",
    }
    stand_in = Server(
        "tests.benchmarks.bench_gateway",
        f"--stand-in={ports['stand-in']}",
        own={},
        log=folder / "stand-in.log",
        ready_url=f"{at['stand-in']}/api/v1/children",
    )
    service = Server(
        "services.records", "serve", own=own, log=folder / "records.log", ready_url=f"{at['records']}/readyz"
    )
    gateway = Server("gateway", "serve", own=door, log=folder / "gateway.log", ready_url=f"{at['gateway']}/livez")
    yardstick = Server(
        "tests.benchmarks.support.bare",
        "serve",
        own={"BARE_PORT": str(ports["bare"])},
        log=folder / "bare.log",
        ready_url=f"{at['bare']}{bare.PATH}",
    )
    with stand_in, service, gateway, yardstick:
        yield Door(gateway, at["gateway"]), Door(service, at["records"]), Door(yardstick, at["bare"])


def _parent() -> Passport:
    return Passport(
        account_id=bench_gateway.ACCOUNT, email="p@exemple.ca", session_id="s", roles=("parent",), address="198.18.0.1"
    )


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "SQLite":
        yield f"sqlite:///{folder / 'records.db'}"
        return
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    with Cluster(find_installation(), settings=durable) as cluster:
        yield cluster.create_database()


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few calls, on SQLite alone")
    parser.add_argument("--database", choices=("SQLite", "PostgreSQL"), help="that one alone")
    parser.add_argument("--part", choices=("instructions", "served"), help="that part alone")
    parser.add_argument("--count", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--calls", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.count:
        count(options.count, options.child, options.calls)
        return
    rounds, seconds, calls = (1, 0.5, 5) if options.quick else (5, 1.5, 30)
    of = [options.database] if options.database else ["SQLite"] if options.quick else ["SQLite", "PostgreSQL"]
    for kind in of:
        with tempfile.TemporaryDirectory(prefix="vitrail-lists-") as named, _database(kind, Path(named)) as url:
            told: list[Figure] = []
            with figures.console.status(f"{kind}: filling the database, then counting"):
                folder = Path(named)
                child_id = fill(url)
                if options.part != "served" and shutil.which("callgrind_control"):
                    told += instructions(url, child_id, kind=kind, calls=calls, folder=folder)
                if options.part != "instructions":
                    told += served(url, child_id, kind=kind, rounds=rounds, seconds=seconds, folder=folder)
        figures.tell(f"{kind}: lists of what the school publishes", told)


if __name__ == "__main__":
    main()
