"""What must hold at the end of a run, found out from what the databases say: pure functions over rows.

Ground truth is what was committed: an answer that got lost may stand for either, an answer that came is a promise.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

EXAMPLES = 5
OF_EVENTS = (
    "versions_contiguous",
    "answers_hold",
    "nothing_lost",
    "nothing_twice",
    "order_per_key",
    "nothing_foreign",
    "nothing_in_doubt",
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """An event that was committed: its id, whose order it belongs to, and its place in that order."""

    id: str
    key: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An invariant that does not hold: where, how often, and some places to look at."""

    invariant: str
    where: str
    count: int
    examples: tuple[str, ...] = ()


def contiguous(told: Sequence[Told], *, where: str) -> list[Finding]:
    """Find keys whose committed versions are not 1, 2, 3 … in the order of `told`."""
    versions: dict[str, list[int]] = defaultdict(list)
    for each in told:
        versions[each.key].append(each.version)
    broken = [key for key, seen in versions.items() if seen != list(range(1, len(seen) + 1))]
    return _finding("versions_contiguous", where, broken)


def applied_once_in_order(told: Collection[Told], applied: Sequence[Told], *, where: str) -> list[Finding]:
    """Compare what a projection applied, in its order, with what was committed."""
    committed = {each.id for each in told}
    times = Counter(each.id for each in applied)
    found = _finding("nothing_lost", where, sorted(committed - times.keys()))
    found += _finding("nothing_twice", where, [event_id for event_id, count in times.items() if count > 1])
    found += _finding("nothing_foreign", where, sorted(times.keys() - committed))
    found += _finding("order_per_key", where, _late(applied))
    return found


def promises_kept(promised: Iterable[str], committed: Collection[str], *, where: str) -> list[Finding]:
    """Find what was answered with success and is not there."""
    return _finding("answers_hold", where, sorted(set(promised) - set(committed)))


def counts_agree(expected: Mapping[str, int], found: Mapping[str, int], *, invariant: str, where: str) -> list[Finding]:
    """Find keys that do not have exactly as many of something as they should."""
    wrong = [key for key in sorted({*expected, *found}) if expected.get(key, 0) != found.get(key, 0)]
    return _finding(invariant, where, [f"{key}: {found.get(key, 0)} of {expected.get(key, 0)}" for key in wrong])


def none_of(faults: Sequence[str], *, invariant: str, where: str) -> list[Finding]:
    """Find what should not be there at all."""
    return _finding(invariant, where, faults)


def none_left(left: Mapping[str, int]) -> list[Finding]:
    """Find what should have come to an end and has not: unpublished rows, lag, dead events, waiting letters."""
    return [Finding(invariant="nothing_in_doubt", where=where, count=count) for where, count in left.items() if count]


def _late(applied: Sequence[Told]) -> list[str]:
    """Return the events that were first applied after a later one of their key."""
    newest: dict[str, int] = {}
    seen: set[str] = set()
    late = []
    for each in applied:
        if each.id in seen:
            continue
        seen.add(each.id)
        if each.version < newest.get(each.key, 0):
            late.append(each.id)
        newest[each.key] = max(newest.get(each.key, 0), each.version)
    return late


def _finding(invariant: str, where: str, faults: Sequence[str]) -> list[Finding]:
    if not faults:
        return []
    return [Finding(invariant=invariant, where=where, count=len(faults), examples=tuple(faults[:EXAMPLES]))]
