"""`serve`: granian with what a platform needs of it: counts of all its processes, traces, and a stop that loses nobody.

A server that stops at once breaks the connections that a proxy keeps open to it, and what was just being sent on one of
them is lost. So a stopping server first goes on answering for a while, and asks with each answer to use that connection
no more (RFC 9112 §9.6); what is idle the other side closes meanwhile (`gateway.upstreams`).
"""

import mmap
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from multiprocessing import util
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
        # What the master and its workers tell each other, where alone a container may write.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrail-server-")))
        if metrics is not None:
            stack.enter_context(_served(service, folder, *metrics))
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
        server.drain(drain_s, _Flag(folder / "draining"))
        loader = _Loader(service.name, folder=folder, is_counted=metrics is not None, is_drained=drain_s > 0)
        server.serve(target_loader=loader)


class _Flag:
    """One word for several processes: put up once by the master, read by workers at each request."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(b"\0")
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), 1)

    def put_up(self) -> None:
        self._shared[0] = 1

    def is_up(self) -> bool:
        return self._shared[0] == 1


class _Server(MPServer):
    """Granian, whose first signal to stop lets the workers drain; a second one stops it at once."""

    def drain(self, seconds: float, draining: _Flag) -> None:
        self._drain_s = seconds
        self._draining = draining

    def signal_handler_interrupt(self, *arguments: Any, **named: Any) -> None:
        stop = super().signal_handler_interrupt
        if not self._drain_s or self._draining.is_up():
            stop(*arguments, **named)
            return
        self._draining.put_up()
        timer = threading.Timer(self._drain_s, stop)
        timer.daemon = True
        timer.start()


class _Loader:
    """Makes the application in a worker's process."""

    def __init__(self, part: str, *, folder: Path, is_counted: bool, is_drained: bool) -> None:
        self._part = part
        self._folder = folder
        self._is_counted = is_counted
        self._is_drained = is_drained

    def __call__(self, target: str) -> Wsgi:
        app = resolve_name(target)()
        tally: RequestTally | None = app.extensions.get("request_tally")
        if self._is_counted and tally is not None:
            from shared.metrics import sharing

            sharing.leave(tally, self._folder)
        tracing.configure(self._part, endpoint=tracing.load(self._part).endpoint)
        # The end of a forked process, where the interpreter's own (`atexit`) is left out.
        util.Finalize(None, tracing.close, exitpriority=0)
        return _drainable(app, _Flag(self._folder / "draining")) if self._is_drained else app


def _drainable(app: Wsgi, draining: _Flag) -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not draining.is_up():
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
