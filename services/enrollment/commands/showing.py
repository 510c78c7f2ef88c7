"""What a command shows: how far it is, and what it refuses."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from services.enrollment.commands.service import SERVICE
from shared import command_line

refusals = partial(command_line.refusals, SERVICE)


@contextmanager
def progress_bars(phases: tuple[str, ...]) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each phase on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {phase: bars.add_task(phase, total=None, start=False) for phase in phases}

        def show(phase: str, done: int, total: int) -> None:
            bars.start_task(tasks[phase])
            bars.update(tasks[phase], completed=done, total=total)

        yield show
