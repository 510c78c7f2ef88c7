"""What a person sees of a run: how far it is while it lasts, and what it found."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import rich.box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.chaos.storm import Outcome, Tally, percentile

# A file or a pipe has no width of its own; rich would take 80 columns, and break every line.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)

INVARIANTS = {
    "versions_contiguous": "committed versions of a key are 1, 2, 3 …",
    "answers_hold": "what was answered with success is there",
    "nothing_lost": "every committed event was applied",
    "nothing_twice": "… once",
    "order_per_key": "… in the order of its key",
    "nothing_foreign": "nothing was applied that was not committed",
    "writes_once": "every write has the one effect that its answer told",
    "events_of_facts": "every fact has its one event, every event its fact",
    "one_letter_each": "every event has its one letter",
    "newest_last": "of each key, a compacted topic ends with the newest state",
    "motivated_or_contradicted": "no period of a day is both motivated and contradicted",
    "days_come_to_their_facts": "every day comes to what its notices, records and motivations say",
    "copied": "the copy of guardianships is what enrollment last said",
    "journal_once": "the child's journal has one entry for each event",
    "exported": "a subscriber gets what it may, in order, and nothing else",
    "nothing_in_doubt": "nothing is left: outbox, lag, dead events, letters",
}


class Shown:
    """A line on the terminal that moves with the run."""

    def __init__(self, bars: Progress, seconds: float | None, facts: int | None) -> None:
        self._bars = bars
        self._by_facts = facts is not None
        self._task = bars.add_task("storm", total=facts if self._by_facts else seconds, told="")
        self._settling = False

    def show(self, tally: Tally, progress: tuple[int, int, int], phase: str) -> None:
        committed, applied, refused = progress
        others = sum(tally.blows.values()) - tally.kills
        told = (
            f"{committed} committed · {applied} applied by the slowest · {tally.kills} kills · {others} other blows"
            f" · {refused} answers refused or lost"
        )
        if phase == "settling" and not self._settling:
            self._settling = True
            self._bars.update(self._task, description="settling", total=None)
        done = committed if self._by_facts else self._bars.tasks[0].elapsed or 0
        self._bars.update(self._task, completed=done, told=told)


@contextmanager
def shown(title: str, *, seconds: float | None, facts: int | None) -> Iterator[Shown]:
    """Show how far a run is, on a terminal; elsewhere only its title."""
    console.print(f"[bold]{title}[/]")
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        TimeElapsedColumn(),
        TextColumn("{task.fields[told]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield Shown(bars, seconds, facts)


def tell(outcome: Outcome) -> None:
    """Print what a run did and found."""
    tally = outcome.tally
    console.print(
        f"seed {outcome.seed} · {outcome.setup} · {outcome.scenario}"
        + (f" · without {outcome.without}" if outcome.without else "")
        + f" · {outcome.seconds:.0f} s of storm, settled after {outcome.settled_after_s:.1f} s"
    )
    console.print(
        f"{outcome.committed} events committed, {outcome.applied} applied by the slowest projection;"
        f" {outcome.refused} answers refused or lost; {tally.kills} kills, {sum(tally.blows.values()) - tally.kills} other blows"
    )
    console.print(_blows(outcome))
    for what, count in sorted(outcome.endings.items()):
        console.print(f"  ended by itself and was started again: {what}: {count} times")
    console.print(_verdict(outcome))
    if outcome.is_sound:
        console.print("[bold green]Everything holds.[/]")
    else:
        console.print(f"[bold red]It does not hold.[/] Databases and logs: {outcome.folder}")


def total(outcomes: Sequence[Outcome]) -> None:
    """Print the sum of several runs."""
    kills, blows = sum(each.tally.kills for each in outcomes), sum(sum(each.tally.blows.values()) for each in outcomes)
    sound = sum(each.is_sound for each in outcomes)
    console.print(
        f"[bold]{len(outcomes)} runs, {sound} sound:[/] {sum(each.committed for each in outcomes)} events,"
        f" {kills} kills, {blows - kills} other blows."
    )


def _blows(outcome: Outcome) -> Table:
    made = Table(box=rich.box.SIMPLE, title="Blows", title_justify="left")
    for heading in ("victim", "what", "times", "longest wait just after: p50", "p99", "worst"):
        made.add_column(heading, justify="left" if heading in {"victim", "what"} else "right")
    for (victim, kind), count in sorted(outcome.tally.blows.items()):
        waits = outcome.stalls.get(f"{victim}, {kind}", ())
        shown = (
            [f"{percentile(waits, 50):.2f} s", f"{percentile(waits, 99):.2f} s", f"{max(waits):.2f} s"] if waits else []
        )
        made.add_row(victim, kind, str(count), *shown)
    return made


def _verdict(outcome: Outcome) -> Table:
    made = Table(box=rich.box.SIMPLE, title="Verdict", title_justify="left")
    for heading in ("invariant", "holds", "where", "how often", "for instance"):
        made.add_column(heading)
    for invariant in outcome.invariants:
        words = INVARIANTS[invariant]
        found = [each for each in outcome.findings if each.invariant == invariant]
        if not found:
            made.add_row(words, "[green]yes[/]")
        for each in found:
            made.add_row(words, "[bold red]no[/]", each.where, str(each.count), ", ".join(each.examples[:2]))
    return made
