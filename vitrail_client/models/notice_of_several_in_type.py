from typing import Literal

NoticeOfSeveralInType = Literal["early_departure", "full_day", "late_arrival"]

NOTICE_OF_SEVERAL_IN_TYPE_VALUES: set[NoticeOfSeveralInType] = {
    "early_departure",
    "full_day",
    "late_arrival",
}


def check_notice_of_several_in_type(value: str) -> NoticeOfSeveralInType:
    if value in NOTICE_OF_SEVERAL_IN_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {NOTICE_OF_SEVERAL_IN_TYPE_VALUES!r}")
