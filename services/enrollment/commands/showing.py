"""What a command shows: how far it is, and what it refuses."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click

from services.enrollment.commands.service import FOLDER
from shared.problems import Problem

_TEXTS: Final = FOLDER / "texts"


@contextmanager
def refusals() -> Iterator[None]:
    """Say a refusal in both languages, and leave with 1."""
    from shared.texts import LANGUAGES, Texts

    try:
        yield
    except Problem as problem:
        texts = Texts(_TEXTS)
        click.echo(f"enrollment: {problem.code()}", err=True)
        for language in LANGUAGES:
            text = texts.of(problem.slug(), language)
            click.echo(f"  {text.title}. {text.filled(problem.facts)}", err=True)
        for error in problem.errors:
            click.echo(f"  {error['detail']}", err=True)
        sys.exit(1)


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
