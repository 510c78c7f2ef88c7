"""What a registry says, one named tuple per fact, the same for the three shapes.

Tuples, so that a batch goes to COPY or `executemany` as it is; the joining is left to the database. Each begins with the file and the
line it comes from. Their `repr` shows only these, because all the rest is personal.
"""

from datetime import date
from typing import Literal, NamedTuple

Status = Literal["active", "gone"]
Level = Literal["primary", "secondary"]
Role = Literal["student", "guardian"]


class OrganisationRow(NamedTuple):
    """A board, or a school that stands alone (a private school): what a registry belongs to."""

    file: str
    line: int
    source_id: str
    name: str
    code: str | None
    kind: Literal["board", "school"]
    status: Status


class SchoolRow(NamedTuple):
    """A place that students attend; its parent is another one, an organisation, or unknown."""

    file: str
    line: int
    source_id: str
    name: str
    code: str | None
    parent_source_id: str | None
    status: Status


class UserRow(NamedTuple):
    """A person. Who is a student and who a guardian is said by the `RoleRow`s (a person may have several, or none)."""

    file: str
    line: int
    source_id: str
    given_name: str
    family_name: str
    middle_name: str
    email: str | None
    file_number: str | None
    permanent_code: str | None
    grade: str | None
    level: Level | None
    status: Status

    def __repr__(self) -> str:
        return f"UserRow({self.file}:{self.line})"


class RoleRow(NamedTuple):
    """That a person is a student of a school, or a guardian (whose school, if any, says nothing).

    A student's `grade` and `level` are here in SDS, in the `UserRow` in OneRoster.
    """

    file: str
    line: int
    user_source_id: str
    role: Role
    school_source_id: str | None
    is_primary: bool
    grade: str | None
    level: Level | None
    status: Status

    def __repr__(self) -> str:
        return f"RoleRow({self.file}:{self.line})"


class BirthDateRow(NamedTuple):
    """When a person was born; None where the line is there and the date is not."""

    file: str
    line: int
    user_source_id: str
    birth_on: date | None
    status: Status

    def __repr__(self) -> str:
        return f"BirthDateRow({self.file}:{self.line})"


class GuardianshipRow(NamedTuple):
    """That a person is a guardian of a student.

    The principal guardian (« répondant principal ») is, of a student's rows, the one with the lowest `rank`: 0 where the file names it,
    else the order in which the file gives them. `rights` is None where the file is silent, which is not the same as none.
    """

    file: str
    line: int
    student_source_id: str
    guardian_source_id: str
    rank: int
    is_principal: bool
    rights: tuple[str, ...] | None
    restrictions: tuple[str, ...]
    starts_on: date | None
    ends_on: date | None
    status: Status

    def __repr__(self) -> str:
        return f"GuardianshipRow({self.file}:{self.line})"


class NumberRow(NamedTuple):
    """A file number or permanent code given outside the users' file (SDS `userFlags.csv`)."""

    file: str
    line: int
    user_source_id: str
    file_number: str | None
    permanent_code: str | None

    def __repr__(self) -> str:
        return f"NumberRow({self.file}:{self.line})"
