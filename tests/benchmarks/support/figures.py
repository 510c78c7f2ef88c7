"""What a benchmark found: a figure beside its target, told on the terminal and left for `make bench` to collect."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import rich.box
from rich.console import Console
from rich.table import Table

# Names the file that each figure is added to, a line of JSON each; without it they are only shown.
COLLECTED_IN = "VITRAIL_BENCH_FIGURES"

# A file or a pipe has no width of its own; rich would take 80 columns, and break every line.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Something measured. At most one of `at_most` and `at_least` is the target; `beside` is what was measured with it."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    beside: dict[str, float] = field(default_factory=dict)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None when there is none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least

    @property
    def target(self) -> str:
        """The target in words, empty without one."""
        if self.at_most is not None:
            return f"≤ {shown(self.at_most)}"
        return "" if self.at_least is None else f"≥ {shown(self.at_least)}"


def tell(title: str, figures: Sequence[Figure]) -> None:
    """Show figures as a table, and add them to the collection of the run when there is one."""
    console.print(table(title, figures))
    collection = os.environ.get(COLLECTED_IN)
    if collection:
        with Path(collection).open("a", encoding="utf-8") as lines:
            lines.writelines(json.dumps(asdict(figure), ensure_ascii=False) + "\n" for figure in figures)


def read(lines: Iterable[str]) -> list[Figure]:
    """Return the figures of a collection."""
    return [Figure(**json.loads(line)) for line in lines]


def table(title: str, figures: Sequence[Figure]) -> Table:
    """Return the table of figures; a missed target stands out."""
    made = Table(title=title, title_justify="left", title_style="bold", box=rich.box.SIMPLE_HEAD, pad_edge=False)
    made.add_column("what")
    made.add_column("measured", justify="right", no_wrap=True)
    made.add_column("target", justify="right", no_wrap=True)
    made.add_column("", no_wrap=True)
    made.add_column("beside", style="dim")
    marks: dict[bool | None, str] = {True: "[green]✓[/]", False: "[bold red]✗[/]", None: ""}
    for figure in figures:
        beside = " · ".join(f"{name} {shown(value)}" for name, value in figure.beside.items())
        made.add_row(figure.name, f"{shown(figure.value)} {figure.unit}", figure.target, marks[figure.is_met], beside)
    return made


def shown(value: float) -> str:
    """Return a number as people read it: three figures at least, no false precision."""
    size = abs(value)
    return (
        f"{value:,.0f}"
        if size >= 100 or float(value).is_integer()
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.2f}"
    )


def document(figure: Figure) -> dict[str, Any]:
    """Return a figure as the file of a run keeps it."""
    return asdict(figure) | {"is_met": figure.is_met}
