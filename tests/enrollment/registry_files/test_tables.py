import io
import tracemalloc

import pytest
from hypothesis import given, settings, strategies

from services.enrollment.registry_files.rejections import MalformedFile, RejectedLine
from services.enrollment.registry_files.tables import Table


def _table(content, **options):
    raw = content if isinstance(content, bytes) else content.encode()
    return Table(io.BytesIO(raw), file="users.csv", **options)


def _rows(content, *wanted, **options):
    return list(_table(content, **options).rows(*(wanted or ("id", "name"))))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_rows_yield_lines_with_their_numbers(line_end):
    content = line_end.join(["id,name", "1,Zoé", "", "2,Léo", ""])

    assert _rows(content) == [(2, ("1", "Zoé")), (4, ("2", "Léo"))]


def test_rows_take_columns_by_name_in_any_order_and_case():
    assert _rows("Name,other,ID\nZoé,x,1\n", "id", "name", "absent") == [(2, ("1", "Zoé", ""))]


def test_rows_take_the_alternative_that_is_there():
    assert _rows("userSourcedId,name\n1,Zoé\n", "sourcedId|userSourcedId", "name") == [(2, ("1", "Zoé"))]


def test_rows_drop_the_byte_order_mark():
    assert _rows("\ufeffid,name\n1,Zoé\n") == [(2, ("1", "Zoé"))]


def test_rows_believe_the_byte_order_mark_over_the_declared_encoding():
    assert _rows("\ufeffid,name\n1,Zoé\n", encoding="cp1252") == [(2, ("1", "Zoé"))]


def test_rows_compose_accents():
    assert _rows("id,name\n1,Zoe\u0301\n") == [(2, ("1", "Zo\u00e9"))]


@pytest.mark.parametrize("cell", [" Zoé ", "\u00a0Zoé", "Zoé\u202f", '" Zoé"'])
def test_rows_strip_outer_spaces(cell):
    assert _rows(f"id,name\n1,{cell}\n") == [(2, ("1", "Zoé"))]


def test_rows_read_quoted_cells():
    assert _rows('id,name\n1,"Roy, ""Zoé"""\n') == [(2, ("1", 'Roy, "Zoé"'))]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"9,Zo\xe9", "undecodable"),
        (b"9,Zo\x00e", "nul_byte"),
        (b"9,Zo\x1be", "control_character"),
        (b"9,Zo\re", "control_character"),
        (b"9", "cells_wrong_number"),
        (b"9,Zoe,x", "cells_wrong_number"),
        (b'9,"Zoe', "quotes_unbalanced"),
        (b'9,"Zoe"x"', "quotes_unbalanced"),
        (b"id,name", "header_repeated"),
        (b"9," + b"x" * (1 << 20), "line_too_long"),
    ],
)
def test_rows_reject_a_broken_line_and_nothing_else(line, code):
    rows = _rows(b"id,name\n1,A\n" + line + b"\n2,B\n3,C\n")

    assert [row.code for row in rows if isinstance(row, RejectedLine)] == [code]
    assert [row for row in rows if not isinstance(row, RejectedLine)] == [
        (2, ("1", "A")),
        (4, ("2", "B")),
        (5, ("3", "C")),
    ]


@pytest.mark.parametrize(
    "line", [b"9,Zo\xe9", b"9,Zo\x00e", b"9", b'9,"Zoe', b'"9","Zo\xe9"', b"9," + b"x" * (1 << 20)]
)
def test_rows_make_out_whose_broken_line_it_is(line):
    assert _rows(b"id,name\n" + line + b"\n")[0].source_id == "9"


def test_rows_do_not_guess_whose_line_it_is_behind_a_quotation_mark():
    assert _rows('name,id\n"Zoé,9\n', "id", "name")[0].source_id is None


def test_rows_reject_only_the_lines_whose_quotes_are_unbalanced():
    rows = _rows('id,name\n1,"A\n2,B\n3,"C\n4,D\n')

    assert [(row[1], row[2]) for row in rows if isinstance(row, RejectedLine)] == [
        (2, "quotes_unbalanced"),
        (4, "quotes_unbalanced"),
    ]
    assert [row[1] for row in rows if not isinstance(row, RejectedLine)] == [("2", "B"), ("4", "D")]


def test_rows_reject_a_line_break_in_a_cell_as_one_line():
    rows = _rows('id,name\n1,"A\nB"\n2,C\n')

    assert [(row.line, row.code) for row in rows if isinstance(row, RejectedLine)] == [(2, "line_break_in_cell")]
    assert rows[-1] == (4, ("2", "C"))


def test_rows_read_a_last_line_without_its_end():
    assert _rows("id,name\n1,A") == [(2, ("1", "A"))]


def test_rows_reject_a_quote_open_at_the_end_of_the_file():
    assert [row.code for row in _rows('id,name\n1,"A')] == ["quotes_unbalanced"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "header_missing"),
        (b"\n1,2\n", "header_missing"),
        (b",,\n", "header_missing"),
        (b"id,\xff\n", "header_missing"),
        (b'id,"name\n', "header_missing"),
        (b"id;name\n", "separator_unknown"),
        (b"id\tname\n", "separator_unknown"),
        (b"id,name,ID\n", "column_twice"),
        ("id,name\n".encode("utf-16"), "undecodable"),
    ],
)
def test_table_refuses_a_broken_header(content, code):
    with pytest.raises(MalformedFile) as refused:
        _table(content)

    assert (refused.value.line, refused.value.code) == (1, code)


def test_require_names_the_missing_column():
    with pytest.raises(MalformedFile) as refused:
        _table("id,name\n").require("id|sourcedId", "birthDate")

    assert (refused.value.code, refused.value.subject) == ("column_missing", "birthDate")


def test_bytes_read_reach_the_size_of_the_file():
    content = b'id,name\n1,"A\n2,B\n3,"C\nD"\n4,' + b"x" * (1 << 20) + b"\n5,E\n"
    table = _table(content)

    list(table.rows("id", "name"))

    assert table.bytes_read == len(content)


@settings(max_examples=300, deadline=None)
@given(strategies.binary(max_size=400))
def test_rows_stop_at_no_bytes_whatever(noise):
    rows = _rows(b"id,name\n1,A\n" + noise.replace(b'"', b"'") + b"\n2,B\n")

    assert rows[0] == (2, ("1", "A"))
    assert rows[-1][1] == ("2", "B")


@settings(max_examples=300, deadline=None)
@given(strategies.text(alphabet='a,"\n\r é', max_size=60))
def test_rows_stop_at_no_quotes_whatever(noise):
    rows = _rows(f"id,name\n{noise}\n2,B\n")

    assert rows[-1][1] == ("2", "B")


def test_rows_keep_memory_flat():
    class Endless(io.RawIOBase):
        left = 30_000

        def readable(self):
            return True

        def readinto(self, buffer):
            self.left -= 1
            line = b"id,name\n" if self.left == 29_999 else b'7,"Roy, A"\n'
            size = len(line) * (self.left >= 0)
            buffer[:size] = line[:size]
            return size

    table = Table(io.BufferedReader(Endless(), 1 << 16), file="users.csv")
    tracemalloc.start()
    try:
        number = sum(1 for _ in table.rows("id", "name"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert number == 29_999
    assert peak < 200_000
