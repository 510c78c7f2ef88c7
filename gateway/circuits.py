"""A circuit for each service: after some failures in a row it is left alone for a moment (GWY-5).

closed ──5 failures in a row──▶ open ──pause over──▶ half-open ──probe answers──▶ closed
                                 ▲                       │
                                 └─────probe fails───────┘
"""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from shared import logs
from shared.problems import Unavailable

log = logs.get(__name__)

FAILURES = 5
PAUSE = timedelta(seconds=2)


class Circuit:
    """Counts what one service does with our calls, and refuses them while it is down."""

    def __init__(self, service: str, *, now: Callable[[], float] = monotonic) -> None:
        self._service = service
        self._now = now
        self._failures = 0
        self._opened_at: float | None = None
        self._probe_began_at: float | None = None

    def enter(self) -> None:
        """Let a call pass; while the circuit is half-open, one alone.

        Raises:
            Unavailable: the circuit is open.
        """
        if self._opened_at is None:
            return
        now = self._now()
        pause = PAUSE.total_seconds()
        # A probe that never came back (its caller was cut off) must not keep the circuit open for ever.
        is_probing = self._probe_began_at is not None and now < self._probe_began_at + 10 * pause
        if is_probing or now < self._opened_at + pause:
            raise Unavailable(retry_after=PAUSE)
        self._probe_began_at = now

    def succeeded(self) -> None:
        """Tell that the service answered, whatever it said."""
        if self._opened_at is not None:
            log.info("circuit_closed", service=self._service)
        self._failures = 0
        self._opened_at = self._probe_began_at = None

    def failed(self) -> None:
        """Tell that the service could not be reached, broke off, or took too long."""
        self._failures += 1
        if self._failures >= FAILURES:
            if self._opened_at is None:
                log.warning("circuit_opened", service=self._service, failures=self._failures)
            self._opened_at = self._now()
            self._probe_began_at = None
