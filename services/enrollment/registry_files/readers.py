"""What the lines of each file say, one generator a file; a line that cannot be used comes out as a `RejectedLine` in its place."""

from collections.abc import Iterator

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
from services.enrollment.registry_files.rejections import RejectedLine
from services.enrollment.registry_files.shapes import SDS_2_1, Format
from services.enrollment.registry_files.tables import LONGEST_SOURCE_ID, Table

Record = OrganisationRow | SchoolRow | UserRow | RoleRow | BirthDateRow | GuardianshipRow | NumberRow | RejectedLine

_BOARD_TYPES = frozenset({"district", "ministry", "ministryofeducation", "local", "state", "national"})
_ROLES: dict[str, Role] = {"student": "student", "parent": "guardian", "guardian": "guardian", "relative": "guardian"}
_PERMANENT_CODE_FLAG = "codepermanent:"
_FILE_NUMBER_FLAGS = ("fiche:", "filenumber:")


def is_board(type_word: str) -> bool:
    """Tell whether a type of organisation is that of a board, or of a ministry above schools."""
    return type_word.lower() in _BOARD_TYPES


def _role(word: str) -> Role | None:
    return _ROLES.get(word.lower())


def orgs(table: Table, *, has_board: bool) -> Iterator[Record]:
    """Read `orgs.csv`: boards, schools, and, where there is no board, the schools that stand alone."""
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
        elif is_board(type_word):
            yield OrganisationRow(table.file, line, source_id, name, code or None, "board", status)
        else:
            if not parent and not has_board:
                yield OrganisationRow(table.file, line, source_id, name, code or None, "school", status)
            yield SchoolRow(table.file, line, source_id, name, code or None, parent or None, status)


def users_with_roles(table: Table) -> Iterator[Record]:
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


def people(table: Table, format: Format) -> Iterator[Record]:
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


def roles(table: Table) -> Iterator[Record]:
    """Read `roles.csv`: who is a student of which school, and who a guardian. Other roles are passed over."""
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


def birth_dates(table: Table) -> Iterator[Record]:
    """Read `demographics.csv`; nothing else that it says of a person is taken."""
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


def relationships(table: Table) -> Iterator[Record]:
    """Read `relationships.csv` of SDS, where alone a guardian is known as one."""
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


def flags(table: Table) -> Iterator[Record]:
    """Read the numbers among the flags of `userFlags.csv`."""
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
