"""`serve`: granian with what a platform needs of it: counts at a port of their own, and a stop that loses no page.

The gateway keeps connections open to the portal. A portal that stopped at once would break them, and with them what was just
being sent; so it goes on answering for a while, and asks with each answer to use that connection no more (RFC 9112 §9.6).
"""

import mmap
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server.mp import MPServer

from portal import app, measuring
from portal.config import Settings

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# The gateway sends larger forms than a page of ours has; what is under way when the portal stops has so long to be finished.
_FINISHED_WITHIN_S = 30


class PortTaken(Exception):
    """Nothing can listen at this address; the text says where and why."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        PortTaken: the address cannot be listened at.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as fault:
        raise PortTaken(f"nothing can listen at {host}:{port}: {fault.strerror}") from fault


def run(settings: Settings, *, drain_s: float, metrics: socket.socket | None) -> None:
    """Answer browsers until SIGTERM or Ctrl-C.

    One process makes the pages, by several threads: it waits for the API most of the time. More of them are more pods.
    `drain_s`: how long a stopping portal goes on answering; `metrics`: where its counts are read.
    """
    # What the master tells the process that answers, where alone a container may write.
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        draining = Path(folder) / "draining"
        draining.write_bytes(b"\0")
        server = _Server(
            "portal.app:create_app",
            factory=True,
            interface=Interfaces.WSGI,
            address=settings.host,
            port=settings.port,
            blocking_threads=settings.threads,
            backlog=1024,
            websockets=False,
            log_enabled=False,
            workers_kill_timeout=_FINISHED_WITHIN_S,
            respawn_failed_workers=True,
        )
        server.drain(drain_s, _Flag(draining))
        server.serve(target_loader=_Loader(draining if drain_s else None, metrics))


class _Flag:
    """One word for two processes: put up once by the master, read by the other at each request."""

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), 1)

    def put_up(self) -> None:
        self._shared[0] = 1

    def is_up(self) -> bool:
        return self._shared[0] == 1


class _Server(MPServer):
    """Granian, whose first signal to stop lets the portal drain; a second one stops it at once."""

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
    """Makes the application in the process that answers."""

    def __init__(self, draining: Path | None, metrics: socket.socket | None) -> None:
        self._draining = draining
        self._metrics = metrics

    def __call__(self, target: str) -> Wsgi:
        made = app.create_app()
        if self._metrics is not None:
            measuring.serve(made.extensions["portal"].measures.registry, self._metrics)
        return made if self._draining is None else _drainable(made, _Flag(self._draining))


def _drainable(made: Wsgi, draining: _Flag) -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not draining.is_up():
            return made(environ, start_response)

        def start_last_response(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], *rest)

        return made(environ, start_last_response)

    return answer
