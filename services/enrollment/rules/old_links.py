"""Links of another system, as its export tells of them: who held which child since when (ID-32)."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

COLUMNS: Final = ("account_id", "organisation_code", "student_source_id", "linked_on")


@dataclass(frozen=True, kw_only=True)
class OldLink:
    """One line that can be read."""

    line: int
    account_id: str
    organisation_code: str
    student_source_id: str
    linked_on: date


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A line that cannot be taken: where, and which column; never what stood there."""

    line: int
    column: str


class MissingColumns(ValueError):
    """The file has no head, or one without what every link needs."""


class NoCsv(ValueError):
    """From this line on nothing can be read: a quotation mark that is never closed, most likely."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is no CSV")
        self.line = line


def read(lines: Iterable[str]) -> Iterator[OldLink | Rejected]:
    """Yield the links of a CSV file (RFC 4180, with a head).

    Raises:
        MissingColumns: the file does not tell what every link needs.
        NoCsv: a line cannot be taken apart.
    """
    rows = csv.DictReader(lines, strict=False)
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        raise MissingColumns
    try:
        for row in rows:
            yield _link({name: (row.get(name) or "").strip() for name in COLUMNS}, line=rows.line_num)
    except csv.Error:
        raise NoCsv(rows.line_num + 1) from None


def _link(row: dict[str, str], *, line: int) -> OldLink | Rejected:
    try:
        linked_on = date.fromisoformat(row["linked_on"])
    except ValueError:
        return Rejected(line=line, column="linked_on")
    return OldLink(**{**row, "linked_on": linked_on}, line=line)  # type: ignore[arg-type]
