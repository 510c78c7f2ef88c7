"""What the gateway itself costs: `python -m tests.benchmarks.bench_gateway [--quick]`.

A stand-in answers for both services at once, with a list of twenty, so that what is measured is the gateway alone. The
calls take turns within each round; a figure is the median of its rounds. Processor time is the gateway
process's own, which other programs on the machine disturb less than a rate. (What a parent's call loses on its way
through the gateway to the real services is measured by `bench_requests`.)
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import uvloop
from aiohttp import web

from one_machine import places
from tests.benchmarks.support import figures, servers
from tests.benchmarks.support.figures import Figure
from tests.benchmarks.support.load import LoadClient, Outcome, Request, json_request

QUICK = ("--quick",)
CONNECTIONS = 16
ACCOUNT = "01980a51-9b7a-7f02-a2f4-0b7d55c1e9aa"
TOKEN = "a-session-token-of-forty-three-characters-x"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
KEYS = {
    "GATEWAY_PASSPORT_KEYS_IDENTITY": "identity-passport-key-of-the-benchmark",
    "GATEWAY_PASSPORT_KEYS_ENROLLMENT": "enrollment-passport-key-of-the-benchmk",
    "GATEWAY_PASSPORT_KEYS_ATTENDANCE": "attendance-passport-key-of-the-benchmk",
    "GATEWAY_PASSPORT_KEYS_RECORDS": "records-passport-key-of-the-benchmark",
}
# performance.md, "Targets".
MOST_PSS_MIB = 50.0
MOST_GROWTH_MIB = 2.0

READ = "a signed-in read"
STRANGER = "a stranger's read"
WRITE = "a signed-in write, its session asked anew"
REFUSED = "an unknown path, refused"
CALLS: dict[str, tuple[Request, int]] = {
    STRANGER: (Request("GET", "/api/v1/organisations", {}), 200),
    READ: (Request("GET", "/api/v1/children", BEARER), 200),
    WRITE: (json_request("/api/v1/claims", {"identifier": "1234567"}, BEARER), 200),
    REFUSED: (Request("GET", "/nowhere", {}), 404),
}


def serve_stand_in(port: int) -> None:
    """Answer for identity and enrollment: introspections, and a list of twenty for everything else."""
    child = {"id": "0" * 36, "first_name": "Émile", "last_name": "Tremblay", "grade": "4", "level": "primary"}
    listed = json.dumps([child] * 20).encode()
    session = json.dumps(
        {
            "session_id": "s1",
            "account_id": ACCOUNT,
            "email": "parent@example.ca",
            "roles": ["parent"],
            "csrf_token": "c1",
            "expires_at": "2099-01-01T00:00:00+00:00",
        }
    ).encode()

    async def answer(request: web.BaseRequest) -> web.Response:
        await request.read()
        body = session if request.path.startswith("/internal/") else listed
        return web.Response(body=body, content_type="application/json")

    async def run() -> None:
        runner = web.ServerRunner(web.Server(answer, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        await asyncio.Event().wait()

    uvloop.run(run())


@contextmanager
def running() -> Iterator[tuple[servers.Server, str]]:
    """Start the stand-in and the gateway; yield the gateway's process and its address."""
    with tempfile.TemporaryDirectory(prefix="vitrail-gateway-") as named, ExitStack() as opened:
        folder = Path(named)
        behind, front = places.free_port(), places.free_port()
        stand_in, door = f"http://127.0.0.1:{behind}", f"http://127.0.0.1:{front}"
        opened.enter_context(
            servers.Server(
                "tests.benchmarks.bench_gateway",
                f"--stand-in={behind}",
                own={},
                log=folder / "stand-in.log",
                ready_url=f"{stand_in}/api/v1/children",
            )
        )
        gateway = servers.Server(
            "gateway",
            "serve",
            own={
                **KEYS,
                "GATEWAY_PORT": str(front),
                "PUBLIC_URL": door,
                "GATEWAY_IDENTITY_URL": stand_in,
                "GATEWAY_ENROLLMENT_URL": stand_in,
                # Counted as in production, and never reached.
                "GATEWAY_WIDE_NETWORKS": "",
                "GATEWAY_REQUESTS_PER_MINUTE": "100000000",
            },
            log=folder / "gateway.log",
            ready_url=f"{door}/readyz",
        )
        yield opened.enter_context(gateway), door


def measure(
    gateway: servers.Server, door: str, *, rounds: int, seconds: float
) -> dict[str, list[tuple[Outcome, float]]]:
    """Return, for each call and each round, what came of it and the microseconds of processor time that one took."""
    found: dict[str, list[tuple[Outcome, float]]] = {call: [] for call in CALLS}
    with LoadClient() as client:
        for request, status in CALLS.values():
            client.run(door, [request], connections=CONNECTIONS, seconds=0.3).require(status)
        for _ in range(rounds):
            for call, (request, status) in CALLS.items():
                before = gateway.processor_seconds() or 0.0
                outcome = client.run(door, [request], connections=CONNECTIONS, seconds=seconds).require(status)
                spent = (gateway.processor_seconds() or 0.0) - before
                found[call].append((outcome, spent / outcome.answers * 1e6))
    return found


def growth(gateway: servers.Server, door: str, *, requests: int) -> tuple[float, float]:
    """Return the gateway's memory in MiB before and after a number of requests."""
    kinds = [request for request, _ in CALLS.values()]
    with LoadClient() as client:
        client.run(door, kinds * 500, connections=CONNECTIONS, seconds=120, repeats=False)
        before = gateway.memory_mib()
        client.run(door, kinds * (requests // len(kinds)), connections=CONNECTIONS, seconds=600, repeats=False)
    return before, gateway.memory_mib()


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few and short rounds")
    parser.add_argument("--stand-in", type=int, metavar="PORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stand_in:
        serve_stand_in(options.stand_in)
        return
    rounds, seconds, requests = (2, 0.5, 4_000) if options.quick else (7, 2.0, 100_000)
    with running() as (gateway, door), figures.console.status("the gateway: measuring"):
        measured = measure(gateway, door, rounds=rounds, seconds=seconds)
        before, after = growth(gateway, door, requests=requests)
    told = [
        Figure(
            name=f"{call}, processor time of the gateway",
            value=median(spent for _, spent in rounds_of),
            unit="µs",
            beside={
                "requests/s": median(outcome.rate for outcome, _ in rounds_of),
                "p99 ms": median(outcome.latencies_ms["p99"] for outcome, _ in rounds_of),
            },
        )
        for call, rounds_of in measured.items()
    ]
    told += [
        Figure(name="memory of the gateway", value=after, unit="MiB", at_most=MOST_PSS_MIB),
        Figure(
            name=f"growth of it over {requests:,} requests", value=after - before, unit="MiB", at_most=MOST_GROWTH_MIB
        ),
    ]
    figures.tell("the gateway alone", told)


if __name__ == "__main__":
    sys.exit(main())
