"""The registry as a stream of records, each file read once, whichever of the three shapes it has.

A bulk file may hold a province: nothing here grows with it. What needs two files at once (whose birth date, which school) is joined by
the database where the records are staged.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from services.enrollment.registry_files import readers
from services.enrollment.registry_files.readers import Record
from services.enrollment.registry_files.records import (
    BirthDateRow,
    GuardianshipRow,
    NumberRow,
    OrganisationRow,
    RoleRow,
    SchoolRow,
    UserRow,
)
from services.enrollment.registry_files.rejections import MalformedRegistry, RejectedLine
from services.enrollment.registry_files.shapes import (
    COLUMNS,
    ONEROSTER_1_1,
    STANDARD,
    Format,
    Mode,
    Shape,
    find_shape,
    open_table,
)
from services.enrollment.registry_files.sources import Source, open_source
from services.enrollment.registry_files.tables import Table, codec

_Row = TypeVar("_Row")


class RegistryFiles:
    """An opened registry; closes what it holds open at the end of a `with` block."""

    def __init__(self, source: Source, shape: Shape) -> None:
        """Check the header of every file of the shape.

        Raises:
            MalformedRegistry: a header does not hold what the shape needs.
        """
        self._source = source
        self._shape = shape
        self._files = [file for file in COLUMNS[shape.format] if shape.has(file)]
        self._tables: list[Table] = []
        self.bytes_total = sum(source.size(file) for file in self._files)
        self.unknown_columns: Mapping[str, tuple[str, ...]] = self._unknown_columns()

    @property
    def format(self) -> Format:
        """The shape: `oneroster-1.1`, `oneroster-1.2` or `sds-2.1`."""
        return self._shape.format

    @property
    def mode(self) -> Mode:
        """`bulk` when who is not in the users' file is gone, `delta` when the file holds only what changed."""
        return self._shape.modes["users.csv"]

    @property
    def modes(self) -> Mapping[str, Mode]:
        """The mode of each file of the shape, `absent` included."""
        return self._shape.modes

    @property
    def bytes_read(self) -> int:
        """How much of `bytes_total` the running (or last) `records()` has read, for a progress bar."""
        return min(self.bytes_total, sum(table.bytes_read for table in self._tables))

    @property
    def unknown_columns_count(self) -> int:
        """How many columns are kept out because no standard knows them."""
        return sum(map(len, self.unknown_columns.values()))

    def records(self) -> Iterator[Record]:
        """Yield everything the registry says, file after file, each line once.

        A line that cannot be used comes out as a `RejectedLine` in its place and gives nothing else.
        """
        self._tables.clear()
        yield from self._organisations_and_schools()
        yield from self._read("users.csv", self._users)
        yield from self._read("roles.csv", readers.roles)
        yield from self._read("demographics.csv", readers.birth_dates)
        yield from self._read("relationships.csv", readers.relationships)
        yield from self._read("userflags.csv", readers.flags)

    def organisations(self) -> Iterator[OrganisationRow]:
        """Yield the boards, or the schools that stand alone; rejected lines come out of `records` only, as for all below."""
        return self._only(OrganisationRow, self._organisations_and_schools())

    def schools(self) -> Iterator[SchoolRow]:
        """Yield the schools."""
        return self._only(SchoolRow, self._organisations_and_schools())

    def users(self) -> Iterator[UserRow]:
        """Yield the people."""
        return self._only(UserRow, self._read("users.csv", self._users))

    def roles(self) -> Iterator[RoleRow]:
        """Yield who is a student where, and who is a guardian."""
        for file, reader in (
            ("users.csv", self._users),
            ("roles.csv", readers.roles),
            ("relationships.csv", readers.relationships),
        ):
            yield from self._only(RoleRow, self._read(file, reader))

    def birth_dates(self) -> Iterator[BirthDateRow]:
        """Yield the birth dates."""
        return self._only(BirthDateRow, self._read("demographics.csv", readers.birth_dates))

    def guardianships(self) -> Iterator[GuardianshipRow]:
        """Yield who is a guardian of whom."""
        for file, reader in (("users.csv", self._users), ("relationships.csv", readers.relationships)):
            yield from self._only(GuardianshipRow, self._read(file, reader))

    def numbers(self) -> Iterator[NumberRow]:
        """Yield the numbers given outside the users' file."""
        return self._only(NumberRow, self._read("userflags.csv", readers.flags))

    def close(self) -> None:
        """Close the folder or zip."""
        for table in self._tables:
            table.close()
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _only(kind: type[_Row], records: Iterator[Record]) -> Iterator[_Row]:
        return (record for record in records if isinstance(record, kind))

    def _unknown_columns(self) -> dict[str, tuple[str, ...]]:
        unknown = {}
        for file in self._files:
            table = open_table(self._source, file, self._shape)
            table.close()
            columns = tuple(column for column in table.columns if column not in STANDARD[file])
            if columns:
                unknown[file] = columns
        return unknown

    def _read(self, file: str, reader: Callable[[Table], Iterator[Record]]) -> Iterator[Record]:
        if file not in self._files:
            return
        table = open_table(self._source, file, self._shape)
        self._tables.append(table)
        try:
            yield from reader(table)
        finally:
            table.close()

    def _organisations_and_schools(self) -> Iterator[Record]:
        # Read twice: a school without a parent stands alone only where there is no board.
        if "orgs.csv" not in self._files:
            return
        table = open_table(self._source, "orgs.csv", self._shape)
        try:
            rows = table.rows("sourcedId", "type")
            has_board = any(readers.is_board(row[1][1]) for row in rows if not isinstance(row, RejectedLine))
        finally:
            table.close()
        yield from self._read("orgs.csv", lambda table: readers.orgs(table, has_board=has_board))

    def _users(self, table: Table) -> Iterator[Record]:
        return readers.users_with_roles(table) if self.format == ONEROSTER_1_1 else readers.people(table, self.format)


def open_registry(path: str | Path, *, encoding: str | None = None) -> RegistryFiles:
    """Open a folder or a zip of OneRoster 1.1, OneRoster 1.2 or SDS v2.1 files, found out from the files themselves (registry.md).

    `encoding` (`utf-8`, `windows-1252`) is what the operator declares; without it the manifest's `source.encoding` counts, then UTF-8.
    A file that begins with UTF-8's own mark is UTF-8 whatever was declared.

    Raises:
        MalformedRegistry: there is no such folder or zip, no shape that we read, or a header does not hold what it needs.
    """
    if encoding is not None and codec(encoding) is None:
        raise MalformedRegistry(Path(path).name, 0, "encoding_unknown")
    source = open_source(Path(path))
    try:
        return RegistryFiles(source, find_shape(source, encoding))
    except BaseException:
        source.close()
        raise
