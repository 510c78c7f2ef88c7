"""`make load`: a week's morning on the running system, for several numbers of pupils, and what it takes.

    python -m tests.load [--pupils 1000 --pupils 10000] [--rows 100000] [--seconds 10]

Gateway, portal, identity and enrollment run as they do in a pod, one process each, on a PostgreSQL that writes to the disk before
it answers. Parents open the portal's first page, sign in, read their session and their children, and look organisations up, in the
shares of `MORNING`. What is told for each number of pupils: answers a second, the processor's time that a call costs each part,
the memory of each process under load, and the databases' size. `--rows` fills the databases alone, and loads nothing.
docs/operate.md has the table that follows from these, and the rule.
"""

import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import click
import psycopg
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from one_machine import places
from tests.benchmarks.bench_requests import databases
from tests.benchmarks.support import figures
from tests.benchmarks.support.figures import Figure
from tests.benchmarks.support.load import LoadClient, Outcome, Request, WrongAnswers
from tests.benchmarks.support.portal import THROUGH_GATEWAY, Portal, Size
from tests.benchmarks.support.servers import Server

CONNECTIONS: Final = 8
# Of a hundred requests of a morning: half of the parents are still signed in, and everybody reads.
MORNING: Final = {"sign in": 8, "first page": 12, "session": 30, "children": 40, "organisations": 10}
PARENTS: Final = 50


def requests_of(portal: Portal) -> dict[str, list[Request]]:
    """Return each kind of request of a morning, through the gateway."""
    road = THROUGH_GATEWAY
    return {
        "sign in": portal.sign_ins(road=road),
        "first page": [
            Request("GET", "/", {"Accept": "text/html", "X-Forwarded-For": f"198.18.9.{n}"}) for n in range(50)
        ],
        "session": portal.reads("/api/v1/session", audience="identity", road=road),
        "children": portal.reads("/api/v1/children", audience="enrollment", road=road),
        "organisations": portal.lists_of_organisations(road=road),
    }


def mixed(kinds: dict[str, list[Request]]) -> list[Request]:
    """Return a hundred requests in which each kind has its share, spread out evenly."""
    placed = sorted(
        ((number + 0.5) / share, kind, number) for kind, share in MORNING.items() for number in range(share)
    )
    return [kinds[kind][number % len(kinds[kind])] for _, kind, number in placed]


def require(outcome: Outcome) -> Outcome:
    """Return an outcome in which everything was answered as it should be.

    Raises:
        WrongAnswers: something was refused or lost.
    """
    if outcome.failures or set(outcome.statuses) - {200, 201}:
        raise WrongAnswers(f"got {outcome.statuses} and {outcome.failures} broken connections")
    return outcome


@contextmanager
def running(portal: Portal) -> Iterator[dict[str, Server]]:
    """Start the portal's pages beside the other parts; yield all servers."""
    port = places.free_port()
    gateway = portal.environments["gateway"]
    gateway |= {
        "GATEWAY_PORTAL_URL": f"http://127.0.0.1:{port}",
        "GATEWAY_PASSPORT_KEYS_PORTAL": secrets.token_urlsafe(48),
    }
    own = {
        "PUBLIC_URL": gateway["PUBLIC_URL"],
        "PORTAL_PORT": str(port),
        "PORTAL_API_URL": portal.urls["gateway"],
        "PORTAL_COOKIE_KEYS": secrets.token_urlsafe(48),
    }
    pages = Server(
        "portal", "serve", own=own, log=portal.folder / "portal.log", ready_url=f"http://127.0.0.1:{port}/readyz"
    )
    with pages, portal:
        yield {"portal": pages, **portal.servers}


def size_mib(url: str) -> float:
    """Return how large a database is."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0]) / 2**20


def fill(folder: Path, stack: ExitStack, *, pupils: int, parents: int) -> tuple[Portal, list[Figure]]:
    """Return a portal with so many pupils, as many accounts, and how large its databases are."""
    found = stack.enter_context(databases("postgresql", folder))
    portal = Portal(folder, found, size=Size(students=pupils, parents=parents, others=pupils))
    empty = [size_mib(url) for url in (found.identity, found.enrollment)]
    portal.prepare()
    full = [size_mib(url) for url in (found.identity, found.enrollment)]
    return portal, [
        Figure(
            name=f"database of {name}",
            value=after,
            unit="MiB",
            beside={"MiB for 1,000 pupils": (after - before) / pupils * 1000},
        )
        for name, before, after in zip(("identity", "enrollment"), empty, full, strict=True)
    ]


def cost(
    servers: dict[str, Server], client: LoadClient, portal: Portal, requests: Sequence[Request], seconds: float
) -> tuple[Outcome, dict[str, float]]:
    """Return what came of a load, and the milliseconds of processor time that an answer costs each part."""

    def spent() -> dict[str, float]:
        return {name: server.processor_seconds() or 0.0 for name, server in servers.items()}

    before = spent()
    outcome = require(client.run(portal.urls["gateway"], requests, connections=CONNECTIONS, seconds=seconds))
    after = spent()
    return outcome, {name: (after[name] - before[name]) / outcome.answers * 1000 for name in servers}


def morning(portal: Portal, client: LoadClient, *, seconds: float) -> list[Figure]:
    """Return what a morning takes: all together, and each kind of request by itself."""
    with running(portal) as servers:
        kinds = requests_of(portal)
        cost(servers, client, portal, mixed(kinds), 1.0)
        outcome, spent = cost(servers, client, portal, mixed(kinds), seconds)
        found = [_figure("a morning's mix", outcome, spent)]
        for kind, requests in kinds.items():
            outcome, spent = cost(servers, client, portal, requests, seconds / 4)
            found.append(_figure(kind, outcome, spent))
        return found + [
            Figure(name=f"memory of {name} under load", value=server.memory_mib(), unit="MiB")
            for name, server in servers.items()
        ]


def _figure(name: str, outcome: Outcome, spent: dict[str, float]) -> Figure:
    beside = {"p50 ms": outcome.latencies_ms["p50"], "p99 ms": outcome.latencies_ms["p99"]}
    beside["CPU ms"] = sum(spent.values())
    return Figure(
        name=name, value=outcome.rate, unit="/s", beside=beside | {f"{part} ms": each for part, each in spent.items()}
    )


@click.command(help="Measure what a morning of so many pupils takes.")
@click.option("--pupils", type=int, multiple=True, help="Load the system with so many pupils (1,000 and 10,000).")
@click.option("--rows", type=int, multiple=True, help="Fill the databases with so many pupils, and load nothing.")
@click.option("--seconds", type=float, default=10.0, show_default=True, help="How long each morning is.")
def main(pupils: Sequence[int], rows: Sequence[int], seconds: float) -> None:
    """Measure each number of pupils in turn."""
    wanted = pupils or (() if rows else (1000, 10_000))
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with LoadClient() as client, Progress(*columns, console=figures.console) as progress:
        for number in (*wanted, *rows):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrail-load-")))
                task = progress.add_task(f"{number:,} pupils: filling the databases", total=None)
                portal, found = fill(
                    folder / "portal", stack, pupils=number, parents=PARENTS if number in wanted else 1
                )
                if number in wanted:
                    progress.update(task, description=f"{number:,} pupils: a morning")
                    found += morning(portal, client, seconds=seconds)
                progress.update(task, description=f"{number:,} pupils", total=1, completed=1)
            figures.tell(f"{number:,} pupils", found)


if __name__ == "__main__":
    main(prog_name="python -m tests.load")
