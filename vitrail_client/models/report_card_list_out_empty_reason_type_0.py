from typing import Literal

ReportCardListOutEmptyReasonType0 = Literal["none", "not_applicable", "not_in_primary", "not_published_yet"]

REPORT_CARD_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES: set[ReportCardListOutEmptyReasonType0] = {
    "none",
    "not_applicable",
    "not_in_primary",
    "not_published_yet",
}


def check_report_card_list_out_empty_reason_type_0(value: str) -> ReportCardListOutEmptyReasonType0:
    if value in REPORT_CARD_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {REPORT_CARD_LIST_OUT_EMPTY_REASON_TYPE_0_VALUES!r}")
