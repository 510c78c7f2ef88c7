"""How the operators' commands print: a table on a terminal, lines on a pipe, JSON when it is asked for."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click
import orjson

from shared.clock import SystemClock

# What one of our own keys looks like; another one may hold anything, and is told by its length alone.
_KEY: Final = re.compile(r"[a-z][a-z-]*:[0-9A-Za-z-]{1,64}(/[a-z][a-z-]*:[0-9A-Za-z-]{1,64})*")
# Event types, ids and reasons: what a stranger wrote into their place is not repeated either.
_WORD: Final = re.compile(r"[0-9A-Za-z._:/-]{1,200}")
_SPAN: Final = re.compile(r"(?P<number>[0-9]{1,6})(?P<unit>[smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON, one object a line.")


class Moment(click.ParamType[datetime]):
    """A moment with its zone (2026-01-15T14:30:00Z), or how long ago (90s, 30m, 2h, 7d)."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment in UTC, or refuse what is none."""
        if isinstance(value, datetime):
            return value
        if span := _SPAN.fullmatch(value):
            return SystemClock().now() - timedelta(**{_UNITS[span["unit"]]: int(span["number"])})
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither a moment (2026-01-15T14:30:00Z) nor how long ago (2h, 7d).", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no time zone: add Z, or an offset such as -05:00.", param, ctx)
        return moment.astimezone(UTC)


def rows(rows: Iterable[Mapping[str, Any]], *, is_json: bool, columns: Sequence[str]) -> None:
    """Print rows: JSON lines, a table on a terminal, or lines of tab-separated values under their names."""
    if is_json:
        for row in rows:
            json_line(row)
    elif sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(text(row[name]) for name in columns))
        Console().print(table)
    else:
        click.echo("\t".join(columns))
        for row in rows:
            line(row, columns=columns)


def line(row: Mapping[str, Any], *, columns: Sequence[str]) -> None:
    """Print one row as a line of tab-separated values."""
    click.echo("\t".join(text(row[name]) for name in columns))


def json_line(row: Mapping[str, Any]) -> None:
    """Print one row as JSON."""
    click.echo(orjson.dumps({name: _plain(value) for name, value in row.items()}).decode())


def text(value: Any) -> str:
    """Return a value as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return span(value)
    return str(_plain(value))


def span(value: timedelta) -> str:
    """Return how long something took, in its two largest units: `3d 4h`, `12.3s`."""
    seconds = max(value.total_seconds(), 0.0)
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if minutes < 60:
        return f"{minutes}m {int(seconds) % 60}s"
    return f"{hours}h {minutes % 60}m" if hours < 48 else f"{days}d {hours % 24}h"


def key(value: bytes | None) -> str | None:
    """Return a record's key when it is one of ours, otherwise only how long it is."""
    if value is None:
        return None
    decoded = value.decode(errors="replace")
    return decoded if _KEY.fullmatch(decoded) else f"({len(value)} bytes)"


def word(value: str | None) -> str | None:
    """Return a name out of a message when it looks like one, otherwise only how long it is."""
    return value if value is None or _WORD.fullmatch(value) else f"({len(value)} characters)"


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what is called with how much is done and how much there is: a bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(description, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value
