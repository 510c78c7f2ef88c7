"""`/metrics` for Prometheus, on a port of its own that neither the gateway nor the internet sees (GWY-7).

Beside it stand `/livez` (the process alone) and `/readyz`: a worker has no other port that a platform could ask.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector as RegistryCollector

from shared import logs
from shared.metrics.telling import Collector

log = logs.get(__name__)

REFRESH_EVERY_S: Final = 5.0


class PortTaken(Exception):
    """Nothing can listen at this address; the text says where and why."""


class _Adapter(RegistryCollector):
    """Gives our collectors to the library, each metric with the labels of the whole process."""

    def __init__(self, collectors: Sequence[Collector], *, labels: dict[str, str]) -> None:
        self._collectors = collectors
        self._labels = labels

    def collect(self) -> Iterator[Metric]:
        for collector in self._collectors:
            for metric in collector.collect():
                metric.samples = [sample._replace(labels=self._labels | sample.labels) for sample in metric.samples]
                yield metric

    def describe(self) -> Sequence[Metric]:
        # Registering must not ask: names are ours, and do not clash.
        return []


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: scrapes and probes come every few seconds."""


@contextmanager
def served(
    collectors: Sequence[Collector],
    *,
    service: str,
    host: str,
    port: int,
    refresh_every_s: float = REFRESH_EVERY_S,
    is_ready: Callable[[], bool] = lambda: True,
) -> Iterator[int]:
    """Serve these collectors during the block; yield the port (a free one when 0 was asked for).

    `is_ready` is what `/readyz` asks; whatever it raises is a no.

    Raises:
        PortTaken: the address cannot be listened at.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Adapter(collectors, labels={"service": service}))
    ProcessCollector(registry=registry)
    try:
        server = make_server(host, port, _paths(registry, is_ready), server_class=_Server, handler_class=_Handler)
    except OSError as fault:
        raise PortTaken(f"metrics cannot be served at {host}:{port}: {fault.strerror}") from fault
    stop = threading.Event()
    thread = threading.Thread(target=server.serve_forever, name="metrics-server", daemon=True)
    thread.start()
    refresher = threading.Thread(target=_refresh, args=(collectors, stop, refresh_every_s), name="metrics", daemon=True)
    refresher.start()
    log.info("metrics_served", host=host, port=server.server_port)
    try:
        yield server.server_port
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _paths(registry: CollectorRegistry, is_ready: Callable[[], bool]) -> Callable[[Any, Any], Sequence[bytes]]:
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start_response: Any) -> Sequence[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            found: Sequence[bytes] = metrics(environ, start_response)
            return found
        status = "404 Not Found"
        if path == "/livez":
            status = "200 OK"
        elif path == "/readyz":
            status = "200 OK" if _asked(is_ready) else "503 Service Unavailable"
        start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
        return [status.encode()]

    return answer


def _asked(is_ready: Callable[[], bool]) -> bool:
    try:
        return is_ready()
    except Exception:
        # A database that is away says so in whatever way its driver has.
        log.warning("not_ready", exc_info=True)
        return False


def _refresh(collectors: Sequence[Collector], stop: threading.Event, every_s: float) -> None:
    while True:
        for collector in collectors:
            try:
                collector.refresh()
            except Exception:
                # A fault here must neither stop the work nor end the metrics.
                log.warning("metrics_not_refreshed", exc_info=True)
        if stop.wait(every_s):
            return
