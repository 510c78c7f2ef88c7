from typing import Literal

ReportCardOutType = Literal["first_communication", "report_card"]

REPORT_CARD_OUT_TYPE_VALUES: set[ReportCardOutType] = {
    "first_communication",
    "report_card",
}


def check_report_card_out_type(value: str) -> ReportCardOutType:
    if value in REPORT_CARD_OUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {REPORT_CARD_OUT_TYPE_VALUES!r}")
