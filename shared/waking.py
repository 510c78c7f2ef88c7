"""Notice a commit in a SQLite file made by another connection or process: quickly when busy, almost for free when idle."""

import sqlite3
import time
from collections.abc import Callable

# One look costs some microseconds. The pause between two looks is this share of the time since something useful came,
# so waiting adds about that share to what was waited for anyway; the bounds keep a busy watcher off the processor and
# an idle one under a hundredth of a core.
_SHARE_OF_QUIET = 0.05
_SHORTEST_PAUSE_S = 0.0005
_LONGEST_PAUSE_S = 0.03


class CommitWatch:
    """Waits for somebody else's commit, through a connection of its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen: int | None = None
        self._useful_at = time.monotonic()

    def wait(self, *, timeout: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Return True when something was committed since the last True, False after `timeout` seconds or `until()`.

        The first call returns at once: what was committed before it is not known.
        """
        deadline = time.monotonic() + timeout
        while True:
            version = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if version != self._seen:
                self._seen = version
                return True
            now = time.monotonic()
            if now >= deadline or until():
                return False
            pause = (now - self._useful_at) * _SHARE_OF_QUIET
            time.sleep(min(max(pause, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S, deadline - now))

    def was_useful(self) -> None:
        """Say that the last commit was of interest: more is likely to follow soon."""
        self._useful_at = time.monotonic()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
