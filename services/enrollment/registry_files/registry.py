"""The registry as a stream of records, each file read once, whichever of the three shapes it has.

A bulk file may hold a province: nothing here grows with it. What needs two files at once (whose birth date, which school) is joined by
the database where the records are staged.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from services.enrollment.registry_files import cells
from services.enrollment.registry_files.records import (
    BirthDateRow,
    GuardianshipRow,
    NumberRow,
    OrganisationRow,
    Role,
    RoleRow,
    SchoolRow,
    Status,
    UserRow,
)
from services.enrollment.registry_files.rejections import MalformedRegistry, RejectedLine
from services.enrollment.registry_files.shapes import (
    COLUMNS,
    ONEROSTER_1_1,
    SDS_2_1,
    STANDARD,
    Format,
    Mode,
    Shape,
    find_shape,
    open_table,
)
from services.enrollment.registry_files.sources import Source, open_source
from services.enrollment.registry_files.tables import LONGEST_SOURCE_ID, Table, codec

Record = OrganisationRow | SchoolRow | UserRow | RoleRow | BirthDateRow | GuardianshipRow | NumberRow | RejectedLine
_Row = TypeVar("_Row")

_BOARD_TYPES = frozenset({"district", "ministry", "ministryofeducation", "local", "state", "national"})
_ROLES: dict[str, Role] = {"student": "student", "parent": "guardian", "guardian": "guardian", "relative": "guardian"}
_PERMANENT_CODE_FLAG = "codepermanent:"
_FILE_NUMBER_FLAGS = ("fiche:", "filenumber:")


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
        yield from self._read("roles.csv", self._roles)
        yield from self._read("demographics.csv", self._birth_dates)
        yield from self._read("relationships.csv", self._relationships)
        yield from self._read("userflags.csv", self._flags)

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
            ("roles.csv", self._roles),
            ("relationships.csv", self._relationships),
        ):
            yield from self._only(RoleRow, self._read(file, reader))

    def birth_dates(self) -> Iterator[BirthDateRow]:
        """Yield the birth dates."""
        return self._only(BirthDateRow, self._read("demographics.csv", self._birth_dates))

    def guardianships(self) -> Iterator[GuardianshipRow]:
        """Yield who is a guardian of whom."""
        for file, reader in (("users.csv", self._users), ("relationships.csv", self._relationships)):
            yield from self._only(GuardianshipRow, self._read(file, reader))

    def numbers(self) -> Iterator[NumberRow]:
        """Yield the numbers given outside the users' file."""
        return self._only(NumberRow, self._read("userflags.csv", self._flags))

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
            has_board = any(_is_board(row[1][1]) for row in rows if not isinstance(row, RejectedLine))
        finally:
            table.close()
        yield from self._read("orgs.csv", lambda table: _orgs(table, has_board))

    def _users(self, table: Table) -> Iterator[Record]:
        return _users_with_roles(table) if self.format == ONEROSTER_1_1 else _people(table, self.format)

    def _roles(self, table: Table) -> Iterator[Record]:
        wanted = ("userSourcedId", "role", "orgSourcedId", "roleType|isPrimary", "grade", "status")
        for row in table.rows(*wanted):
            if isinstance(row, RejectedLine):
                yield row
                continue
            line, (user, word, school, primary, grade, status) = row
            try:
                if not user or len(user) > LONGEST_SOURCE_ID:
                    raise cells.Unreadable("reference_missing")
                if not word:
                    raise cells.Unreadable("role_missing")
                role = _role(word)
                if role is None:
                    continue
                is_primary = primary.lower() in ("primary", "true", "")
                yield RoleRow(
                    table.file, line, user, role, school or None, is_primary, *cells.grade(grade), cells.status(status)
                )
            except cells.Unreadable as unreadable:
                yield RejectedLine(table.file, line, unreadable.code, user or None)

    def _birth_dates(self, table: Table) -> Iterator[Record]:
        for row in table.rows("sourcedId|userSourcedId", "birthDate", "status"):
            if isinstance(row, RejectedLine):
                yield row
                continue
            line, (user, birth_on, status) = row
            try:
                if not user or len(user) > LONGEST_SOURCE_ID:
                    raise cells.Unreadable("reference_missing")
                yield BirthDateRow(table.file, line, user, cells.day(birth_on), cells.status(status))
            except cells.Unreadable as unreadable:
                yield RejectedLine(table.file, line, unreadable.code, user or None)

    def _relationships(self, table: Table) -> Iterator[Record]:
        for row in table.rows("userSourcedId", "relationshipUserSourcedId", "relationshipRole"):
            if isinstance(row, RejectedLine):
                yield row
                continue
            line, (student, guardian, word) = row
            if not student or not guardian or max(len(student), len(guardian)) > LONGEST_SOURCE_ID:
                yield RejectedLine(table.file, line, "reference_missing", student or None)
            elif not word:
                yield RejectedLine(table.file, line, "role_missing", student)
            elif _role(word) == "guardian":
                # The first relationship of a student is the lowest line; a doctor or an aide is no guardian.
                yield GuardianshipRow(table.file, line, student, guardian, line, False, *cells.SILENT, "active")
                yield RoleRow(table.file, line, guardian, "guardian", None, True, None, None, "active")

    def _flags(self, table: Table) -> Iterator[Record]:
        # Other flags (special needs, free meals …) are none of our business and stay out.
        for row in table.rows("userSourcedId", "flag"):
            if isinstance(row, RejectedLine):
                yield row
                continue
            line, (user, flag) = row
            _, _, value = flag.partition(":")
            try:
                if flag.lower().startswith(_PERMANENT_CODE_FLAG):
                    yield NumberRow(table.file, line, user, None, cells.permanent_code(value.strip()))
                elif flag.lower().startswith(_FILE_NUMBER_FLAGS):
                    yield NumberRow(table.file, line, user, cells.file_number(value.strip()), None)
            except cells.Unreadable as unreadable:
                yield RejectedLine(table.file, line, unreadable.code, user or None)


