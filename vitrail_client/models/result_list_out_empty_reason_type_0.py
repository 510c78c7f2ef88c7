from typing import Literal

ResultListOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

RESULT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES: set[ResultListOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_result_list_out_empty_reason_type_0(value: str) -> ResultListOutEmptyReasonType0:
    if value in RESULT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RESULT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
