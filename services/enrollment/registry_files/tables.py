"""CSV read line by line, so that one broken line costs that line and memory does not grow with the file.

The `csv` module alone would let one quotation mark that is never closed swallow everything after it. Here a quoted cell may run over a
few lines; when it does not end well, its first line is rejected and reading resumes with the second.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import BinaryIO

from services.enrollment.registry_files import characters
from services.enrollment.registry_files.rejections import MalformedFile, RejectedLine

ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
}
LONGEST_SOURCE_ID = 255
_LONGEST_LINE = 1 << 20
_LINES_IN_A_CELL = 10
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def codec(encoding: str) -> str | None:
    """Return the name of the codec for a declared encoding, or None when it is not one we read."""
    return ENCODINGS.get(encoding.strip().lower().replace("_", "-"))


class Table:
    """One CSV file: its header read and checked, its rows still to come."""

    def __init__(
        self,
        opened: BinaryIO,
        *,
        file: str,
        encoding: str = "utf-8",
        malformed: type[MalformedFile] = MalformedFile,
    ) -> None:
        """Read the header.

        Raises:
            MalformedFile (or the subclass given): no header, a column named twice, or a separator that is not a comma.
        """
        self.file = file
        self.bytes_read = 0
        self._opened = opened
        self._encoding = encoding
        self._malformed = malformed
        try:
            self.columns = self._header()
        except BaseException:
            opened.close()
            raise
        self._width = len(self.columns)

    def _header(self) -> tuple[str, ...]:
        raw = self._opened.readline(_LONGEST_LINE)
        self.bytes_read += len(raw)
        if raw.startswith(_UTF_16):
            raise self._malformed(self.file, 1, "undecodable")
        if raw.startswith(codecs.BOM_UTF8):
            # A file that says it is UTF-8 is, whatever was declared for the others.
            raw = raw.removeprefix(codecs.BOM_UTF8)
            self._encoding = "utf-8"
        try:
            text = raw.rstrip(b"\r\n").decode(self._encoding)
            cells = next(csv.reader([text], strict=True), [])
        except (UnicodeDecodeError, csv.Error):
            raise self._malformed(self.file, 1, "header_missing") from None
        columns = tuple(cell.strip().lower() for cell in cells)
        if not any(columns) or "\0" in text:
            raise self._malformed(self.file, 1, "header_missing")
        if len(columns) == 1 and re.search(r"[;\t|]", text):
            raise self._malformed(self.file, 1, "separator_unknown")
        named = [column for column in columns if column]
        if len(set(named)) != len(named):
            raise self._malformed(self.file, 1, "column_twice")
        return columns

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def require(self, *columns: str) -> None:
        """Check that every column is there; alternatives are written `a|b`.

        Raises:
            MalformedFile (or the subclass given): a column is missing.
        """
        for alternatives in columns:
            if not any(column.lower() in self.columns for column in alternatives.split("|")):
                raise self._malformed(self.file, 1, "column_missing", subject=alternatives)

    def _index(self, alternatives: str) -> int:
        # A column that the file does not have is read from one empty cell added at the end of every row.
        present = [column for column in alternatives.lower().split("|") if column in self.columns]
        return self.columns.index(present[0]) if present else self._width

    def rows(self, *wanted: str) -> Iterator[tuple[int, tuple[str, ...]] | RejectedLine]:
        """Yield each line's number and the wanted cells (at least two, in the order asked; "" for an absent column).

        Cells are NFC, without outer spaces. A line that is broken comes out as `RejectedLine`, with its first wanted cell as
        `source_id` where that can still be made out; empty lines are passed over.
        """
        indices = [self._index(column) for column in wanted]
        pick: Callable[[list[str]], tuple[str, ...]] = itemgetter(*indices)
        width, file, encoding, first_column = self._width, self.file, self._encoding, self.columns[0]
        readline = self._opened.readline
        ahead: deque[bytes] = deque()
        line = 1
        while raw := (ahead.popleft() if ahead else readline(_LONGEST_LINE)):
            line += 1
            self.bytes_read += len(raw)
            if len(raw) == _LONGEST_LINE and raw[-1:] != b"\n":
                self._skip_rest(ahead)
                yield RejectedLine(file, line, "line_too_long", self._key(raw, indices[0]))
                continue
            raw = raw.rstrip(b"\r\n")
            if not raw:
                continue
            lines_used = 0
            if b'"' not in raw:
                text, fault = _text(raw, encoding)
                cells = text.split(",")
                if fault is None and len(cells) != width:
                    fault = "cells_wrong_number"
            elif raw.count(b'"') % 2 == 0:
                text, fault = _text(raw, encoding)
                cells, fault = _quoted_cells(text, width) if fault is None else ([], fault)
            else:
                text, (cells, fault, lines_used) = " ", self._long_cells(raw, ahead)
            if fault is not None:
                yield RejectedLine(file, line, fault, self._key(raw, indices[0]))
            elif cells[0].lower() == first_column:
                yield RejectedLine(file, line, "header_repeated")
            else:
                cells.append("")
                # Stripping costs as much as all the rest of reading a line, and most hold no space at all; of the other spaces
                # (NBSP, tab …) none is printable.
                may_have_spaces = " " in text or not text.isprintable()
                yield line, tuple(map(str.strip, pick(cells))) if may_have_spaces else pick(cells)
            line += lines_used

    def _long_cells(self, raw: bytes, ahead: deque[bytes]) -> tuple[list[str], str | None, int]:
        """Join a line whose quoted cell is still open with those after it; put them back when that leads nowhere."""
        taken: list[bytes] = []
        joined, is_open = raw, True
        while is_open and len(taken) < _LINES_IN_A_CELL:
            following = ahead.popleft() if ahead else self._opened.readline(_LONGEST_LINE)
            if not following:
                break
            taken.append(following)
            joined += b"\n" + following.rstrip(b"\r\n")
            is_open ^= following.count(b'"') % 2 == 1
        if not is_open:
            text, fault = _text(joined, self._encoding, line_breaks=True)
            if fault is None:
                cells, fault = _quoted_cells(text, self._width)
                if fault is None:
                    self.bytes_read += sum(map(len, taken))
                    # Read whole, so that only this record is lost: no name, date or number of ours runs over two lines.
                    return cells, "line_break_in_cell" if any("\n" in cell for cell in cells) else None, len(taken)
        ahead.extendleft(reversed(taken))
        return [], "quotes_unbalanced", 0

    def _key(self, raw: bytes, index: int) -> str | None:
        """Make out one cell of a broken line, or None where a quotation mark before it leaves doubt."""
        cells = raw.split(b",", index + 1)
        if len(cells) <= index or any(b'"' in cell for cell in cells[:index]):
            return None
        try:
            key = cells[index].strip().strip(b'"').decode(self._encoding)
        except UnicodeDecodeError:
            return None
        return key if key.isprintable() and 0 < len(key) <= LONGEST_SOURCE_ID else None

    def _skip_rest(self, ahead: deque[bytes]) -> None:
        while rest := (ahead.popleft() if ahead else self._opened.readline(_LONGEST_LINE)):
            self.bytes_read += len(rest)
            if rest[-1:] == b"\n":
                return


def _text(raw: bytes, encoding: str, *, line_breaks: bool = False) -> tuple[str, str | None]:
    """Decode a line to NFC, or say what keeps it from being text."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return "", "nul_byte" if b"\0" in raw else "undecodable"
    text = characters.normal(text)
    return text, characters.fault(text.replace("\n", "") if line_breaks else text)


def _quoted_cells(text: str, width: int) -> tuple[list[str], str | None]:
    try:
        cells = next(csv.reader([text], strict=True), [])
    except csv.Error:
        return [], "quotes_unbalanced"
    return cells, None if len(cells) == width else "cells_wrong_number"
