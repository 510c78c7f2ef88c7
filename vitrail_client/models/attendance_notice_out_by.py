from typing import Literal

AttendanceNoticeOutBy = Literal["other_guardian", "you"]

ATTENDANCE_NOTICE_OUT_BY_VALUES: set[AttendanceNoticeOutBy] = {
    "other_guardian",
    "you",
}


def check_attendance_notice_out_by(value: str) -> AttendanceNoticeOutBy:
    if value in ATTENDANCE_NOTICE_OUT_BY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ATTENDANCE_NOTICE_OUT_BY_VALUES!r}")
