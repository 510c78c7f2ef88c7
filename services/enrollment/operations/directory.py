"""The directory of organisations: boards, their schools, and private schools, as the ministry's open data list them.

A directory adds and corrects; it takes nothing away, because children may be registered there.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from services.enrollment.context import Context
from services.enrollment.directory_files import (
    BoardRow,
    DirectoryRow,
    PrivateSchoolRow,
    PublicSchoolRow,
    directory_kind,
    read_directory,
)
from services.enrollment.errors import DirectoryMalformed
from services.enrollment.models import Organisation, School
from services.enrollment.operations.imports import rejections
from services.enrollment.registry_files import MalformedFile, RejectedLine
from services.enrollment.rules import organisation_names
from shared import ids, logs

log = logs.get(__name__)

# Boards before their schools, in whatever order the files are given.
_ORDER: Final = ("boards", "private_schools", "schools")
_ORGANISATION_FIELDS: Final = ("name", "former_name", "network", "sort_key", "search_key")
_SCHOOL_FIELDS: Final = (
    *("address", "city", "postal_code", "website"),
    *("has_preschool", "has_primary", "has_secondary", "has_vocational", "has_adult"),
)


@dataclass(frozen=True, kw_only=True)
class DirectoryReport:
    """What a directory changed: `organisations_new`, `…_changed`, `schools_new`, `…_changed`, `lines_rejected`."""

    counts: Mapping[str, int]


def import_directory(
    ctx: Context, *, paths: Sequence[Path], encoding: str = "utf-8", rejections_path: Path | None = None
) -> DirectoryReport:
    """Take in files of boards, schools and private schools, told apart by their columns, all in one transaction.

    Raises:
        DirectoryMalformed: a file is none of these, or cannot be read.
    """
    rows = _rows(paths, encoding)
    counts: Counter[str] = Counter()
    rejected: list[RejectedLine] = []
    with ctx.db.transaction() as session:
        directory = _Directory(session)
        for row in rows:
            outcome = row if isinstance(row, RejectedLine) else directory.take(row)
            if isinstance(outcome, RejectedLine):
                rejected.append(outcome)
                counts["lines_rejected"] += 1
            elif outcome is not None:
                counts[outcome] += 1
        directory.write()
    if rejected and rejections_path is not None:
        rejections.write(rejections_path, ((line.file, line.line, line.code) for line in rejected))
    log.info("directory_imported", **counts)
    return DirectoryReport(counts=counts)


def _rows(paths: Sequence[Path], encoding: str) -> list[DirectoryRow]:
    try:
        kinds = [(_ORDER.index(directory_kind(path, encoding=encoding)), path) for path in paths]
        return [row for _, path in sorted(kinds) for row in read_directory(path, encoding=encoding)]
    except MalformedFile as fault:
        raise DirectoryMalformed(**rejections.facts_of(fault)) from None


class _Directory:
    """What is known, and what the files add to it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._organisations = {each.code: each for each in session.scalars(select(Organisation))}
        self._ids = {code: each.id for code, each in self._organisations.items()}
        self._kinds = {code: each.kind for code, each in self._organisations.items()}
        # A code that two of a board's schools bear in its registry is corrected for both.
        self._schools: dict[tuple[str, str], list[School]] = {}
        for school in session.scalars(select(School).where(School.code.is_not(None))):
            self._schools.setdefault((school.organisation_id, school.code or ""), []).append(school)
        self._seen: set[tuple[str, str]] = set()
        self._new: dict[type, list[dict[str, Any]]] = {Organisation: [], School: []}
        self._changed: dict[type, list[dict[str, Any]]] = {Organisation: [], School: []}
        self._takers: dict[type, Callable[[Any], str | RejectedLine | None]] = {
            BoardRow: self._board,
            PrivateSchoolRow: self._private_school,
            PublicSchoolRow: self._school,
        }

    def take(self, row: BoardRow | PrivateSchoolRow | PublicSchoolRow) -> str | RejectedLine | None:
        """Note a row; return what it counts as, or why it is left out."""
        key = ("school" if isinstance(row, PublicSchoolRow) else "organisation", row.code)
        if key in self._seen:
            return RejectedLine(row.file, row.line, "line_twice", row.code)
        self._seen.add(key)
        return self._takers[type(row)](row)

    def write(self) -> None:
        """Write what was noted."""
        for table in (Organisation, School):
            if self._new[table]:
                self._session.execute(insert(table), self._new[table])
            if self._changed[table]:
                self._session.execute(update(table), self._changed[table])

    def _board(self, row: BoardRow) -> str | RejectedLine | None:
        return self._organisation(row, kind="public", former_name=row.former_name, network=row.network)

    def _private_school(self, row: PrivateSchoolRow) -> str | RejectedLine | None:
        return self._organisation(row, kind="private", former_name=None, network=None)

    def _organisation(
        self, row: BoardRow | PrivateSchoolRow, *, kind: str, former_name: str | None, network: str | None
    ) -> str | RejectedLine | None:
        if self._kinds.setdefault(row.code, kind) != kind:
            return RejectedLine(row.file, row.line, "kind_differs", row.code)
        fields = {
            "name": row.name,
            "former_name": former_name,
            "network": network,
            "sort_key": organisation_names.sort_key(row.name, former_name),
            "search_key": organisation_names.search_text(row.name, former_name),
        }
        known = self._organisations.get(row.code)
        if known is None:
            self._ids[row.code] = ids.new()
            self._new[Organisation].append({"id": self._ids[row.code], "code": row.code, "kind": kind, **fields})
            return "organisations_new"
        if all(getattr(known, name) == fields[name] for name in _ORGANISATION_FIELDS):
            return None
        self._changed[Organisation].append({"id": known.id, **fields})
        return "organisations_changed"

    def _school(self, row: PublicSchoolRow) -> str | RejectedLine | None:
        organisation_id = self._ids.get(row.board_code)
        if organisation_id is None or self._kinds[row.board_code] != "public":
            return RejectedLine(row.file, row.line, "organisation_unknown", row.code)
        fields = {name: getattr(row, name) for name in _SCHOOL_FIELDS}
        known = self._schools.get((organisation_id, row.code))
        if known is None:
            new = {"id": ids.new(), "organisation_id": organisation_id, "code": row.code, "name": row.name}
            self._new[School].append(new | fields)
            return "schools_new"
        changed = list(self._differing(known, row.name, fields))
        self._changed[School] += changed
        return "schools_changed" if changed else None

    @staticmethod
    def _differing(known: Sequence[School], name: str, fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for school in known:
            # A school that its own registry names keeps that name: the file decides.
            wanted = fields | {"name": name if school.source_id is None else school.name}
            if any(getattr(school, field) != value for field, value in wanted.items()):
                yield {"id": school.id, **wanted}
