from typing import Literal

StatementListOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

STATEMENT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES: set[StatementListOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_statement_list_out_empty_reason_type_0(value: str) -> StatementListOutEmptyReasonType0:
    if value in STATEMENT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STATEMENT_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
