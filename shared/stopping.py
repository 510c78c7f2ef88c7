"""Stop when asked: SIGTERM and Ctrl-C set an event, and the loops that watch it finish what they hold.

And stop when nobody is left to ask: a child of a killed process must not go on half alive.
"""

import ctypes
import signal
import sys
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


_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def end_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Have the system send this process `number` when its parent dies, however that happens (Linux; elsewhere nothing).

    A server's worker that outlives its killed master keeps the port, shares the requests with its successor, and writes
    its log to nobody.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, number)
