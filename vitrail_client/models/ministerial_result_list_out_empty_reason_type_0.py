from typing import Literal

MinisterialResultListOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

MINISTERIAL_RESULT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES: set[MinisterialResultListOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_ministerial_result_list_out_empty_reason_type_0(value: str) -> MinisterialResultListOutEmptyReasonType0:
    if value in MINISTERIAL_RESULT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {MINISTERIAL_RESULT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES!r}"
    )
