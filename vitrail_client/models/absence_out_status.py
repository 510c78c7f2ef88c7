from typing import Literal

AbsenceOutStatus = Literal["motivated", "not_motivated", "to_motivate"]

ABSENCE_OUT_STATUS_VALUES: set[AbsenceOutStatus] = {
    "motivated",
    "not_motivated",
    "to_motivate",
}


def check_absence_out_status(value: str) -> AbsenceOutStatus:
    if value in ABSENCE_OUT_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ABSENCE_OUT_STATUS_VALUES!r}")
