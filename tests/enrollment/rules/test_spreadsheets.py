import csv
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from services.enrollment.rules import spreadsheets

FORMULA = "=+-@\t\r\n＝＋－＠"
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x";"y")', '\'=HYPERLINK("http://x";"y")'),
        ("+15145550100", "'+15145550100"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("Côté-Gagnon", "Côté-Gagnon"),
        ("L’Heureux = 1", "L’Heureux = 1"),
        ("", ""),
        ("   ", "   "),
    ],
)
def test_a_cell_is_never_a_formula(text: str, cell: str) -> None:
    assert spreadsheets.cell(text) == cell


@given(TEXTS)
def test_a_cell_loses_nothing_and_begins_no_formula(text: str) -> None:
    cell = spreadsheets.cell(text)
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.strip() or cell.lstrip(" ")[0] not in FORMULA


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=20))
def test_a_file_reads_back_as_what_was_written(rows: list[list[str]]) -> None:
    text = "".join(spreadsheets.pieces(("one", "two"), rows))
    assert text.startswith("\ufeffone,two\r\n")
    read = list(csv.reader(io.StringIO(text[1:], newline="")))
    assert read == [["one", "two"], *([spreadsheets.cell(cell) for cell in row] for row in rows)]


def test_a_file_has_moments_in_utc_and_empty_cells() -> None:
    at = datetime(2027, 1, 12, 18, 10, 5, tzinfo=timezone(timedelta(hours=-5)))
    (text,) = spreadsheets.pieces(("a", "b", "c"), [(at, None, 'x,"y"\nz')])
    assert text == '\ufeffa,b,c\r\n2027-01-12T23:10:05Z,,"x,""y""\nz"\r\n'
    assert at.astimezone(UTC).hour == 23


def test_a_large_file_comes_in_pieces() -> None:
    pieces = list(spreadsheets.pieces(("n",), ([str(number)] for number in range(30_000))))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 40_000
    assert "".join(pieces).count("\r\n") == 30_001
