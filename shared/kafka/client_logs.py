"""What kafka-python has to say, put among our own log lines: the pattern of a message and the classes of its faults.

Never its values: on its lower levels the library prints keys, values and settings with the password, and on any level
an error's text may hold what a server sent. While a cluster is away it repeats itself several times a second; each
pattern is said at most once in ten seconds.
"""

import logging
import math
import threading
import time
from typing import Final

from shared import logs

log = logs.get(__name__)

_QUIET_S: Final = 10.0
_LOCK = threading.Lock()


class _Forwarding(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said_at: dict[tuple[str, str, tuple[str, ...]], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        # A formatted message has its values in it already: what stands before its first colon has none.
        pattern = str(record.msg) if record.args else str(record.msg).split(":", 1)[0]
        values = record.args if isinstance(record.args, tuple) else ()
        faults = tuple(sorted({type(value).__name__ for value in values if isinstance(value, BaseException)}))
        said = (record.name, pattern, faults)
        now = time.monotonic()
        with _LOCK:
            if now - self._said_at.get(said, -math.inf) < _QUIET_S:
                return
            # Patterns are the library's own and few; those with a value in them might not be.
            if len(self._said_at) > 1000:
                self._said_at.clear()
            self._said_at[said] = now
        log.warning("kafka_client_says", by=record.name, pattern=pattern, faults=list(faults))


def forward() -> None:
    """Take over the library's logger, once."""
    library = logging.getLogger("kafka")
    with _LOCK:
        if any(isinstance(handler, _Forwarding) for handler in library.handlers):
            return
        library.addHandler(_Forwarding())
        library.propagate = False
        library.setLevel(logging.WARNING)
        # It calls a step of its loop slow after a tenth of a second, which a busy machine is any day.
        logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)
