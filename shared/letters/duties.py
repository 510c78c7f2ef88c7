"""What no request and no event asks for: letters, or things to tell, that the time makes due; done beside the sending of letters."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from shared import logs

log = logs.get(__name__)

PAUSE_S: Final = 15.0


@contextmanager
def writing_duly(
    write: Callable[[Any], int] | None, ctx: Any, *, stop: threading.Event, pause_s: float = PAUSE_S
) -> Iterator[None]:
    """Call `write(ctx)` every few seconds during the block, until `stop` is set; at once again while it finds letters.

    It may fail, as the database may be away, and is called again. Nothing is done without it.
    """
    if write is None:
        yield
        return
    thread = threading.Thread(target=_keep_writing, args=(write, ctx, stop, pause_s), name="letters-due")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _keep_writing(write: Callable[[Any], int], ctx: Any, stop: threading.Event, pause_s: float) -> None:
    while not stop.is_set():
        written = 0
        try:
            written = write(ctx)
        except Exception as fault:
            log.error("letters_due_stalled", kind=type(fault).__name__, exc_info=fault)
        if not written:
            stop.wait(pause_s)
