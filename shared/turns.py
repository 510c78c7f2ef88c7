"""Take from several partitions by turns, so that a busy one does not starve the others."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

Place = TypeVar("Place")
Thing = TypeVar("Thing")


class Turns:
    """Remembers who was first the last time."""

    def __init__(self) -> None:
        self._turn = 0

    def take(
        self, places: Collection[Place], *, limit: int, take: Callable[[Place, int], Sequence[Thing]]
    ) -> list[Thing]:
        """Return at most `limit` things: each place's fair part, and what others leave of theirs.

        `take(place, number)` gives at most so many of a place, in its order.
        """
        if not places:
            return []
        self._turn += 1
        first = self._turn % len(places)
        ordered = [*places]
        taken: list[Thing] = []
        for index, place in enumerate(ordered[first:] + ordered[:first]):
            share = -(-(limit - len(taken)) // (len(ordered) - index))
            if share > 0:
                taken += take(place, share)
        return taken
