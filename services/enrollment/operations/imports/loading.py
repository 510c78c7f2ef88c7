"""From the files into the stage: each line once, in batches, with nothing personal left in clear that must not be."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import Table

from services.enrollment.operations.imports.keys import StudentKeys
from services.enrollment.operations.imports.stage import (
    BIRTHS,
    GUARDIANSHIPS,
    NUMBERS,
    REJECTIONS,
    ROLES,
    SCHOOLS,
    USERS,
    Stage,
)
from services.enrollment.registry_files import (
    BirthDateRow,
    GuardianshipRow,
    NumberRow,
    OrganisationRow,
    Record,
    RejectedLine,
    RoleRow,
    SchoolRow,
    UserRow,
)
from services.enrollment.rules import emails
from shared import ids

# Large enough that the cost of a COPY vanishes, small enough that a table's share of memory is a few megabytes.
BATCH: Final = 5000
# Progress is told, and what has gathered is written, this often.
_LINES_BETWEEN_TELLINGS: Final = 2000
# Organisations that a file may name; more is no registry, and they are kept in memory.
_MOST_CODES: Final = 1000

Telling = Callable[[], None]


class Loader:
    """Fills a stage with what a registry says."""

    def __init__(self, stage: Stage, keys: StudentKeys) -> None:
        self._stage = stage
        self._keys = keys
        self._rows: dict[Table, list[tuple[Any, ...]]] = {
            table: [] for table in (SCHOOLS, USERS, ROLES, BIRTHS, NUMBERS, GUARDIANSHIPS, REJECTIONS)
        }
        # A person's line waits for the role that OneRoster 1.1 says right after it, so that both are one row.
        self._waiting: UserRow | None = None
        self._waiting_role: str | None = None
        self._board_ids: set[str] = set()
        # Whose registry it says it is: the boards', or the schools' that stand alone.
        self.board_codes: set[str] = set()
        self.school_codes: set[str] = set()

    def load(self, records: Iterator[Record], tell: Telling) -> None:
        """Take in every record, telling from time to time that there was progress."""
        take: dict[type, Callable[[Any], None]] = {
            UserRow: self._user,
            RoleRow: self._role,
            GuardianshipRow: self._guardianship,
            BirthDateRow: self._birth,
            NumberRow: self._number,
            SchoolRow: self._school,
            OrganisationRow: self._organisation,
            RejectedLine: self._rejected,
        }
        # A part of the lines at a time: counting and telling cost nothing beside them.
        while part := list(islice(records, _LINES_BETWEEN_TELLINGS)):
            for record in part:
                take[record.__class__](record)
            self._write(at_least=BATCH)
            tell()
        self._user(None)
        self._write(at_least=1)

    def _write(self, *, at_least: int) -> None:
        for table, rows in self._rows.items():
            if len(rows) >= at_least:
                self._stage.load(table, rows)
                rows.clear()

    def _user(self, row: UserRow | None) -> None:
        if self._waiting is not None:
            self._add_user(self._waiting, self._waiting_role, None)
        self._waiting, self._waiting_role = row, None

    def _add_user(self, row: UserRow, role: str | None, school_source_id: str | None) -> None:
        file, line, source_id, given, family, middle, email, number, code, grade, level, status = row
        email_key = emails.key(email) if email else None
        if email_key == "":
            # It has the form of an address, but its domain cannot be one.
            self._rejected(RejectedLine(file, line, "email_malformed", source_id))
            return
        digest = sealed = None
        if code is not None:
            digest, sealed = self._keys.digest(code), self._keys.seal(code, source_id=source_id)
        self._rows[USERS].append(
            (
                *(line, source_id, ids.new(), given, family, middle, email, email_key, number),
                *(digest, sealed, grade, level, status, role, school_source_id),
            )
        )

    def _role(self, row: RoleRow) -> None:
        file, line, user, role, school, is_primary, grade, level, status = row
        waiting = self._waiting
        if waiting is not None and waiting.source_id == user and waiting.line == line and waiting.file == file:
            if school in self._board_ids:
                # A student of the board, and of a school that may be named next.
                self._waiting_role = role
            else:
                self._waiting = None
                self._add_user(waiting, role, school)
            return
        self._user(None)
        # OneRoster 1.1 again: a person's second school. The first one counts.
        if file != "users.csv":
            self._rows[ROLES].append((line, user, role, school, is_primary, grade, level, status))

    def _guardianship(self, row: GuardianshipRow) -> None:
        file, line, student, guardian, rank, _, rights, restrictions, starts_on, ends_on, status = row
        day = self._stage.day
        self._rows[GUARDIANSHIPS].append(
            (
                *(line, file, student, guardian, rank),
                None if rights is None else orjson.dumps(rights).decode(),
                orjson.dumps(restrictions).decode() if restrictions else "[]",
                *(starts_on and day(starts_on), ends_on and day(ends_on), status),
            )
        )

    def _birth(self, row: BirthDateRow) -> None:
        self._rows[BIRTHS].append((row.line, row.user_source_id, self._stage.day(row.birth_on), row.status))

    def _number(self, row: NumberRow) -> None:
        digest = sealed = None
        if row.permanent_code is not None:
            digest = self._keys.digest(row.permanent_code)
            sealed = self._keys.seal(row.permanent_code, source_id=row.user_source_id)
        self._rows[NUMBERS].append((row.line, row.user_source_id, row.file_number, digest, sealed))

    def _school(self, row: SchoolRow) -> None:
        self._rows[SCHOOLS].append((row.line, row.source_id, ids.new(), row.name, row.code, row.status))

    def _organisation(self, row: OrganisationRow) -> None:
        codes = self.board_codes if row.kind == "board" else self.school_codes
        if row.code and row.status == "active" and len(codes) < _MOST_CODES:
            codes.add(row.code)
        if row.kind == "board" and len(self._board_ids) < _MOST_CODES:
            self._board_ids.add(row.source_id)

    def _rejected(self, row: RejectedLine) -> None:
        self._rows[REJECTIONS].append((row.line, row.file, row.code, row.source_id))
