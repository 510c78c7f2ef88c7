"""One run: let the actors work, let the blows of the plan fall, then let it settle and judge."""

import bisect
import signal
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from shared import logs
from shared.broker import BrokerUnavailable
from tests.chaos.actors import Crew
from tests.chaos.plan import Blow, Harm, Plan
from tests.chaos.setups import Setup, Victim
from tests.chaos.verdict import Finding, none_left

log = logs.get(__name__)

# What was committed in this time after a blow is what had to wait for the recovery.
_WINDOW_S = 1.0
_LONGEST_S = 600.0
# Nothing may move for so long before the run counts as settled: a paused process may still have something to say.
_QUIET_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Age:
    """When an event was committed, and when a projection applied it."""

    committed_at: float
    applied_at: float


class Scenario(Protocol):
    """Who works in a run, what must come of it, and how far it is."""

    name: str
    crew: Crew
    # What it brings along to be struck, beside its actors and its set-up.
    victims: Sequence[Victim]
    # What its verdict looks at, of `report.INVARIANTS`.
    invariants: Sequence[str]

    def begin(self) -> None:
        """Start everybody, writers too."""
        ...

    def stop_writing(self) -> None:
        """Stop the writers and let no process die by its own hand any more."""
        ...

    def settle_once(self) -> Mapping[str, int]:
        """Do what an operator does at the end, and return what is still left to do."""
        ...

    def progress(self) -> tuple[int, int, int]:
        """Return how much was committed, how much was applied by the slowest, and how many answers were refusals."""
        ...

    def judge(self) -> list[Finding]:
        """Compare what was applied with what was committed."""
        ...

    def ages(self) -> Mapping[str, Sequence[Age]]:
        """Return the age of every application, by projection."""
        ...


@dataclass(kw_only=True)
class Tally:
    """What has been done to whom."""

    blows: Counter[tuple[str, str]] = field(default_factory=Counter)
    moments: list[tuple[float, str, str]] = field(default_factory=list)
    spared: int = 0

    def add(self, victim: str, kind: str, *, at: float | None = None) -> None:
        """Count a blow; `relay 2` is one of the relays."""
        whom = victim.rstrip(" 0123456789")
        self.blows[whom, kind] += 1
        self.moments.append((time.time() if at is None else at, whom, kind))

    @property
    def kills(self) -> int:
        """Every SIGKILL."""
        return sum(count for (_, kind), count in self.blows.items() if kind in ("kill", "own death", "crash"))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run found."""

    seed: int
    setup: str
    scenario: str
    without: str
    seconds: float
    settled_after_s: float
    committed: int
    applied: int
    refused: int
    tally: Tally
    endings: Mapping[str, int]
    invariants: Sequence[str]
    findings: Sequence[Finding]
    stalls: Mapping[str, Sequence[float]]
    folder: Path

    @property
    def is_sound(self) -> bool:
        """Whether every invariant held, on something."""
        return not self.findings and self.committed > 0


def ride_out(
    scenario: Scenario,
    setup: Setup,
    *,
    plan: Plan,
    folder: Path,
    seconds: float | None,
    facts: int | None,
    least_blows: int = 0,
    without: str = "",
    mean_wait_s: float = 0.5,
    patience_s: float = 120,
    on_progress: Callable[[Tally, tuple[int, int, int], str], None] = lambda *_: None,
) -> Outcome:
    """Run `scenario` under the blows of `plan`, then judge it.

    It lasts for `seconds`, or until `facts` were committed and `least_blows` have fallen, however slow the machine is; when
    nothing moves any more, it ends after `_LONGEST_S`, and what was not answered is found.
    """
    tally = Tally()
    victims = {victim.name: victim for victim in (*setup.victims, *scenario.victims)}
    harms: list[tuple[str, Harm]] = [(name, harm) for name, victim in victims.items() for harm in victim.harms]
    harms += [(actor.name, harm) for actor in scenario.crew.actors.values() for harm in actor.harms]
    blows = plan.blows(sorted(harms, key=lambda each: (each[0], each[1].kind)), mean_wait_s=mean_wait_s)
    over, busy = threading.Event(), _Busy()

    def strike(blow: Blow) -> None:
        with busy.holding(blow.victim) as is_free:
            if not is_free:
                tally.spared += 1
                return
            tally.add(blow.victim, blow.kind)
            _strike_and_mend(blow, victims=victims, crew=scenario.crew, over=over)

    def is_done() -> bool:
        if time.monotonic() - began_at >= (_LONGEST_S if seconds is None else seconds):
            return True
        has_enough_blows = sum(tally.blows.values()) >= least_blows
        return facts is not None and has_enough_blows and _or_nothing(scenario.progress)[0] >= facts

    scenario.begin()
    began_at = time.monotonic()
    pool = ThreadPoolExecutor(6)
    looked_at = 0.0
    for blow in blows:
        if over.wait(blow.wait_s):
            break
        pool.submit(_telling_faults, strike, blow)
        if time.monotonic() - looked_at > 0.5:
            looked_at = time.monotonic()
            on_progress(tally, _or_nothing(scenario.progress), "storm")
            if is_done():
                break
    over.set()
    pool.shutdown()
    scenario.stop_writing()
    calm_at = time.monotonic()
    left = _settle(scenario, patience_s, lambda: on_progress(tally, _or_nothing(scenario.progress), "settling"))
    settled_at = time.monotonic()
    scenario.crew.end()
    for at, name in scenario.crew.own_deaths:
        tally.add(name, "own death", at=at)
    committed, applied, refused = scenario.progress()
    return Outcome(
        seed=plan.seed,
        setup=setup.name,
        scenario=scenario.name,
        without=without,
        seconds=calm_at - began_at,
        settled_after_s=settled_at - calm_at,
        committed=committed,
        applied=applied,
        refused=refused,
        tally=tally,
        endings=scenario.crew.endings,
        invariants=scenario.invariants,
        findings=none_left(left) + scenario.judge(),
        stalls=_stalls(tally.moments, scenario.ages()),
        folder=folder,
    )


class _Busy:
    """Who is being struck: one blow at a time for each victim."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, name: str) -> Iterator[bool]:
        with self._lock:
            is_free = name not in self._names
            self._names.add(name)
        try:
            yield is_free
        finally:
            if is_free:
                self._names.discard(name)


