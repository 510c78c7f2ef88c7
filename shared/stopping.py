"""Stop when asked: SIGTERM and Ctrl-C set an event, and the loops that watch it finish what they hold."""

import signal
import threading
from types import FrameType


def on_signals() -> threading.Event:
    """Return an event that SIGTERM or SIGINT sets; call it from the main thread."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop
