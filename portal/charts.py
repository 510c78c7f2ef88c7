"""Drawings of a few numbers: SVG without scripts or styles of its own, and the table that says the same (WCAG 1.1.1, 1.4.1).

What is drawn bears classes, which `assets/charts.css` gives their colors, and a pattern or a mark of its own: no series is told
from another by its color alone. A page shows the drawing, the legend and the table of the same series together.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

# In the units of the drawing, which takes the width that its page gives it: on a phone nearly one to a pixel.
WIDTH: Final = 360
HEIGHT: Final = 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 30.0, 8.0, 18.0, 26.0
_MOST_STEPS: Final = 4
_WIDEST_BAR: Final = 34.0
_SWATCH: Final = 14
# How many looks there are; a series' `look` is one of them, from 0.
LOOKS: Final = 4
_DASHES: Final = ("", "7 4", "2 4", "10 3 2 3")


def plain(value: float) -> str:
    """Return a number as it is written where a language has nothing to say to it."""
    return f"{value:g}"


@dataclass(frozen=True)
class Series:
    """What is drawn in one look: its name, and a number, or none, for each label. `look` is below `LOOKS`."""

    name: str
    values: Sequence[float | None]
    look: int


@dataclass(frozen=True)
class _Scale:
    """Where numbers stand in the height of a drawing."""

    lowest: float
    highest: float

    def y(self, value: float) -> float:
        share = (value - self.lowest) / ((self.highest - self.lowest) or 1)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def stacked_bars(*, name: str, title: str, description: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Return a bar for each label, in which the series stand one above the other, and above it how much they are together.

    `name` is unlike that of any other drawing of the page; `title` and `description` are what a screen reader says of it.
    """
    totals = [sum(each.values[place] or 0 for each in series) for place in range(len(labels))]
    scale = _Scale(0, _steps(0, max([*totals, 1]))[-1])
    drawn = [_grid(scale), _labels(labels)]
    for place, total in enumerate(totals):
        reached = 0.0
        for each in series:
            value = each.values[place] or 0
            if value:
                drawn.append(_bar(name, each.look, place, len(labels), scale, reached, reached + value))
            reached += value
        if total:
            drawn.append(_text(_x(place, len(labels)), scale.y(total) - 5, plain(total), "chart-value"))
    patterns = Markup("").join(_pattern(name, each.look) for each in series)
    return _drawing(name, title, description, Markup("<defs>{}</defs>").format(patterns), *drawn)


def lines(
    *,
    name: str,
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[Series],
    lowest: float = 0,
    highest: float = 100,
    say: Callable[[float], str] = plain,
) -> Markup:
    """Return a line for each series over the labels, with a mark of its own at each number; none leaves a gap.

    `name`, `title` and `description` as of `stacked_bars`. The first series' numbers are written at its marks, as
    `say` writes them in the page's language.
    """
    scale = _Scale(lowest, highest)
    drawn = [_grid(scale), _labels(labels)]
    for order, each in enumerate(series):
        points = [
            (_x(place, len(labels)), scale.y(value), value) if value is not None else None
            for place, value in enumerate(each.values)
        ]
        drawn += [_stroke(each.look, start, end) for start, end in itertools.pairwise(points) if start and end]
        drawn += [_mark(each.look, point[0], point[1]) for point in points if point]
        if order == 0:
            drawn += [_text(x, y - 9, say(value), "chart-value") for x, y, value in filter(None, points)]
    return _drawing(name, title, description, *drawn)


def legend(*, name: str, series: Sequence[Series], marks: bool = False) -> Markup:
    """Return which look is which series; `marks`: of a drawing of lines. `name` is unlike any drawing's of the page."""
    entries = []
    for each in series:
        middle = _SWATCH / 2
        drawn = (
            _mark(each.look, middle, middle)
            if marks
            else Markup('<defs>{}</defs><rect class="chart-bar look-{}" width="{}" height="{}" fill="{}"/>').format(
                _pattern(name, each.look), each.look, _SWATCH, _SWATCH, _paint(name, each.look)
            )
        )
        entries.append(
            Markup(
                '<li><svg class="swatch" width="{0}" height="{0}" viewBox="0 0 {0} {0}" aria-hidden="true">{1}</svg>{2}</li>'
            ).format(_SWATCH, drawn, each.name)
        )
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(entries))


