"""What the school systems said, as they ask for it again: a student's file, and the imports of an organisation."""

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import ACTIVE, guardians, guardianships, schools, students


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
