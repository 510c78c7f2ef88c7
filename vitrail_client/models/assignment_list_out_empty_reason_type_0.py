from typing import Literal

AssignmentListOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

ASSIGNMENT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES: set[AssignmentListOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_assignment_list_out_empty_reason_type_0(value: str) -> AssignmentListOutEmptyReasonType0:
    if value in ASSIGNMENT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ASSIGNMENT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