def _strike_and_mend(blow: Blow, *, victims: Mapping[str, Victim], crew: Crew, over: threading.Event) -> None:
    if (victim := victims.get(blow.victim)) is not None:
        victim.strike(blow.kind)
        over.wait(blow.lasts_s)
        victim.mend(blow.kind)
    elif blow.kind == "pause":
        crew.actors[blow.victim].signal(signal.SIGSTOP)
        over.wait(blow.lasts_s)
        crew.actors[blow.victim].signal(signal.SIGCONT)
    else:
        crew.hold_down(blow.victim)
        over.wait(blow.lasts_s)
        crew.let_up(blow.victim)


def _settle(scenario: Scenario, patience_s: float, show: Callable[[], None]) -> Mapping[str, int]:
    deadline = time.monotonic() + patience_s
    quiet_since: float | None = None
    state: object = None
    left: Mapping[str, int] = {"the settling": 1}
    while time.monotonic() < deadline:
        show()
        try:
            left = scenario.settle_once()
            now = scenario.progress()
        except (DBAPIError, BrokerUnavailable, OSError):
            # The last blow is still being mended.
            left, now = {"what does not answer": 1}, None
        if any(left.values()) or now != state:
            state, quiet_since = now, None
        elif quiet_since is None:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since >= _QUIET_S:
            return {}
        time.sleep(0.1)
    return left


def _stalls(
    moments: Sequence[tuple[float, str, str]], ages: Mapping[str, Sequence[Age]]
) -> Mapping[str, Sequence[float]]:
    """Return for each kind of blow how long the slowest event committed just after it had to wait, for each blow."""
    ordered = sorted((each for of_projection in ages.values() for each in of_projection), key=lambda e: e.committed_at)
    commits = [each.committed_at for each in ordered]
    found: dict[str, list[float]] = defaultdict(list)
    for at, victim, kind in moments:
        first, last = bisect.bisect_left(commits, at), bisect.bisect_right(commits, at + _WINDOW_S)
        if first < last:
            found[f"{victim}, {kind}"].append(max(each.applied_at - each.committed_at for each in ordered[first:last]))
    return found


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile; of one value that value."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def _telling_faults(work: Callable[[Blow], None], blow: Blow) -> None:
    try:
        work(blow)
    except Exception:
        log.exception("blow_failed", victim=blow.victim, kind=blow.kind)
        raise


def _or_nothing(look: Callable[[], tuple[int, int, int]]) -> tuple[int, int, int]:
    try:
        return look()
    except (DBAPIError, OSError):
        return (0, 0, 0)
