"""Whom an entry is meant for: one student, everybody of a school, or everybody of the organisation.

One word in one column, so that what a child's guardians may see is found by three words and one index.
"""

from typing import Final

STUDENT: Final = "student"
SCHOOL: Final = "school"
ORGANISATION: Final = "organisation"


def of_student(student_source_id: str) -> str:
    """Return the audience that is one student, by the school system's own id."""
    return f"{STUDENT}:{student_source_id}"


def of_school(school_source_id: str) -> str:
    """Return the audience that is everybody of a school."""
    return f"{SCHOOL}:{school_source_id}"


def scope(audience: str) -> str:
    """Return what an audience is: `student`, `school` or `organisation`."""
    return audience.partition(":")[0]


def source_id(audience: str) -> str | None:
    """Return the student's or the school's own id; None of the organisation."""
    return audience.partition(":")[2] or None