def _is_board(type_word: str) -> bool:
    return type_word.lower() in _BOARD_TYPES


def _role(word: str) -> Role | None:
    return _ROLES.get(word.lower())


def _orgs(table: Table, has_board: bool) -> Iterator[Record]:
    for row in table.rows("sourcedId", "name", "type", "identifier", "parentSourcedId", "status"):
        if isinstance(row, RejectedLine):
            yield row
            continue
        line, (source_id, name, type_word, code, parent, status_cell) = row
        try:
            status = cells.status(status_cell)
        except cells.Unreadable as unreadable:
            yield RejectedLine(table.file, line, unreadable.code, source_id or None)
            continue
        if not source_id or len(source_id) > LONGEST_SOURCE_ID:
            yield RejectedLine(table.file, line, "source_id_missing")
        elif not name and status == "active":
            yield RejectedLine(table.file, line, "name_missing", source_id)
        elif _is_board(type_word):
            yield OrganisationRow(table.file, line, source_id, name, code or None, "board", status)
        else:
            if not parent and not has_board:
                yield OrganisationRow(table.file, line, source_id, name, code or None, "school", status)
            yield SchoolRow(table.file, line, source_id, name, code or None, parent or None, status)


def _users_with_roles(table: Table) -> Iterator[Record]:
    """Read OneRoster 1.1, where a person's one role and organisations stand beside the name."""
    file = table.file
    wanted = (
        *(
            "sourcedId",
            "status",
            "role",
            "orgSourcedIds",
            "givenName",
            "familyName",
            "middleName",
            "email",
            "identifier",
        ),
        *("userIds", "agentSourcedIds", "grades", "metadata.principalGuardian", "metadata.guardianRights"),
    )
    for row in table.rows(*wanted):
        if isinstance(row, RejectedLine):
            yield row
            continue
        line, picked = row
        (
            source_id,
            status_cell,
            word,
            orgs,
            given,
            family,
            middle,
            email,
            number,
            ids,
            agents,
            grades,
            principal,
            said,
        ) = picked
        try:
            if not source_id or len(source_id) > LONGEST_SOURCE_ID:
                raise cells.Unreadable("source_id_missing")
            if not word:
                raise cells.Unreadable("role_missing")
            status = cells.status(status_cell)
            role = _role(word)
            if role == "student":
                if status == "active" and not (given and family):
                    raise cells.Unreadable("name_missing")
                file_number, code = cells.file_number(number), cells.permanent_code_of_user_ids(ids)
                grade, level = cells.grade(grades)
                guardianships = _agents(
                    file, line, source_id, agents=agents, principal=principal, said=said, status=status
                )
                # A student's own e-mail has no use here.
                yield UserRow(
                    file, line, source_id, given, family, middle, None, file_number, code, grade, level, status
                )
                is_primary = True
                for school in cells.listed(orgs) or (None,):
                    yield RoleRow(file, line, source_id, "student", school, is_primary, grade, level, status)
                    is_primary = False
                yield from guardianships
            elif role == "guardian":
                address = cells.email(email)
                yield UserRow(file, line, source_id, given, family, middle, address, None, None, None, None, status)
                yield RoleRow(file, line, source_id, "guardian", None, True, None, None, status)
        except cells.Unreadable as unreadable:
            yield RejectedLine(file, line, unreadable.code, source_id or None)


