"""What downloading documents does: `python -m tests.benchmarks.bench_documents [--quick] [--store …]`.

One document of a mebibyte, read by 1, 32 and 256 readers at once, from records' own server and through the gateway, taking turns:
how much a second, how long one takes, and the memory of both while they do. Then 256 readers who have asked and read nothing: what
the gateway holds for them, and how long anybody else waits meanwhile. The documents lie in a folder, or in a store that speaks S3
(a test server: its own speed is the bound then, and only the memory tells something).
"""

import argparse
import asyncio
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Final, Self

from one_machine import places
from services.records.context import Context
from services.records.operations.documents import storing
from services.records.rules import kinds
from shared.passports import HEADER, Passport, PassportOffice
from tests.benchmarks import bench_gateway
from tests.benchmarks.support import figures
from tests.benchmarks.support.figures import Figure
from tests.benchmarks.support.load import LoadClient, Outcome, Request
from tests.benchmarks.support.servers import Server
from tests.support import entries, records
from tests.support.clock import FakeClock
from tests.support.objects import CREDENTIALS, S3Server
from tests.support.records import Enrollment, make_settings

QUICK = ("--quick",)

MEBIBYTE: Final = 1024 * 1024
SIZE: Final = MEBIBYTE
READERS: Final = (1, 32, 256)
DIRECT: Final = "from its own server"
THROUGH: Final = "through the gateway"
# What readers may add to the memory of a part, however many and however slow they are.
MOST_OF_GATEWAY_MIB: Final = 64.0
MOST_OF_SERVICE_MIB: Final = 32.0


