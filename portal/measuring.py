"""What the portal counts of its own work, by routes and never by addresses, and the port at which Prometheus reads it.

The names are those that every part has: one alert and one panel serve them all.
"""

import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, make_wsgi_app
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

PART: Final = "portal"
# A page is made within milliseconds of the API's answers; the slowest of those is a password's.
_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# A stranger may call his method anything: that is no label.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


class Measures:
    """Counts of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._pages = Counter(
            "vitrail_http_requests",
            "Answers by route and status.",
            ("service", "method", "route", "status"),
            registry=None,
        )
        self._seconds = Histogram(
            "vitrail_http_request_seconds",
            "How long an answer took.",
            ("service", "method", "route"),
            buckets=_BOUNDS_S,
            registry=None,
        )
        self._calls = Counter(
            "vitrail_portal_calls", "Calls of the API by how they ended.", ("service", "outcome"), registry=None
        )
        for counted in (self._pages, self._seconds, self._calls):
            self.registry.register(_WithoutBirthdays(counted))

    def count_page(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; `route` is a template, empty when there is no such place."""
        known = method if method in _METHODS else "other"
        self._pages.labels(PART, known, route, str(status)).inc()
        self._seconds.labels(PART, known, route).observe(seconds)

    def count_call(self, outcome: str) -> None:
        """Count one call of the API: `answered`, `refused` or `unreachable`."""
        self._calls.labels(PART, outcome).inc()


class _WithoutBirthdays(Collector):
    """Gives a metric without the series that say when each of its others began: nobody reads those."""

    def __init__(self, counted: MetricWrapperBase) -> None:
        self._counted = counted

    def collect(self) -> Iterable[Metric]:
        for metric in self._counted.collect():
            metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
            yield metric


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: scrapes come every few seconds."""


def serve(registry: CollectorRegistry, listening: socket.socket) -> None:
    """Answer /metrics at a socket that listens already, and /livez and /readyz as every part does, from now on."""
    server = WSGIServer(listening.getsockname()[:2], _Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.server_name, server.server_port = listening.getsockname()[:2]
    server.setup_environ()
    server.set_app(_paths(registry))
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def _paths(registry: CollectorRegistry) -> Callable[..., Iterable[bytes]]:
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            found: Iterable[bytes] = metrics(environ, start_response)
            return found
        status = "200 OK" if path in {"/livez", "/readyz"} else "404 Not Found"
        start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
        return [status.encode()]

    return answer
