from typing import Literal

AssignmentOutCategory = Literal["exam", "homework", "other", "project", "reading", "test"]

ASSIGNMENT_OUT_CATEGORY_VALUES: set[AssignmentOutCategory] = {
    "exam",
    "homework",
    "other",
    "project",
    "reading",
    "test",
}


def check_assignment_out_category(value: str) -> AssignmentOutCategory:
    if value in ASSIGNMENT_OUT_CATEGORY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ASSIGNMENT_OUT_CATEGORY_VALUES!r}")
