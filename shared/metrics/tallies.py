"""Counts that a loop keeps of its own work: written by its one thread, read by whoever scrapes."""

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# Upper bounds in seconds: a handler is one short transaction; what takes longer waits for a lock or a network.
HANDLING_BOUNDS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


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

    published: int = 0
    failed_publishes: int = 0
    is_leader: bool = False


@dataclass(kw_only=True)
class ConsumerTally:
    """What a consumer has done since it started; types that its catalogue does not know are counted as one."""

    outcomes: dict[tuple[str, Outcome], int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(HANDLING_BOUNDS_S) + 1))
    seconds: float = 0.0
    rebalances: int = 0
    # Partitions whose next event is tried again and again: nothing of theirs moves.
    standing_partitions: int = 0
    interruptions: int = 0

    def count(self, type: str, outcome: Outcome, *, seconds: float) -> None:
        """Count one delivery that took so long, however it ended."""
        key = (type, outcome)
        self.outcomes[key] = self.outcomes.get(key, 0) + 1
        self.buckets[bisect_left(HANDLING_BOUNDS_S, seconds)] += 1
        self.seconds += seconds


@dataclass(kw_only=True)
class LettersTally:
    """What a sender of letters has done since it started, by the letters' kinds; a delay is no end."""

    outcomes: dict[tuple[str, str], int] = field(default_factory=dict)

    def count(self, kind: str, outcome: str) -> None:
        """Count what became of one letter at one try."""
        self.outcomes[kind, outcome] = self.outcomes.get((kind, outcome), 0) + 1
