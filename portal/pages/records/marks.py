"""Marks by subject, competency and term, as results and report cards both show them: the table, and what can be drawn of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from portal.charts import Series

TERMS = (1, 2, 3)
# Fewer numbers than this are read more quickly than drawn.
FEWEST_DRAWN = 2
FULL = 100.0


@dataclass(frozen=True)
class Mark:
    """A mark as the school writes it; `term` None: of the whole year."""

    term: int | None
    text: str
    percent: float | None = None
    group_average: float | None = None
    corrected_at: datetime | None = None


@dataclass
class Row:
    """The marks of a subject, or of one of its competencies (`name`), and what the teacher says of them."""

    name: str
    marks: list[Mark] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    weight: float | None = None

    def of_term(self, term: int | None) -> list[Mark]:
        """Return the marks of a term, newest first: mostly one."""
        return [each for each in self.marks if each.term == term]


@dataclass
class Subject:
    """A subject: its own row, if it has marks of its own, and its competencies'."""

    name: str
    rows: list[Row]
    teacher: str = ""

    def terms(self) -> list[int | None]:
        """Return which terms there are marks of, in their order, the year last."""
        met = {mark.term for row in self.rows for mark in row.marks}
        return [each for each in (*TERMS, None) if each in met]

    def has_comments(self) -> bool:
        """Tell whether a teacher says something."""
        return any(row.comments for row in self.rows)


@dataclass(frozen=True)
class Drawing:
    """A subject's own numbers over the terms, as a chart draws them."""

    labels: Sequence[str]
    series: Sequence[Series]
    highest: float


def drawing(subject: Subject, *, labels: Sequence[str], own: str, average: str) -> Drawing | None:
    """Return what to draw of a subject: its numbers by term, named `own`, and the group's, named `average`; None of too few."""
    marks = [_number_of(subject, term) for term in TERMS]
    numbers = [each.percent if each else None for each in marks]
    averages = [each.group_average if each else None for each in marks]
    if _count(numbers) < FEWEST_DRAWN:
        return None
    series = [Series(own, numbers, 0)]
    if _count(averages) >= FEWEST_DRAWN:
        series.append(Series(average, averages, 1))
    # Marks above a hundred (a bonus) stay inside the frame.
    highest = max(FULL, *(each for each in numbers if each is not None))
    return Drawing(labels, series, highest)


def _number_of(subject: Subject, term: int) -> Mark | None:
    own = (mark for row in subject.rows if not row.name for mark in row.of_term(term))
    return next((mark for mark in own if mark.percent is not None), None)


def _count(numbers: Iterable[float | None]) -> int:
    return sum(each is not None for each in numbers)