class Watched:
    """A server whose memory is looked at while something happens; a context manager."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._done = threading.Event()
        self.peak_mib = 0.0

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.1):
            self.peak_mib = max(self.peak_mib, self._server.memory_mib())


_PARENT: Final = Passport(
    account_id=bench_gateway.ACCOUNT, email="p@exemple.ca", session_id="s", roles=("parent",), address="198.18.0.1"
)


@dataclass(frozen=True, kw_only=True)
class System:
    """What is measured: two servers, where they are reached, and the document."""

    gateway: Server
    service: Server
    # By the way that it is read.
    urls: dict[str, str]
    path: str
    office: PassportOffice

    def request(self, way: str) -> Request:
        """Return the request for the document; a passport is good for seconds."""
        return Request("GET", self.path, {HEADER: self.office.sign(_PARENT)} if way == DIRECT else bench_gateway.BEARER)


@contextmanager
def running(folder: Path, *, documents_url: str, credentials: dict[str, str]) -> Iterator[System]:
    """Start records and the gateway on a database with one document; yield them."""
    url = f"sqlite:///{folder / 'records.db'}"
    ports = {name: places.free_port() for name in ("gateway", "records", "stand-in")}
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    settings = make_settings(url, documents_url=documents_url, **credentials)
    path = _fill(Context.open(settings, clock=FakeClock()))
    stand_in = Server(
        "tests.benchmarks.bench_gateway",
        f"--stand-in={ports['stand-in']}",
        own={},
        log=folder / "stand-in.log",
        ready_url=f"{at['stand-in']}/api/v1/children",
    )
    service = Server(
        "services.records",
        "serve",
        own={
            "RECORDS_DATABASE_URL": url,
            "RECORDS_BROKER_URL": f"embedded:///{folder / 'log.db'}",
            "RECORDS_DOCUMENTS_URL": documents_url,
            **{f"RECORDS_{name.upper()}": value for name, value in credentials.items()},
            "RECORDS_SMTP_URL": "smtp://127.0.0.1:1",
            "RECORDS_PORT": str(ports["records"]),
            "RECORDS_LOGS_AS_JSON": "1",
            "PUBLIC_URL": settings.public_url,
            **{
                f"RECORDS_{name.upper()}": ",".join(getattr(settings, name))
                for name in ("passport_keys", "seal_keys", "pseudonym_keys", "signing_keys")
            },
        },
        log=folder / "records.log",
        ready_url=f"{at['records']}/readyz",
    )
    gateway = Server(
        "gateway",
        "serve",
        own={
            **bench_gateway.KEYS,
            "GATEWAY_PASSPORT_KEYS_RECORDS": settings.passport_keys[-1],
            "GATEWAY_IDENTITY_URL": at["stand-in"],
            "GATEWAY_RECORDS_URL": at["records"],
            "GATEWAY_PORT": str(ports["gateway"]),
            "PUBLIC_URL": at["gateway"],
            "GATEWAY_WIDE_NETWORKS": "",
            "GATEWAY_REQUESTS_PER_MINUTE": "100000000",
            # Everybody here is one person.
            "GATEWAY_CONCURRENT_DOWNLOADS": "512",
            "GATEWAY_DOWNLOADS_EACH": "512",
            "GATEWAY_CONCURRENT_REQUESTS": "512",
        },
        log=folder / "gateway.log",
        ready_url=f"{at['gateway']}/livez",
    )
    with stand_in, service, gateway:
        yield System(
            gateway=gateway,
            service=service,
            urls={DIRECT: at["records"], THROUGH: at["gateway"]},
            path=path,
            office=PassportOffice("records", settings.passport_keys),
        )


def _fill(ctx: Context) -> str:
    """Make a child with one document, and return the path of it."""
    records.migrate(ctx.settings.database_url)
    told = Enrollment(ctx)
    organisation_id = told.make_organisation()
    child = told.make_child(organisation_id, student_source_id="eleve-1")
    told.link(child, account_id=bench_gateway.ACCOUNT)
    kept = storing.keep(ctx, organisation_id=organisation_id, content=os.urandom(SIZE))
    card = entries.stand(
        ctx,
        kinds.REPORT_CARD,
        organisation_id=organisation_id,
        document_digest=kept.digest,
        document_size=kept.size,
    )
    ctx.db.close()
    return f"/api/v1/children/{child.id}/report-cards/{card}/document"


def read_by_many(system: System, *, rounds: int, seconds: float) -> Iterator[Figure]:
    """Yield how much is read a second by so many readers, and what that adds to the memory of both parts."""
    found: dict[tuple[int, str], list[tuple[Outcome, float, float]]] = {}
    idle = {"gateway": system.gateway.memory_mib(), "service": system.service.memory_mib()}
    with LoadClient() as client:
        for readers in READERS:
            for _ in range(rounds):
                for way, url in system.urls.items():
                    request = system.request(way)
                    with Watched(system.gateway) as gateway, Watched(system.service) as service:
                        outcome = client.run(url, [request], connections=readers, seconds=seconds).require(200)
                    found.setdefault((readers, way), []).append((outcome, gateway.peak_mib, service.peak_mib))
    for (readers, way), each in found.items():
        yield Figure(
            name=f"{readers} readers, {way}" if readers > 1 else f"1 reader, {way}",
            value=median(outcome.rate * SIZE / MEBIBYTE for outcome, _, _ in each),
            unit="MiB/s",
            beside={
                "p50 ms": median(outcome.latencies_ms["p50"] for outcome, _, _ in each),
                "p99 ms": median(outcome.latencies_ms["p99"] for outcome, _, _ in each),
                "MiB of the service": max(service for _, _, service in each),
                **({"MiB of the gateway": max(gateway for _, gateway, _ in each)} if way == THROUGH else {}),
            },
        )
    everything = [each for every in found.values() for each in every]
    for part, most, peak in (
        ("gateway", MOST_OF_GATEWAY_MIB, max(gateway for _, gateway, _ in everything)),
        ("service", MOST_OF_SERVICE_MIB, max(service for _, _, service in everything)),
    ):
        yield Figure(
            name=f"what up to {READERS[-1]} readers add to the memory of the {part}",
            value=peak - idle[part],
            unit="MiB",
            at_most=most,
            beside={"MiB before": idle[part]},
        )


def held_by_many(system: System) -> Iterator[Figure]:
    """Yield what the gateway holds for readers who do not read, and how long anybody else waits meanwhile."""
    url, request = system.urls[THROUGH], system.request(THROUGH)
    host, _, port = url.removeprefix("http://").partition(":")
    head = f"GET {request.path} HTTP/1.1\r\nHost: x\r\nAuthorization: {request.headers['Authorization']}\r\n\r\n"
    listed = Request("GET", request.path.rsplit("/", 2)[0], request.headers)

    async def hold() -> tuple[float, Outcome]:
        held = [await asyncio.open_connection(host, int(port), limit=1024) for _ in range(READERS[-1])]
        for _, writer in held:
            writer.write(head.encode())
        for reader, _ in held:
            assert b" 200 " in await reader.readline()
        memory = await asyncio.to_thread(system.gateway.memory_mib)
        with LoadClient() as client:
            asked = partial(client.run, url, [listed], connections=1, seconds=2.0)
            waited = await asyncio.to_thread(asked)
        for _, writer in held:
            writer.transport.abort()
        return memory, waited.require(200)

    before = system.gateway.memory_mib()
    memory, waited = asyncio.run(hold())
    yield Figure(
        name=f"what {READERS[-1]} readers who do not read add to the memory of the gateway",
        value=memory - before,
        unit="MiB",
        at_most=MOST_OF_GATEWAY_MIB,
        beside={"MiB before": before, "p50 ms of a list meanwhile": waited.latencies_ms["p50"]},
    )


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round, from a folder")
    parser.add_argument("--store", choices=("folder", "S3"), help="that one alone")
    options = parser.parse_args()
    rounds, seconds = (1, 0.5) if options.quick else (3, 2.0)
    of = [options.store] if options.store else ["folder"] if options.quick else ["folder", "S3"]
    for kind in of:
        with tempfile.TemporaryDirectory(prefix="vitrail-documents-") as named, ExitStack() as opened:
            folder = Path(named)
            url, credentials = f"file://{folder / 'documents'}", {}
            if kind == "S3":
                url = opened.enter_context(S3Server()).new_bucket()
                credentials = {f"documents_{name}": value for name, value in CREDENTIALS.items()}
            with figures.console.status(f"{kind}: measuring"):
                system = opened.enter_context(running(folder, documents_url=url, credentials=credentials))
                told = [*held_by_many(system), *read_by_many(system, rounds=rounds, seconds=seconds)]
        figures.tell(f"documents of {SIZE // 1024} KiB, kept in {'a folder' if kind == 'folder' else kind}", told)


if __name__ == "__main__":
    main()
