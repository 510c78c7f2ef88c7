"""Placements: what a school's own system calls a student, and the school and the grade that the student attends."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.enrollment.queries.tables import schools, students


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A student and a school by the ids of the system that they come from, and what the student attends there."""

    student_source_id: str
    # Null where the registry does not say which school it is, or knows it by the directory alone.
    school_source_id: str | None
    # Null where the registry does not say it; a grade that is of no level has none.
    level: str | None
    grade: str | None


_list_placements = (
    select(
        students.c.id,
        students.c.source_id.label("student_source_id"),
        schools.c.source_id.label("school_source_id"),
        students.c.level,
        students.c.grade,
    )
    .select_from(students)
    .outerjoin(schools, schools.c.id == students.c.school_id)
    .where(students.c.id.in_(bindparam("student_ids", expanding=True)))
)


def list_placements(session: Session, *, student_ids: Iterable[str]) -> dict[str, Placement]:
    """Return the placement of each of these students, by their ids."""
    rows = session.execute(_list_placements, {"student_ids": sorted(set(student_ids))})
    return {
        row.id: Placement(
            student_source_id=row.student_source_id,
            school_source_id=row.school_source_id,
            level=row.level,
            grade=row.grade,
        )
        for row in rows
    }
