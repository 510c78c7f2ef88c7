from typing import Literal

AttendanceNoticeOutType = Literal["early_departure", "full_day", "late_arrival"]

ATTENDANCE_NOTICE_OUT_TYPE_VALUES: set[AttendanceNoticeOutType] = {
    "early_departure",
    "full_day",
    "late_arrival",
}


def check_attendance_notice_out_type(value: str) -> AttendanceNoticeOutType:
    if value in ATTENDANCE_NOTICE_OUT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ATTENDANCE_NOTICE_OUT_TYPE_VALUES!r}")
