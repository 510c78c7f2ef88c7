"""What the school systems said, as they ask for it again: a student's file, and the imports of an organisation."""

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import (
    ACTIVE,
    Page,
    guardians,
    guardianships,
    registry_imports,
    rejected_lines,
    schools,
    students,
)


@dataclass(frozen=True, kw_only=True)
class StudentRow:
    """A student's file, with the permanent code as it is stored."""

    student_id: str
    permanent_code_sealed: bytes | None = field(repr=False)
    document: dict[str, Any] = field(repr=False)


_find_student = (
    select(
        students.c.id,
        students.c.source_id,
        students.c.given_name,
        students.c.family_name,
        students.c.middle_names,
        students.c.birth_on,
        students.c.file_number,
        students.c.permanent_code_sealed,
        students.c.grade,
        schools.c.source_id.label("school_source_id"),
    )
    .select_from(students)
    .outerjoin(schools, schools.c.id == students.c.school_id)
    .where(
        students.c.organisation_id == bindparam("organisation_id"),
        students.c.source_id == bindparam("source_id"),
        students.c.status == ACTIVE,
    )
)
_list_guardians = (
    select(
        guardians.c.source_id,
        guardians.c.given_name,
        guardians.c.family_name,
        guardians.c.email,
        guardianships.c.is_principal,
        guardianships.c.rights,
        guardianships.c.restrictions,
        guardianships.c.starts_on,
        guardianships.c.ends_on,
    )
    .select_from(guardianships)
    .join(guardians, guardians.c.id == guardianships.c.guardian_id)
    .where(guardianships.c.student_id == bindparam("student_id"))
    # The principal guardian first: the order of the others is not kept.
    .order_by(guardianships.c.is_principal.desc(), guardians.c.source_id)
)
_GUARDIAN: Final = tuple(column.key for column in _list_guardians.selected_columns)


def find_student_on_file(session: Session, *, organisation_id: str, source_id: str) -> StudentRow | None:
    """Return an organisation's student who is there, with the guardians, or None."""
    row = session.execute(_find_student, {"organisation_id": organisation_id, "source_id": source_id}).one_or_none()
    if row is None:
        return None
    said = session.execute(_list_guardians, {"student_id": row.id})
    return StudentRow(
        student_id=row.id,
        permanent_code_sealed=row.permanent_code_sealed,
        document={
            "source_id": row.source_id,
            "given_name": row.given_name,
            "family_name": row.family_name,
            "middle_names": row.middle_names,
            "birth_date": row.birth_on,
            "file_number": row.file_number,
            "grade": row.grade,
            "school_source_id": row.school_source_id,
            "guardians": [dict(zip(_GUARDIAN, guardian, strict=True)) for guardian in said],
        },
    )


# Imports

_list_imports = (
    select(
        registry_imports.c.id,
        registry_imports.c.client_id,
        registry_imports.c.format,
        registry_imports.c.mode,
        registry_imports.c.started_at,
        registry_imports.c.finished_at,
        registry_imports.c.outcome,
        registry_imports.c.refusal,
        registry_imports.c.refusal_facts,
        registry_imports.c.counts,
    )
    .where(registry_imports.c.organisation_id == bindparam("organisation_id"))
    .order_by(registry_imports.c.finished_at.desc(), registry_imports.c.id.desc())
)
_IMPORT: Final = tuple(column.key for column in _list_imports.selected_columns)
_page_of_imports = _list_imports.limit(bindparam("limit")).offset(bindparam("offset"))
_count_imports = (
    select(func.count())
    .select_from(registry_imports)
    .where(registry_imports.c.organisation_id == bindparam("organisation_id"))
)
_find_import = _list_imports.where(registry_imports.c.id == bindparam("import_id"))
_list_rejected_lines = (
    select(rejected_lines.c.file, rejected_lines.c.line, rejected_lines.c.code)
    .where(rejected_lines.c.import_id == bindparam("import_id"))
    .order_by(rejected_lines.c.file, rejected_lines.c.line, rejected_lines.c.code)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_count_rejected_lines = (
    select(func.count()).select_from(rejected_lines).where(rejected_lines.c.import_id == bindparam("import_id"))
)


def list_imports(session: Session, *, organisation_id: str, offset: int, limit: int) -> Page:
    """Return an organisation's imports, accepted or refused, newest first."""
    asked = {"organisation_id": organisation_id}
    rows = session.execute(_page_of_imports, asked | {"offset": offset, "limit": limit})
    items = [dict(zip(_IMPORT, row, strict=True)) for row in rows]
    return Page(items=items, item_count=session.scalar(_count_imports, asked) or 0)


def find_import(session: Session, *, organisation_id: str, import_id: str) -> dict[str, Any] | None:
    """Return one of an organisation's imports, or None."""
    row = session.execute(_find_import, {"organisation_id": organisation_id, "import_id": import_id}).one_or_none()
    return None if row is None else dict(zip(_IMPORT, row, strict=True))


def list_rejected_lines(session: Session, *, import_id: str, offset: int, limit: int) -> Page:
    """Return the lines that an import left out, as far as they are kept, by file and line."""
    asked = {"import_id": import_id}
    rows = session.execute(_list_rejected_lines, asked | {"offset": offset, "limit": limit})
    items = [{"file": row.file, "line": row.line, "code": row.code} for row in rows]
    return Page(items=items, item_count=session.scalar(_count_rejected_lines, asked) or 0)
