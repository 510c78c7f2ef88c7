from typing import Literal

NoticeInType = Literal["early_departure", "full_day", "late_arrival"]

NOTICE_IN_TYPE_VALUES: set[NoticeInType] = {
    "early_departure",
    "full_day",
    "late_arrival",
}


def check_notice_in_type(value: str) -> NoticeInType:
    if value in NOTICE_IN_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {NOTICE_IN_TYPE_VALUES!r}")
