"""Counts that a process keeps of its own work, read by whoever scrapes.

A loop's tally is written by its one thread; a server's, by every thread that answers.
"""

import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

# Upper bounds in seconds: a handler is one short transaction; what takes longer waits for a lock or a network.
HANDLING_BOUNDS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


# A request is answered within milliseconds; a password takes a tenth of a second, a large file minutes.
REQUEST_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# A stranger may call his method anything: that is no label.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER: Final = "other"


class Histogram:
    """How often something took how long: a count for each bound, one more for what is longer, and the sum."""

    __slots__ = ("bounds", "buckets", "seconds")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.buckets = [0] * (len(bounds) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        """Count one that took so long."""
        self.buckets[bisect_left(self.bounds, seconds)] += 1
        self.seconds += seconds

    def add(self, buckets: Iterable[int], seconds: float) -> None:
        """Add what another of the same bounds has counted."""
        self.buckets = [own + other for own, other in zip(self.buckets, buckets, strict=True)]
        self.seconds += seconds


class Outcome(StrEnum):
    """What became of one delivery."""

    APPLIED = "applied"
    PASSED_OVER = "passed_over"
    DEAD = "dead"
    WAITING = "waiting"
    RETRIED = "retried"


@dataclass(kw_only=True)
class RelayTally:
    """What a relay has done since it started."""

    published_by_type: dict[str, int] = field(default_factory=dict)
    failed_publishes: int = 0
    is_leader: bool = False

    @property
    def published(self) -> int:
        """Return how many events were published, of whatever type."""
        return sum(self.published_by_type.copy().values())

    def count(self, types: Iterable[str]) -> None:
        """Count events that the log has acknowledged, by their types."""
        for each in types:
            self.published_by_type[each] = self.published_by_type.get(each, 0) + 1


@dataclass(kw_only=True)
class ConsumerTally:
    """What a consumer has done since it started; types that its catalogue does not know are counted as one."""

    outcomes: dict[tuple[str, Outcome], int] = field(default_factory=dict)
    handling: Histogram = field(default_factory=lambda: Histogram(HANDLING_BOUNDS_S))
    rebalances: int = 0
    # Partitions whose next event is tried again and again: nothing of theirs moves.
    standing_partitions: int = 0
    interruptions: int = 0

    def count(self, type: str, outcome: Outcome, *, seconds: float) -> None:
        """Count one delivery that took so long, however it ended."""
        key = (type, outcome)
        self.outcomes[key] = self.outcomes.get(key, 0) + 1
        self.handling.observe(seconds)


@dataclass(kw_only=True)
class LettersTally:
    """What a sender of letters has done since it started, by the letters' kinds; a delay is no end."""

    outcomes: dict[tuple[str, str], int] = field(default_factory=dict)

    def count(self, kind: str, outcome: str) -> None:
        """Count what became of one letter at one try."""
        self.outcomes[kind, outcome] = self.outcomes.get((kind, outcome), 0) + 1


class RequestTally:
    """What a server has answered since it started: by route, never by address, and by whom least of all.

    `spans` are named pieces of work that are worth watching by themselves, such as the hash of a password.
    """

    def __init__(self) -> None:
        self.requests: dict[tuple[str, str, int], int] = {}
        self.refusals: dict[tuple[str, str], int] = {}
        self.durations: dict[tuple[str, str], Histogram] = {}
        self.spans: dict[str, Histogram] = {}
        self._lock = threading.Lock()

    def count(self, *, method: str, route: str | None, status: int, code: str | None, seconds: float) -> None:
        """Count one answer; `route` is a template (None: no such place), `code` the refusal's."""
        if method not in _METHODS:
            method = _OTHER
        place = route or ""
        answer = (method, place, status)
        work = (method, place)
        with self._lock:
            self.requests[answer] = self.requests.get(answer, 0) + 1
            if (duration := self.durations.get(work)) is None:
                duration = self.durations[work] = Histogram(REQUEST_BOUNDS_S)
            duration.observe(seconds)
            if code is not None:
                refusal = (place, code)
                self.refusals[refusal] = self.refusals.get(refusal, 0) + 1

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Count how long the block takes, however it ends."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._observe(name, time.perf_counter() - began)

    def _observe(self, name: str, seconds: float) -> None:
        with self._lock:
            if (span := self.spans.get(name)) is None:
                span = self.spans[name] = Histogram(REQUEST_BOUNDS_S)
            span.observe(seconds)

    def document(self) -> dict[str, Any]:
        """Return everything counted so far as JSON knows it, for `add_document` of another process."""
        with self._lock:
            return {
                "requests": [[*key, count] for key, count in self.requests.items()],
                "refusals": [[*key, count] for key, count in self.refusals.items()],
                "durations": [[*key, each.buckets[:], each.seconds] for key, each in self.durations.items()],
                "spans": [[name, each.buckets[:], each.seconds] for name, each in self.spans.items()],
            }

    def add_document(self, document: dict[str, Any]) -> None:
        """Add what another process has counted."""
        with self._lock:
            for method, route, status, count in document["requests"]:
                answer = (method, route, status)
                self.requests[answer] = self.requests.get(answer, 0) + count
            for route, code, count in document["refusals"]:
                self.refusals[route, code] = self.refusals.get((route, code), 0) + count
            for method, route, buckets, seconds in document["durations"]:
                self.durations.setdefault((method, route), Histogram(REQUEST_BOUNDS_S)).add(buckets, seconds)
            for name, buckets, seconds in document["spans"]:
                self.spans.setdefault(name, Histogram(REQUEST_BOUNDS_S)).add(buckets, seconds)

    def copy(self) -> Self:
        """Return the same counts, which stay as they are."""
        made = type(self)()
        made.add_document(self.document())
        return made
