"""CSV files that people open in a spreadsheet: RFC 4180, UTF-8 with a byte order mark, and no cell that is computed.

A spreadsheet takes a cell for a formula by its first sign, quoted or not, and whoever wrote the text then runs it on the
secretary's machine (CWE-1236). An apostrophe in front makes it text, and is shown as part of it: nothing is lost.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

# By which a spreadsheet knows that it is UTF-8.
_BYTE_ORDER_MARK: Final = "\ufeff"
# The signs that begin a formula, their full-width forms, and the blanks that are skipped before one.
_FORMULA: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_NEUTRAL: Final = "'"
# Handed on in pieces of about this many signs: a line at a time costs more than the line.
_PIECE: Final = 32_768


def cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet computes."""
    is_formula = text[:1] in _FORMULA or text.lstrip()[:1] in _FORMULA
    return f"{_NEUTRAL}{text}" if text and is_formula else text


def pieces(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Return the file piece by piece: a line of names, then the rows; None is an empty cell, a moment RFC 3339 in UTC."""
    page = io.StringIO()
    page.write(_BYTE_ORDER_MARK)
    lines = csv.writer(page, lineterminator="\r\n")
    lines.writerow(names)
    for row in rows:
        lines.writerow([_text(value) for value in row])
        if page.tell() >= _PIECE:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return cell(str(value))
