"""`/metrics` for Prometheus, on a port of its own that neither the gateway nor the internet sees (GWY-7)."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector as RegistryCollector

from shared import logs
from shared.metrics.collecting import Collector

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


@contextmanager
def served(
    collectors: Sequence[Collector], *, service: str, host: str, port: int, refresh_every_s: float = REFRESH_EVERY_S
) -> Iterator[int]:
    """Serve these collectors during the block; yield the port (a free one when 0 was asked for).

    Raises:
        PortTaken: the address cannot be listened at.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Adapter(collectors, labels={"service": service}))
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as fault:
        raise PortTaken(f"metrics cannot be served at {host}:{port}: {fault.strerror}") from fault
    stop = threading.Event()
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
