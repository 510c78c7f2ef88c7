from typing import Literal

AttendanceNoticeOutHalfDayType0 = Literal["afternoon", "morning"]

ATTENDANCE_NOTICE_OUT_HALF_DAY_TYPE_0_VALUES: set[AttendanceNoticeOutHalfDayType0] = {
    "afternoon",
    "morning",
}


def check_attendance_notice_out_half_day_type_0(value: str) -> AttendanceNoticeOutHalfDayType0:
    if value in ATTENDANCE_NOTICE_OUT_HALF_DAY_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ATTENDANCE_NOTICE_OUT_HALF_DAY_TYPE_0_VALUES!r}")