def _people(table: Table, format: Format) -> Iterator[Record]:
    """Read OneRoster 1.2 and SDS, where the role stands in another file.

    Whether a line must meet what is asked of a student is therefore told from the line: it has a permanent code, a grade, agents, or (in
    SDS, where the column is ours) an identifier. Of anybody else an identifier of another form, an employee's say, is passed over.
    """
    file = table.file
    wanted = (
        *("sourcedId", "status", "givenName", "familyName", "middleName", "email", "identifier", "userIds"),
        *("agentSourcedIds", "grades", "metadata.principalGuardian", "metadata.guardianRights"),
    )
    for row in table.rows(*wanted):
        if isinstance(row, RejectedLine):
            yield row
            continue
        line, picked = row
        source_id, status_cell, given, family, middle, email, number, ids, agents, grades, principal, said = picked
        try:
            if not source_id or len(source_id) > LONGEST_SOURCE_ID:
                raise cells.Unreadable("source_id_missing")
            status = cells.status(status_cell)
            code = cells.permanent_code_of_user_ids(ids)
            if code or grades or agents or (number and format == SDS_2_1):
                if status == "active" and not (given and family):
                    raise cells.Unreadable("name_missing")
                file_number, address = cells.file_number(number), None
            else:
                if status == "active" and not (given or family or email):
                    raise cells.Unreadable("name_missing")
                file_number = number if len(number) == 7 and number.isascii() and number.isdigit() else None
                address = cells.email(email)
            grade, level = cells.grade(grades)
            guardianships = _agents(file, line, source_id, agents=agents, principal=principal, said=said, status=status)
            yield UserRow(
                file, line, source_id, given, family, middle, address, file_number, code, grade, level, status
            )
            yield from guardianships
        except cells.Unreadable as unreadable:
            yield RejectedLine(file, line, unreadable.code, source_id or None)


def _agents(
    file: str, line: int, student: str, *, agents: str, principal: str, said: str, status: Status
) -> list[GuardianshipRow]:
    """Return a student's guardians, the principal one first in rank: the one named, else the first agent (registry.md)."""
    guardians = cells.listed(agents)
    if principal and principal not in guardians and status == "active":
        raise cells.Unreadable("principal_guardian_unknown")
    rights = cells.guardian_rights(said) if said else {}
    found = []
    for position, guardian in enumerate(guardians):
        if len(guardian) > LONGEST_SOURCE_ID:
            raise cells.Unreadable("reference_missing")
        is_principal = guardian == principal if principal else position == 0
        rank = 0 if is_principal else position + 1
        found.append(
            GuardianshipRow(
                file, line, student, guardian, rank, is_principal, *rights.get(guardian, cells.SILENT), status
            )
        )
    return found


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
