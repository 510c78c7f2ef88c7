from typing import Literal

OtherGuardianOutStatus = Literal["active", "suspended", "to_confirm"]

OTHER_GUARDIAN_OUT_STATUS_VALUES: set[OtherGuardianOutStatus] = {
    "active",
    "suspended",
    "to_confirm",
}


def check_other_guardian_out_status(value: str) -> OtherGuardianOutStatus:
    if value in OTHER_GUARDIAN_OUT_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {OTHER_GUARDIAN_OUT_STATUS_VALUES!r}")