def table(
    *,
    caption: str,
    corner: str,
    labels: Sequence[str],
    series: Sequence[Series],
    nothing: str = "–",
    say: Callable[[float], str] = plain,
) -> Markup:
    """Return the same numbers as a table: a row for each label, a column for each series; `nothing` where there is none."""
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(each.name) for each in series)
    rows = []
    for place, label in enumerate(labels):
        values = [each.values[place] for each in series]
        cells = [Markup("<td>{}</td>").format(nothing if value is None else say(value)) for value in values]
        rows.append(Markup('<tr><th scope="row">{}</th>{}</tr>').format(label, Markup("").join(cells)))
    return Markup(
        '<table class="numbers"><caption>{}</caption><thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table>'
    ).format(caption, corner, heads, Markup("").join(rows))


def _drawing(name: str, title: str, description: str, *drawn: Markup) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{name}-title {name}-description">'
        '<title id="{name}-title">{}</title><desc id="{name}-description">{}</desc>{}</svg>'
    ).format(WIDTH, HEIGHT, title, description, Markup("").join(drawn), name=name)


def _grid(scale: _Scale) -> Markup:
    drawn = []
    for value in _steps(scale.lowest, scale.highest):
        y = scale.y(value)
        drawn.append(
            Markup('<line class="chart-grid" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>').format(
                _LEFT, WIDTH - _RIGHT, y, y
            )
        )
        drawn.append(_text(_LEFT - 6, y + 4, plain(value), "chart-axis is-number"))
    return Markup("").join(drawn)


def _labels(labels: Sequence[str]) -> Markup:
    return Markup("").join(
        _text(_x(place, len(labels)), HEIGHT - 7.0, label, "chart-axis") for place, label in enumerate(labels)
    )


def _x(place: int, places: int) -> float:
    return _LEFT + (place + 0.5) * (WIDTH - _LEFT - _RIGHT) / places


def _text(x: float, y: float, said: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, escape(said))


def _bar(name: str, look: int, place: int, places: int, scale: _Scale, since: float, until: float) -> Markup:
    width = min(_WIDEST_BAR, (WIDTH - _LEFT - _RIGHT) / places * 0.7)
    top, bottom = scale.y(until), scale.y(since)
    return Markup(
        '<rect class="chart-bar look-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>'
    ).format(look, _x(place, places) - width / 2, top, width, bottom - top, _paint(name, look))


def _paint(name: str, look: int) -> str:
    return f"url(#{name}-look-{look})"


def _pattern(name: str, look: int) -> Markup:
    """Return how a surface of a look is filled: plain, striped, dotted or crossed."""
    inside = (
        "",
        '<path class="chart-ink look-1" d="M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6"/>',
        '<circle class="chart-dot look-2" cx="4" cy="4" r="1.7"/>',
        '<path class="chart-ink look-3" d="M0 4 H8 M4 0 V8"/>',
    )[look]
    return Markup(
        '<pattern id="{}-look-{}" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect class="chart-ground look-{}" width="8" height="8"/>{}</pattern>'
    ).format(name, look, look, Markup(inside))  # noqa: S704 - ours


def _stroke(look: int, start: tuple[float, float, float], end: tuple[float, float, float]) -> Markup:
    dash = Markup(' stroke-dasharray="{}"').format(_DASHES[look]) if _DASHES[look] else Markup("")
    return Markup('<line class="chart-line look-{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"{}/>').format(
        look, start[0], start[1], end[0], end[1], dash
    )


def _mark(look: int, x: float, y: float) -> Markup:
    """Return the mark of a look: a disc, a square, a triangle or a diamond."""
    shape = (
        f'<circle class="chart-mark look-0" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>',
        f'<rect class="chart-mark look-1" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>',
        f'<path class="chart-mark look-2" d="M{x:.1f} {y - 5:.1f} l5 9 h-10 z"/>',
        f'<path class="chart-mark look-3" d="M{x:.1f} {y - 5.5:.1f} l5.5 5.5 l-5.5 5.5 l-5.5 -5.5 z"/>',
    )[look]
    return Markup(shape)  # noqa: S704 - numbers alone


def _steps(lowest: float, highest: float) -> list[float]:
    """Return the numbers of an axis, at most five of them, whole, the last at or above `highest`."""
    span = highest - lowest
    step = next(each for power in itertools.count() for each in _round(power) if each * _MOST_STEPS >= span)
    count = -(-span // step)
    return [lowest + step * place for place in range(int(count) + 1)]


def _round(power: int) -> tuple[int, ...]:
    return tuple(each * 10**power for each in (1, 2, 5))
