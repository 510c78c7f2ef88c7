"""Readers of the directory: boards, public schools and private schools, told apart by their columns (EN-03, EN-04, EN-24).

The columns are those of the ministry's open data as `import-directory` takes them:

* boards — `code,name,former_name,network`
* schools — `code,board_code,name,address,city,postal_code,preschool,primary,secondary,vocational,adult,website`
* private schools — `code,name,address,city,postal_code,website`

Standard library only. Bad lines come out as `RejectedLine`; a file of none of these kinds raises `MalformedFile`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from services.enrollment.registry_files.rejections import MalformedFile, RejectedLine
from services.enrollment.registry_files.tables import Table, codec

# The directory that the product ships: the 72 boards, and invented schools for the demonstration.
SHIPPED = Path(__file__).parent / "directory"
BOARDS = SHIPPED / "boards.csv"
DEMONSTRATION_SCHOOLS = SHIPPED / "demonstration_schools.csv"
DEMONSTRATION_PRIVATE_SCHOOLS = SHIPPED / "demonstration_private_schools.csv"

Kind = Literal["boards", "schools", "private_schools"]
_CODE = re.compile(r"[0-9]{6}")
Network = Literal["francophone", "anglophone", "special"]
_NETWORKS: dict[str, Network] = {"francophone": "francophone", "anglophone": "anglophone", "special": "special"}
_LEVELS = ("preschool", "primary", "secondary", "vocational", "adult")
_COLUMNS: dict[Kind, tuple[str, ...]] = {
    "boards": ("code", "name", "former_name", "network"),
    "schools": ("code", "board_code", "name", "address", "city", "postal_code", *_LEVELS, "website"),
    "private_schools": ("code", "name", "address", "city", "postal_code", "website"),
}
# What must be there for a file to be of a kind; the others may be left out. The first that fits counts.
_TELLING: dict[Kind, frozenset[str]] = {
    "boards": frozenset({"code", "name", "network"}),
    "schools": frozenset({"code", "name", "board_code"}),
    "private_schools": frozenset({"code", "name", "city"}),
}


class BoardRow(NamedTuple):
    """A centre de services scolaire or commission scolaire."""

    file: str
    line: int
    code: str
    name: str
    former_name: str | None
    network: Network


class PublicSchoolRow(NamedTuple):
    """A school or centre of a board, with what is taught there."""

    file: str
    line: int
    code: str
    board_code: str
    name: str
    address: str
    city: str
    postal_code: str
    has_preschool: bool
    has_primary: bool
    has_secondary: bool
    has_vocational: bool
    has_adult: bool
    website: str


class PrivateSchoolRow(NamedTuple):
    """A private school, which is an organisation of its own (EN-03)."""

    file: str
    line: int
    code: str
    name: str
    address: str
    city: str
    postal_code: str
    website: str


DirectoryRow = BoardRow | PublicSchoolRow | PrivateSchoolRow | RejectedLine


def directory_kind(path: str | Path, *, encoding: str = "utf-8") -> Kind:
    """Tell from its columns what a directory file lists.

    Raises:
        MalformedFile: it cannot be read, or has the columns of no kind.
    """
    table = _open(Path(path), encoding)
    table.close()
    return _kind(table)


def read_directory(path: str | Path, *, encoding: str = "utf-8") -> Iterator[DirectoryRow]:
    """Yield the rows of a directory file, of the kind its columns tell, with bad lines in their place.

    Raises:
        MalformedFile: it cannot be read, or has the columns of no kind.
    """
    table = _open(Path(path), encoding)
    try:
        kind = _kind(table)
        for row in table.rows(*_COLUMNS[kind]):
            if isinstance(row, RejectedLine):
                # The key of a directory is a public code: there is nothing to withhold, and nothing to keep.
                yield row
            else:
                yield _directory_row(kind, table.file, *row)
    finally:
        table.close()


def _open(path: Path, encoding: str) -> Table:
    codec_name = codec(encoding)
    if codec_name is None:
        raise MalformedFile(path.name, 0, "encoding_unknown")
    if not path.is_file():
        raise MalformedFile(path.name, 0, "file_missing")
    try:
        return Table(path.open("rb"), file=path.name, encoding=codec_name)
    except OSError:
        raise MalformedFile(path.name, 0, "file_unreadable") from None


def _kind(table: Table) -> Kind:
    for kind, telling in _TELLING.items():
        if telling.issubset(table.columns):
            return kind
    raise MalformedFile(table.file, 1, "columns_unknown")


def _directory_row(kind: Kind, file: str, line: int, cells: tuple[str, ...]) -> DirectoryRow:
    code = cells[0]
    name = cells[2] if kind == "schools" else cells[1]
    board_code = cells[1] if kind == "schools" else code
    if not (code.isascii() and _CODE.fullmatch(code) and board_code.isascii() and _CODE.fullmatch(board_code)):
        return RejectedLine(file, line, "code_malformed")
    if not name:
        return RejectedLine(file, line, "name_missing", code)
    if kind == "boards":
        _, _, former_name, network = cells
        if network not in _NETWORKS:
            return RejectedLine(file, line, "network_unknown", code)
        return BoardRow(file, line, code, name, former_name or None, _NETWORKS[network])
    if kind == "private_schools":
        return PrivateSchoolRow(file, line, *cells)
    flags = cells[6:11]
    if any(flag not in ("0", "1", "") for flag in flags):
        return RejectedLine(file, line, "flag_malformed", code)
    _, _, _, address, city, postal_code = cells[:6]
    preschool, primary, secondary, vocational, adult = (flag == "1" for flag in flags)
    return PublicSchoolRow(
        file,
        line,
        code,
        board_code,
        name,
        address,
        city,
        postal_code,
        has_preschool=preschool,
        has_primary=primary,
        has_secondary=secondary,
        has_vocational=vocational,
        has_adult=adult,
        website=cells[11],
    )
