"""Ports and the state folder: what must be free before anything starts, and how it is told when it is not."""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CannotStart(Exception):
    """Something outside the system stands in the way; the message says what and what to do."""


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on now."""
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def require_port(host: str, port: int, *, instead: str = "VITRAIL_PORT={port} make run") -> None:
    """Make sure that `port` can be listened on; `instead` is what to type for another one.

    Raises:
        CannotStart: another program has it, or the address is not this machine's.
    """
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            other = instead.format(port=port + 1)
            raise CannotStart(
                f"Le port {port} de {host} est déjà pris ou interdit. Choisissez-en un autre : {other}\n"
                f"Port {port} on {host} is taken or forbidden ({fault.strerror}). Choose another: {other}"
            ) from fault


def nearby_port(host: str, after: int) -> int:
    """Return the first free port above `after`, so that a person remembers it; any free one when none is near."""
    for port in range(after + 1, min(after + 20, 65536)):
        with socket.socket(_family(host)) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    return free_port(host)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the state folder for one run at a time.

    Raises:
        CannotStart: another run holds it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "run.lock").open("w")
    except OSError as fault:
        raise CannotStart(
            f"Le dossier {folder} ne peut pas être écrit. Choisissez-en un autre avec VITRAIL_HOME.\n"
            f"The folder {folder} cannot be written ({fault.strerror}). Choose another with VITRAIL_HOME."
        ) from fault
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(
                f"Vitrail fonctionne déjà avec le dossier {folder}. Arrêtez-le, ou choisissez un autre VITRAIL_HOME.\n"
                f"Vitrail is already running on {folder}. Stop it, or choose another VITRAIL_HOME."
            ) from None
        yield


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
