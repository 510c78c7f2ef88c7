from typing import Literal

AssignmentOutStatusType0 = Literal["exempted", "graded", "handed_in", "late", "missing", "to_do"]

ASSIGNMENT_OUT_STATUS_TYPE_0_VALUES: set[AssignmentOutStatusType0] = {
    "exempted",
    "graded",
    "handed_in",
    "late",
    "missing",
    "to_do",
}


def check_assignment_out_status_type_0(value: str) -> AssignmentOutStatusType0:
    if value in ASSIGNMENT_OUT_STATUS_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ASSIGNMENT_OUT_STATUS_TYPE_0_VALUES!r}")
