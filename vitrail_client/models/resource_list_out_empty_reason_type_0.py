from typing import Literal

ResourceListOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

RESOURCE_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES: set[ResourceListOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_resource_list_out_empty_reason_type_0(value: str) -> ResourceListOutEmptyReasonType0:
    if value in RESOURCE_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RESOURCE_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
