import csv
from collections import Counter
from pathlib import Path

import pytest

from services.enrollment import directory_files
from services.enrollment.directory_files import BoardRow, PrivateSchoolRow, PublicSchoolRow
from services.enrollment.registry_files import MalformedFile, RejectedLine

REAL = Path(__file__).parents[2].parent / "shared" / "data"
needs_real_directory = pytest.mark.skipif(
    not (REAL / "quebec_schools.csv").is_file(),
    reason="the ministry's open data is not in ../shared/data",
)
SCHOOLS_HEADER = (
    "code,board_code,name,address,city,postal_code,preschool,primary,secondary,vocational,adult,website\r\n"
)


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="directory.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def _rows(path, **options):
    return list(directory_files.read_directory(path, **options))


def test_shipped_boards_are_the_72_of_the_three_networks():
    boards = _rows(directory_files.BOARDS)

    assert Counter(board.network for board in boards) == {"francophone": 60, "anglophone": 9, "special": 3}
    assert len({board.code for board in boards}) == 72


def test_shipped_boards_know_their_former_names():
    board = next(board for board in _rows(directory_files.BOARDS) if board.code == "712000")

    assert (board.name, board.former_name) == ("CSS des Phares", "CS des Phares")


def test_shipped_demonstration_schools_belong_to_shipped_boards():
    codes = {board.code for board in _rows(directory_files.BOARDS)}
    schools = _rows(directory_files.DEMONSTRATION_SCHOOLS)

    assert {type(school) for school in schools} == {PublicSchoolRow}
    assert {school.board_code for school in schools} <= codes
    assert all(school.code[:3] == school.board_code[:3] for school in schools)


def test_shipped_private_school_is_one_of_its_own():
    [school] = _rows(directory_files.DEMONSTRATION_PRIVATE_SCHOOLS)

    assert isinstance(school, PrivateSchoolRow)


@needs_real_directory
@pytest.mark.parametrize(
    ("name", "kind", "row_type", "number"),
    [
        ("quebec_boards.csv", "boards", BoardRow, 72),
        ("quebec_schools.csv", "schools", PublicSchoolRow, 2745),
        ("quebec_private_schools.csv", "private_schools", PrivateSchoolRow, 258),
    ],
)
def test_read_directory_reads_the_real_files_without_a_rejected_line(name, kind, row_type, number):
    assert directory_files.directory_kind(REAL / name) == kind
    assert Counter(type(row) for row in _rows(REAL / name)) == {row_type: number}


@needs_real_directory
def test_shipped_boards_agree_with_the_open_data():
    with (REAL / "quebec_boards.csv").open(encoding="utf-8", newline="") as lines:
        real = [tuple(row.values()) for row in csv.DictReader(lines)]

    assert [tuple(board)[2:] for board in _rows(directory_files.BOARDS)] == real


@needs_real_directory
def test_shipped_demonstration_schools_are_no_real_ones():
    real = [*_rows(REAL / "quebec_schools.csv"), *_rows(REAL / "quebec_private_schools.csv")]
    invented = [*_rows(directory_files.DEMONSTRATION_SCHOOLS), *_rows(directory_files.DEMONSTRATION_PRIVATE_SCHOOLS)]

    assert not {school.code for school in real} & {school.code for school in invented}
    assert not {school.name.casefold() for school in real} & {school.name.casefold() for school in invented}


def test_read_directory_yields_a_school_with_its_levels(write):
    path = write(SCHOOLS_HEADER + '712001,712000,École du Mistral,"12, rue",Rimouski,G5L1A1,1,1,0,0,0,\r\n')

    assert _rows(path) == [
        PublicSchoolRow(
            *(path.name, 2, "712001", "712000", "École du Mistral", "12, rue", "Rimouski", "G5L1A1"),
            *(True, True, False, False, False, ""),
        )
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("7120,712000,École,,,,1,1,0,0,0,", "code_malformed"),
        ("712001,abc,École,,,,1,1,0,0,0,", "code_malformed"),
        ("٧١٢٠٠١,712000,École,,,,1,1,0,0,0,", "code_malformed"),
        ("712001,712000,,,,,1,1,0,0,0,", "name_missing"),
        ("712001,712000,École,,,,yes,1,0,0,0,", "flag_malformed"),
        ("712001,712000,École", "cells_wrong_number"),
        ('712001,712000,"École,,,,1,1,0,0,0,', "quotes_unbalanced"),
    ],
)
def test_read_directory_rejects_a_bad_line_and_reads_on(write, line, code):
    rows = _rows(write(f"{SCHOOLS_HEADER}{line}\r\n712002,712000,École Deux,,,,0,0,1,0,0,\r\n"))

    assert (rows[0].line, rows[0].code) == (2, code)
    assert rows[1].code == "712002"


def test_read_directory_rejects_an_unknown_network(write):
    [row] = _rows(write("code,name,former_name,network\n712000,CSS des Phares,,martian\n"))

    assert isinstance(row, RejectedLine)
    assert row.code == "network_unknown"


def test_read_directory_reads_windows_1252_when_declared(write):
    path = write("code,name,former_name,network\n712000,CSS de l’Énergie,,francophone\n".encode("cp1252"))

    assert _rows(path, encoding="windows-1252")[0].name == "CSS de l’Énergie"
    assert _rows(path)[0].code == "undecodable"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "header_missing"),
        ("first,second\n1,2\n", "columns_unknown"),
        ("code;name;network\n", "separator_unknown"),
        ("code,name,name,network\n", "column_twice"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "header_missing"),
        (b"PK\x03\x04\x14\x00", "header_missing"),
        ("code,name\n".encode("utf-16"), "undecodable"),
    ],
)
def test_read_directory_refuses_a_file_of_no_kind(write, content, code):
    with pytest.raises(MalformedFile) as refused:
        _rows(write(content))

    assert (refused.value.file, refused.value.code) == ("directory.csv", code)


def test_read_directory_refuses_a_missing_file(tmp_path):
    with pytest.raises(MalformedFile, match="file_missing"):
        _rows(tmp_path / "none.csv")


def test_read_directory_refuses_an_unknown_encoding(write):
    with pytest.raises(MalformedFile, match="encoding_unknown"):
        _rows(write("code,name,network\n"), encoding="ebcdic")
