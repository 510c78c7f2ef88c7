"""`serve`: granian with what a platform needs of it: counts of all its processes, traces, and a stop that loses nobody.

A server that stops at once breaks the connections that a proxy keeps open to it, and what was just being sent on one of
them is lost. So a stopping server first goes on answering for a while, and asks with each answer to use that connection
no more (RFC 9112 §9.6); what is idle the other side closes meanwhile (`gateway.upstreams`).
"""

import ctypes
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from multiprocessing import util
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from granian.constants import Interfaces
from granian.server.mp import MPServer

from shared import tracing
from shared.command_line.service import Service
from shared.metrics import RequestTally

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def run(service: Service, settings: Any, *, drain_s: float, metrics: tuple[str, int] | None) -> None:
    """Answer requests until SIGTERM or Ctrl-C.

    `drain_s`: how long a stopping server goes on answering; `metrics`: host and port to serve the counts at.
    """
    with ExitStack() as stack:
        folder = None
        if metrics is not None:
            # Of the system's own kind for passing things: in a container the one place that can be written.
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrail-tallies-")))
            stack.enter_context(_served(service, folder, *metrics))
        draining = RawValue(ctypes.c_bool, False)
        server = _Server(
            service.app,
            factory=True,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.workers,
            blocking_threads=settings.threads,
            backlog=1024,
            log_enabled=False,
            workers_kill_timeout=30,
            respawn_failed_workers=True,
        )
        server.drain(drain_s, draining)
        server.serve(target_loader=_Loader(service.name, draining=draining if drain_s else None, folder=folder))


class _Server(MPServer):
    """Granian, whose first signal to stop lets the workers drain; a second one stops it at once."""

    def drain(self, seconds: float, draining: Any) -> None:
        self._drain_s = seconds
        self._draining = draining

    def signal_handler_interrupt(self, *arguments: Any, **named: Any) -> None:
        stop = super().signal_handler_interrupt
        if not self._drain_s or self._draining.value:
            stop(*arguments, **named)
            return
        self._draining.value = True
        timer = threading.Timer(self._drain_s, stop)
        timer.daemon = True
        timer.start()


class _Loader:
    """Makes the application in a worker's process."""

    def __init__(self, part: str, *, draining: Any, folder: Path | None) -> None:
        self._part = part
        self._draining = draining
        self._folder = folder

    def __call__(self, target: str) -> Wsgi:
        app = resolve_name(target)()
        tally: RequestTally | None = app.extensions.get("request_tally")
        if self._folder is not None and tally is not None:
            from shared.metrics import sharing

            sharing.leave(tally, self._folder)
        tracing.configure(self._part, endpoint=tracing.load(self._part).endpoint)
        # The end of a forked process, where the interpreter's own (`atexit`) is left out.
        util.Finalize(None, tracing.close, exitpriority=0)
        return app if self._draining is None else _drainable(app, self._draining)


def _drainable(app: Wsgi, draining: Any) -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not draining.value:
            return app(environ, start_response)

        def start_last_response(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], *rest)

        return app(environ, start_last_response)

    return answer


def _served(service: Service, folder: Path, host: str, port: int) -> Any:
    from shared.metrics import serving, sharing
    from shared.metrics.answering import RequestsCollector

    collectors = [RequestsCollector(lambda: sharing.total(folder))]
    return serving.served(collectors, service=service.name, host=host, port=port)
