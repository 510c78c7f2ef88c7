"""What a seed stands for: which blows fall on whom in which order, and what each writer writes.

The same seed gives the same plan. When its parts happen is the machine's matter: that is what chaos is.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Harm:
    """Something that can be done to a victim: how often beside others, and for how many seconds it lasts."""

    kind: str
    weight: float
    shortest_s: float
    longest_s: float


@dataclass(frozen=True, kw_only=True)
class Blow:
    """One harm to one victim, `wait_s` after the blow before it."""

    number: int
    victim: str
    kind: str
    wait_s: float
    lasts_s: float


# A killed process stays away for up to this long: a supervisor's patience.
KILL = Harm(kind="kill", weight=10, shortest_s=0.0, longest_s=0.6)


@dataclass(frozen=True)
class Plan:
    """Everything that is drawn by lot in a run."""

    seed: int

    def blows(self, harms: Sequence[tuple[str, Harm]], *, mean_wait_s: float) -> Iterator[Blow]:
        """Return the blows, without end; `harms` are pairs of a victim's name and what can be done to it."""
        lot = self.lot("blows")
        weights = [harm.weight for _, harm in harms]
        number = 0
        while True:
            number += 1
            [(victim, harm)] = lot.choices(harms, weights)
            yield Blow(
                number=number,
                victim=victim,
                kind=harm.kind,
                wait_s=min(lot.expovariate(1 / mean_wait_s), 4 * mean_wait_s),
                lasts_s=lot.uniform(harm.shortest_s, harm.longest_s),
            )

    def lot(self, *names: object) -> random.Random:
        """Return the generator of one writer, process or part, which nobody else draws from."""
        return random.Random(":".join(map(str, (self.seed, *names))))
