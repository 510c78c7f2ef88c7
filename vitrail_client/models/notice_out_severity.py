from typing import Literal

NoticeOutSeverity = Literal["info"]

NOTICE_OUT_SEVERITY_VALUES: set[NoticeOutSeverity] = {
    "info",
}


def check_notice_out_severity(value: str) -> NoticeOutSeverity:
    if value in NOTICE_OUT_SEVERITY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {NOTICE_OUT_SEVERITY_VALUES!r}")
